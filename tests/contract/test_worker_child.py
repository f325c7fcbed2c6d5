"""The child's own side: what it answers, what it forbids itself, when it ends."""

import ctypes
import gc
import io
import json
import resource
from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from pipeline.adapters.worker import worker_child
from pipeline.adapters.worker.frames import BrokenPipeOfFramesError, pack, pack_json, take
from pipeline.domain.errors import LimitError
from pipeline.domain.reading.alias import NO_ALIASES, Aliases
from pipeline.domain.verdict import Checked, Parsed
from pipeline.domain.wire import from_wire, to_wire
from tests.builders.demo_world import CONFIG
from tests.builders.mails import OURS, letter, workbooks
from tests.builders.workshop import digest_of

RAW = letter(workbooks(["PL09"]))
SETTINGS = {
    "rounds": [str(CONFIG / "rounds" / "ke-hoach-2014")],
    "provinces": str(CONFIG / "provinces.csv"),
    "communes": str(CONFIG / "communes.csv"),
    "populations": str(CONFIG / "populations.csv"),
    "own_addresses": [OURS],
    "trusted_authserv_ids": [],
}


def asked(raw: bytes = RAW) -> bytes:
    """A message as the daemon hands it over."""
    header = {
        "digest": digest_of(raw),
        "spam_folder": False,
        "given_up": {},
        "aliases": to_wire(NO_ALIASES),
    }
    return pack_json(header) + pack(raw)


KERNEL_WITHOUT_WALLS = SimpleNamespace(prctl=lambda *_: -1, syscall=lambda *_: -1)


@pytest.fixture
def serve(tmp_path, monkeypatch):
    """Run the child's main on frames; its answers and the limits that it set.

    The kernel refuses every wall, or they would be built around the tests.
    """

    def run(frames: bytes) -> tuple[list[dict], dict[int, tuple[int, int]]]:
        limits: dict[int, tuple[int, int]] = {}
        with (tmp_path / "out").open("wb") as out:
            monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(frames)))
            monkeypatch.setattr("sys.stdout", SimpleNamespace(fileno=out.fileno))
            monkeypatch.setattr("sys.dont_write_bytecode", False)
            monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
            monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: KERNEL_WITHOUT_WALLS)
            worker_child.main()
        return list(answers((tmp_path / "out").read_bytes())), limits

    return run


def answers(data: bytes):
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        yield json.loads(take(stream.read))


def test_the_child_says_it_is_ready_reads_mail_and_ends_with_its_input(serve) -> None:
    (ready, opening, answer, *again), limits = serve(
        pack_json(SETTINGS) + asked() + asked()
    )
    assert ready == {"ready": True, "walls": ""}
    assert list(opening) == ["opening"]
    parsed = from_wire(Parsed, answer["parsed"])
    assert parsed.checked is None
    assert from_wire(Checked, answer["checked"]).grounds
    assert [form.form for form in parsed.appendices] == ["PL09"]
    assert len(again) == 2
    assert limits[resource.RLIMIT_AS] == (1 << 30, 1 << 30)
    assert limits[resource.RLIMIT_CORE] == limits[resource.RLIMIT_NPROC] == (0, 0)
    assert limits[resource.RLIMIT_FSIZE][0] == 16 * 1024 * 1024
    soft, _ = limits[resource.RLIMIT_CPU]
    used = resource.getrusage(resource.RUSAGE_SELF)
    assert soft <= used.ru_utime + used.ru_stime + 20


def test_a_child_that_was_loaded_without_collecting_collects_from_then_on(serve) -> None:
    gc.disable()
    try:
        serve(pack_json(SETTINGS))
        assert gc.isenabled()
    finally:
        gc.enable()


def test_a_child_that_cannot_start_says_why_and_sets_no_limit(serve) -> None:
    said, limits = serve(pack_json(SETTINGS | {"provinces": "/no/such.csv"}))
    assert [list(each) for each in said] == [["bug"]]
    assert limits == {}


def test_a_child_without_communes_starts_too(serve) -> None:
    said, _ = serve(pack_json(SETTINGS | {"communes": ""}))
    assert said == [{"ready": True, "walls": ""}]


def test_a_message_cut_off_ends_the_child_quietly(serve) -> None:
    said, _ = serve(pack_json(SETTINGS) + asked()[:-1])
    assert said == [{"ready": True, "walls": ""}]


@dataclass(frozen=True)
class Raising:
    """A parser that fails."""

    error: BaseException
    aliases: Aliases = NO_ALIASES

    def parse(self, *_: object, **__: object) -> None:
        raise self.error


@pytest.mark.fault("F-S10-5")
@pytest.mark.parametrize(
    ("error", "kind", "said"),
    [
        (LimitError("too deep"), "limit", "too deep"),
        (MemoryError(), "memory", "memory"),
        (KeyError("a value of a cell"), "bug", "KeyError at test_worker_child.py"),
        (SystemExit(1), "bug", "SystemExit at "),
    ],
)
def test_whatever_happens_the_daemon_gets_an_answer(error, kind, said) -> None:
    header = {
        "digest": "0" * 64,
        "spam_folder": False,
        "given_up": {},
        "aliases": to_wire(NO_ALIASES),
    }
    said_so = worker_child._outcome(Raising(error), header, b"", io.BytesIO())
    answer = json.loads(said_so)
    assert list(answer) == [kind]
    assert said in answer[kind]
    assert "value of a cell" not in answer[kind]


def test_half_a_surrogate_pair_comes_through_the_pipe() -> None:
    frame = pack_json({"name": "a\ud83db"})
    assert json.loads(take(io.BytesIO(frame).read)) == {"name": "a\ud83db"}
    with pytest.raises(BrokenPipeOfFramesError):
        take(io.BytesIO(frame[:2]).read)
