"""`/metrics` and `/healthz` of a running daemon."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest

from pipeline.adapters.health_page import MOST_AT_ONCE, HealthPage
from pipeline.domain.health import VitalSigns
from tests.builders.mails import SENDER, letter, narrative, workbooks
from tests.contract.test_commands import NOBODY, OURS
from tests.e2e.program import PROGRAM, _environment
from tests.servers.loopback import await_listener, free_ports

SECRET = "mat-khau-rat-bi-mat"
SAMPLE = re.compile(r'khtc_[a-z_]+(\{[a-z]+="[a-z]+"\})? -?[0-9.e+]+')


def ask(port: int, path: str) -> tuple[int, str]:
    """What a page answers."""
    line = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        line.request("GET", path)
        answer = line.getresponse()
        return answer.status, answer.read().decode()
    finally:
        line.close()


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The daemon on a folder with two mails, one of them held; the port of its page."""
    folder, port = tmp_path_factory.mktemp("health"), free_ports(1)[0]
    (folder / "mails").mkdir()
    (folder / "senders.csv").write_text(
        f"address,province_code,name,phone\n{SENDER},02,Trần Thị Bí,\n"
    )
    (folder / "mails" / "a.eml").write_bytes(letter((*workbooks(), narrative())))
    (folder / "mails" / "b.eml").write_bytes(NOBODY)
    (folder / "daemon.yaml").write_text(
        f"mailbox: {{folder_source: mails, addresses: [{OURS}]}}\n"
        "smtp: {port: 1, security: none}\npolicy: {replies: off}\nworkers: 1\n"
        f"health: {{enabled: true, port: {port}}}\n"
    )
    line = [sys.executable, str(PROGRAM), "--config", str(folder / "daemon.yaml")]
    process = subprocess.Popen(
        [*line, "run", "--allow-root"],
        stderr=subprocess.PIPE,
        env={**_environment(), "INGEST_SMTP_PASSWORD": SECRET},
    )
    try:
        await_listener(port, lambda: process.poll() is None)
        _await_two(process)
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()


def _await_two(process: subprocess.Popen[bytes]) -> None:
    """Until the log tells of both messages."""
    assert process.stderr is not None
    for line in process.stderr:
        if b"message 2:" in line:
            return
    raise AssertionError("the daemon ended")


def test_the_health_of_a_running_daemon(daemon: int) -> None:
    code, text = ask(daemon, "/healthz")
    told = json.loads(text)
    assert (code, told["healthy"], told["alarms"]) == (200, True, [])
    assert (told["queue"], told["held"], told["quarantined"]) == (0, 1, 0)
    assert told["letters"]["suppressed"] == 1
    assert 0 <= told["last_good_poll_age_seconds"] < 60
    assert told["disk_free_bytes"] > 0


def test_the_metrics_of_a_running_daemon(daemon: int) -> None:
    code, text = ask(daemon, "/metrics")
    assert code == 200
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in lines)
    for wanted in (
        "khtc_healthy 1",
        'khtc_messages{state="filed"} 1',
        'khtc_messages{state="held"} 1',
        'khtc_letters{state="suppressed"} 1',
    ):
        assert wanted in lines


def test_the_pages_tell_nobody_s_name_and_no_secret(daemon: int) -> None:
    pages = "".join(ask(daemon, path)[1] for path in ("/metrics", "/healthz", "/x"))
    for word in (SECRET, "@", "Trần", "Giang", "Phu luc", "/tmp", "127.0.0.1"):
        assert word not in pages


def test_there_are_no_other_pages(daemon: int) -> None:
    assert ask(daemon, "/")[0] == ask(daemon, "/../data/ingest.db")[0] == 404


def test_a_port_that_is_taken_stops_the_start(tmp_path: Path, daemon: int) -> None:
    (tmp_path / "mails").mkdir()
    (tmp_path / "daemon.yaml").write_text(
        "mailbox: {folder_source: mails}\nsmtp: {username: null}\n"
        f"health: {{enabled: true, port: {daemon}}}\n"
    )
    line = [sys.executable, str(PROGRAM), "--lang", "en", "--config"]
    done = subprocess.run(
        [*line, str(tmp_path / "daemon.yaml"), "run", "--allow-root"],
        capture_output=True,
        text=True,
        env=_environment(),
        check=False,
    )
    assert (done.returncode, "health.port" in done.stderr) == (78, True)


@pytest.fixture
def page() -> Iterator[int]:
    """The page of a daemon whose database is away."""
    now = datetime(2013, 7, 10, tzinfo=UTC)
    signs = VitalSigns(now, now, timedelta(minutes=1), 1 << 40, refused=False)
    with socket.create_server(("127.0.0.1", 0)) as door:
        served = HealthPage(door, lambda: signs)
        thread = Thread(target=served.serve_forever)
        thread.start()
        yield door.getsockname()[1]
        served.shutdown()
        thread.join()


def test_without_its_database_a_daemon_is_not_healthy(page: int) -> None:
    code, text = ask(page, "/healthz")
    assert (code, json.loads(text)["alarms"]) == (503, ["database"])
    assert ask(page, "/metrics")[0] == 200


def test_callers_that_say_nothing_cannot_take_every_thread(page: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", page)) for _ in range(MOST_AT_ONCE)]
    try:
        with pytest.raises((ConnectionError, OSError)):
            ask(page, "/healthz")
    finally:
        for caller in silent:
            caller.close()
    codes = {_patiently(page) for _ in range(3)}
    assert codes == {503}


def _patiently(page: int) -> int:
    """An answer, once a place is free."""
    for _ in range(1000):
        try:
            return ask(page, "/healthz")[0]
        except OSError:
            continue
    raise AssertionError("no place was freed")
