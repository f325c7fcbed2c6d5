"""The daemon's side of the parsing worker: a warm child process, replaced when it dies.

No untrusted byte is parsed in the daemon (architecture.md, decision 3). The child says
which file it is about to open; when it dies or overstays there, it is started anew and
told to leave that file alone, so that one poisonous file costs the province a polite
letter and not the message.
"""

import fcntl
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.adapters.json_wire import fields_of, read, text_of
from pipeline.adapters.worker.frames import BrokenPipeOfFramesError, pack, pack_json, take
from pipeline.domain.errors import (
    LimitError,
    TransientError,
    WorkerBugError,
    WorkerDiedError,
)
from pipeline.domain.verdict import Checked, Parsed
from pipeline.domain.wire import WireError, to_wire
from pipeline.ports import Keep, RawMessage

ROOT = Path(__file__).resolve().parents[3]
WALL_SECONDS = 30.0
START_SECONDS = 30.0
LARGEST_ANSWER = 20 * 1024 * 1024
FILES_GIVEN_UP = 8
DEATHS_ENDURED = 2
WALLS_ENDURED = 2
PIPE_BYTES = 1 << 20
_PROGRAM = (
    "import gc, sys; gc.disable(); sys.path.insert(0, sys.argv[1]);"  # till it is ready
    "from pipeline.adapters.worker.worker_child import main; main()"
)


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What the child must know: where the round's data lie, and our own addresses.

    One attempt at a message may take `wall_seconds`, all attempts together twice that.
    `program` is what the child's interpreter runs.
    """

    rounds: tuple[str, ...]
    provinces: str
    communes: str
    populations: str = ""
    own_addresses: tuple[str, ...] = ()
    trusted_authserv_ids: tuple[str, ...] = ()
    wall_seconds: float = WALL_SECONDS
    program: str = _PROGRAM


class _FileFaultError(Exception):
    """The child ended while it had `path` open; `code` is what the province is told."""

    def __init__(self, path: str, code: str) -> None:
        super().__init__(path)
        self.path = path
        self.code = code


class ParsingWorker:
    """One child; `parse` is for one thread at a time. `keep` gets what it read."""

    def __init__(self, settings: WorkerSettings, keep: Keep = lambda *_: None) -> None:
        self._settings, self._keep = settings, keep
        self._child: subprocess.Popen[bytes] | None = None
        self._buffer, self._ready = b"", False
        self.walls = ""
        """What the kernel put around the child last started; see `walls`."""

    def parse(self, message: RawMessage) -> Parsed:
        """What the message says.

        LimitError, WorkerDiedError or WorkerBugError when it cannot be read;
        TransientError when no child can be started, which no message is to blame for.
        """
        given_up: dict[str, str] = {}
        deaths, left = 0, WALLS_ENDURED * self._settings.wall_seconds
        while True:
            self._warm_child()
            started = time.monotonic()
            try:
                return self._parse_once(message, given_up, left)
            except WorkerDiedError:
                # Once may have been the machine's doing (memory, a stray signal).
                deaths += 1
                if deaths == DEATHS_ENDURED:
                    raise
            except _FileFaultError as fault:
                if fault.path in given_up or len(given_up) >= FILES_GIVEN_UP:
                    raise LimitError(f"{fault.path}: cannot be read safely") from fault
                given_up[fault.path] = fault.code
            left -= time.monotonic() - started

    def close(self) -> None:
        """Stop the child."""
        child, self._child = self._child, None
        self._buffer, self._ready = b"", False
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout, child.stderr):
                assert pipe is not None
                with suppress(BrokenPipeError):  # what the child did not take is lost
                    pipe.close()

    def _parse_once(
        self, message: RawMessage, given_up: dict[str, str], left: float
    ) -> Parsed:
        child = self._warm_child()
        deadline = time.monotonic() + min(self._settings.wall_seconds, left)
        header = {
            "digest": message.digest,
            "spam_folder": message.spam_folder,
            "given_up": given_up,
            "aliases": to_wire(message.aliases),
        }
        opening: str | None = None
        try:
            _write(child, pack_json(header) + pack(message.data))
            while True:
                answer = _decoded(self._take(child, deadline))
                if "opening" not in answer:
                    break
                opening = text_of(answer["opening"])
        except (BrokenPipeOfFramesError, OSError) as fault:
            raise self._death(opening, fault) from fault
        if "panic" in answer and opening is not None:
            # A native reader lost its way in that file: what it left behind is not trusted.
            self.close()
            raise _FileFaultError(opening, "unreadable-file")
        return self._result(answer, message)

    def _result(self, answer: Mapping[str, bytes], message: RawMessage) -> Parsed:
        if "limit" in answer:
            raise LimitError(text_of(answer["limit"]))
        if "memory" in answer:
            self.close()  # what it holds from earlier messages is given back as well
            raise LimitError(text_of(answer["memory"]))
        if "bug" in answer or "panic" in answer:
            raise WorkerBugError(text_of(answer.get("bug") or answer["panic"]))
        try:
            parsed = read(Parsed, answer.get("parsed", b""))
            ahead = answer.get("checked", b"null")
            checked = None if ahead == b"null" else read(Checked, ahead)
        except WireError as error:
            self.close()
            raise WorkerBugError(f"the worker's answer has no shape: {error}") from error
        if parsed.digest != message.digest:
            self.close()
            raise WorkerBugError("the worker's answer is about another message")
        self._keep(parsed, answer["parsed"])
        return parsed if checked is None else replace(parsed, checked=checked)

    def _death(self, opening: str | None, fault: Exception) -> Exception:
        """What the end of the child means for the message in hand."""
        child = self._child
        overstayed = isinstance(fault, _OverstayedError)
        status = None if child is None or overstayed else _exit_status(child)
        self.close()
        spent = overstayed or status in (-signal.SIGXCPU, -signal.SIGKILL)
        if opening is not None:
            return _FileFaultError(opening, "too-big" if spent else "unreadable-file")
        if spent:
            return LimitError("the message took too long to read")
        return WorkerDiedError(f"the parsing worker died ({status}): {fault}")

    def start(self) -> None:
        """Let a child get ready by itself, where none lives; `parse` waits for it.

        TransientError when none can be started at all.
        """
        if self._child is not None and self._child.poll() is None:
            return
        self.close()
        child = self._child = _spawn(self._settings.program)
        settings = {
            "rounds": self._settings.rounds,
            "provinces": self._settings.provinces,
            "communes": self._settings.communes,
            "populations": self._settings.populations,
            "own_addresses": self._settings.own_addresses,
            "trusted_authserv_ids": self._settings.trusted_authserv_ids,
        }
        with suppress(OSError):  # one that died already is found out by who waits for it
            _write(child, pack_json(settings))

    def _warm_child(self) -> subprocess.Popen[bytes]:
        self.start()
        child = self._child
        assert child is not None
        if self._ready:
            return child
        try:
            ready = _decoded(self._take(child, time.monotonic() + START_SECONDS))
        except (BrokenPipeOfFramesError, OSError) as fault:
            status, said = _exit_status(child), _last_words(child)
            self.close()
            raise TransientError(
                f"the parsing worker does not start ({status}): {said}"
            ) from fault
        if "ready" not in ready:
            self.close()
            problem = text_of(ready.get("bug", b"null"))
            raise TransientError(f"the parsing worker does not start: {problem}")
        self.walls = text_of(ready.get("walls", b'""'))
        self._ready = True
        return child

    def _take(self, child: subprocess.Popen[bytes], deadline: float) -> bytes:
        return take(lambda size: self._read(child, size, deadline), LARGEST_ANSWER)

    def _read(self, child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
        """Exactly `size` bytes of the child's answer, fewer when it closed the pipe."""
        assert child.stdout is not None
        if len(self._buffer) >= size:  # it came together with what was read before
            taken, self._buffer = self._buffer[:size], self._buffer[size:]
            return taken
        with selectors.DefaultSelector() as selector:
            selector.register(child.stdout, selectors.EVENT_READ)
            while len(self._buffer) < size:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise _OverstayedError("no answer in time")
                chunk = os.read(child.stdout.fileno(), 1 << 20)
                if not chunk:
                    break
                self._buffer += chunk
        taken, self._buffer = self._buffer[:size], self._buffer[size:]
        return taken


class _OverstayedError(BrokenPipeOfFramesError):
    """The child is alive but did not answer in time."""


def _spawn(program: str) -> subprocess.Popen[bytes]:
    """A child with an empty environment and no open file of ours."""
    alone = "-IB" if sys.dont_write_bytecode else "-I"  # it keeps what it compiles, as we
    try:
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and program
            [sys.executable, alone, "-c", program, str(ROOT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"LANG": "C.UTF-8"},
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
    except OSError as fault:
        raise TransientError(f"the parsing worker does not start: {fault}") from fault
    for pipe in (child.stdin, child.stdout):
        assert pipe is not None
        # a whole answer finds room: the child need not wait until we come to read it
        with suppress(OSError):
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
    return child


def _last_words(child: subprocess.Popen[bytes]) -> str:
    """The last line a child wrote before it was ready; afterwards it writes nothing."""
    if child.poll() is None or child.stderr is None:
        return "no answer"
    lines = child.stderr.read(1 << 16).decode("utf-8", "replace").split("\n")
    return next((line for line in reversed(lines) if line.strip()), "no word")[:300]


def _decoded(frame: bytes) -> Mapping[str, bytes]:
    """The fields of the object that a frame must hold, each still as JSON."""
    try:
        return fields_of(frame)
    except ValueError as error:
        raise BrokenPipeOfFramesError("a frame that is no JSON object") from error


def _write(child: subprocess.Popen[bytes], data: bytes) -> None:
    assert child.stdin is not None
    child.stdin.write(data)
    child.stdin.flush()


def _exit_status(child: subprocess.Popen[bytes]) -> int | None:
    try:
        return child.wait(timeout=1)
    except subprocess.TimeoutExpired:
        return None
