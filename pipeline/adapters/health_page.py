"""The health page over HTTP: `/metrics` for Prometheus, `/healthz` for a watchdog.

Counts and times only: no name, no address, no text that a mail or a server wrote.
"""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import BoundedSemaphore
from typing import Any

from pipeline.domain.health import Alarm, VitalSigns, alarms
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import State

PATIENCE_SECONDS = 5.0
MOST_AT_ONCE = 8
METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Sample = tuple[str, float]


class HealthPage(ThreadingHTTPServer):
    """Serves what `look` measures, behind a socket that listens already."""

    daemon_threads = True

    def __init__(self, door: socket.socket, look: Callable[[], VitalSigns]) -> None:
        self.look = look
        self._places = BoundedSemaphore(MOST_AT_ONCE)
        address: Any = door.getsockname()
        super().__init__(address[:2], _Answer, bind_and_activate=False)
        self.socket.close()  # the base class made one of its own
        self.socket = door

    def process_request(self, request: Any, client_address: Any) -> None:
        """A thread for the caller, or the door shut where all places are taken."""
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, and free the place."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hung up is no news."""


class _Answer(BaseHTTPRequestHandler):
    server: HealthPage
    server_version, sys_version = "khtc", ""
    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        """One of the two pages."""
        path = self.path.partition("?")[0]
        if path == "/metrics":
            self._answer(HTTPStatus.OK, METRICS_TYPE, metrics(self.server.look()))
        elif path == "/healthz":
            signs = self.server.look()
            code = HTTPStatus.SERVICE_UNAVAILABLE if alarms(signs) else HTTPStatus.OK
            self._answer(code, "application/json", json.dumps(summary(signs)) + "\n")
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def _answer(self, code: HTTPStatus, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        """Nothing: a poll every few seconds would drown the log."""


def summary(signs: VitalSigns) -> dict[str, Any]:
    """What `/healthz` says; a number is null while the database does not answer."""
    tallies = signs.tallies
    polled = signs.good.get("collect")
    return {
        "healthy": not alarms(signs),
        "alarms": [alarm.value for alarm in alarms(signs)],
        "started_at": signs.started_at.isoformat(),
        "last_good_poll": polled.isoformat() if polled else None,
        "last_good_poll_age_seconds": _age(signs, polled),
        "queue": tallies and tallies.messages.get(State.RECEIVED, 0),
        "held": tallies and tallies.messages.get(State.HELD, 0),
        "quarantined": tallies and tallies.messages.get(State.QUARANTINED, 0),
        "letters": tallies and {s.value: tallies.letters.get(s, 0) for s in LetterState},
        "disk_free_bytes": signs.disk_free,
    }


def metrics(signs: VitalSigns) -> str:
    """What `/metrics` says, in the text format of Prometheus."""
    lines: list[str] = []
    for name, about, samples in _families(signs):
        if samples:
            lines += [f"# HELP khtc_{name} {about}", f"# TYPE khtc_{name} gauge"]
            lines += [f"khtc_{name}{labels} {value:.15g}" for labels, value in samples]
    return "\n".join(lines) + "\n"


def _families(signs: VitalSigns) -> Iterator[tuple[str, str, list[Sample]]]:
    ringing = alarms(signs)
    yield "healthy", "1 when no alarm rings", _one(not ringing)
    yield (
        "alarm",
        "1 while a fault needs a person",
        [(f'{{code="{alarm}"}}', float(alarm in ringing)) for alarm in Alarm],
    )
    yield "start_time_seconds", "when the daemon began", _one(signs.started_at.timestamp())
    yield "disk_free_bytes", "free room in data_dir", _one(signs.disk_free)
    yield (
        "last_good_timestamp_seconds",
        "when a job last went well",
        [(f'{{job="{job}"}}', at.timestamp()) for job, at in sorted(signs.good.items())],
    )
    poll = _age(signs, signs.good.get("collect"))
    yield "last_good_poll_age_seconds", "since the mailbox was last read", _one(poll)
    yield from _counted(signs)


def _counted(signs: VitalSigns) -> Iterator[tuple[str, str, list[Sample]]]:
    tallies = signs.tallies
    if tallies is None:
        return
    yield (
        "messages",
        "messages by state; received is the queue",
        [(f'{{state="{s}"}}', tallies.messages.get(s, 0)) for s in State],
    )
    yield (
        "letters",
        "letters by state",
        [(f'{{state="{s}"}}', tallies.letters.get(s, 0)) for s in LetterState],
    )
    waiting = _age(signs, tallies.oldest_received)
    yield "oldest_received_age_seconds", "age of the head of the queue", _one(waiting or 0)


def _one(value: float | None) -> list[Sample]:
    return [] if value is None else [("", float(value))]


def _age(signs: VitalSigns, moment: datetime | None) -> float | None:
    """Seconds; none for what came between reading the clock and reading the ledger."""
    return None if moment is None else max(0.0, (signs.at - moment).total_seconds())
