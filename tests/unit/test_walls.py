"""The filter of system calls, run by a small interpreter of what the kernel runs."""

import ctypes
import platform
import struct
from types import SimpleNamespace

import pytest

from pipeline.adapters.worker.walls import EVERY_WALL, MACHINES, build_walls, call_filter

ALLOWED, REFUSED, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
US, DAEMON = 4242, 17
THREAD, NEW_PROCESS = 0x3D0F00, 0x01200011


def judged(machine, number, first=0, audit=None):
    """What the filter returns for a call."""
    audit = machine.audit if audit is None else audit
    data = struct.pack("=iIQ6Q", number, audit, 0, first, *[0] * 5)
    steps = [struct.unpack("=HBBI", step) for step in call_filter(machine, US)]
    loaded, at = 0, 0
    while True:
        code, then, otherwise, operand = steps[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            (loaded,) = struct.unpack_from("=I", data, operand)
            continue
        held = {
            0x15: loaded == operand,
            0x35: loaded >= operand,
            0x45: bool(loaded & operand),
        }[code]
        at += then if held else otherwise


@pytest.fixture(params=sorted(MACHINES))
def machine(request):
    return MACHINES[request.param]


@pytest.mark.fault("T-12")
def test_each_call_that_leads_out_is_refused(machine) -> None:
    verdicts = {name: judged(machine, n) for name, n in machine.refused.items()}
    assert set(verdicts.values()) == {REFUSED}
    assert {"socket", "connect", "execve", "ptrace", "io_uring_setup"} <= set(verdicts)
    assert len(set(machine.refused.values())) == len(machine.refused)


@pytest.mark.fault("T-12")
def test_a_thread_is_allowed_and_a_process_is_not(machine) -> None:
    assert judged(machine, machine.clone, THREAD) == ALLOWED
    assert judged(machine, machine.clone, NEW_PROCESS) == REFUSED
    # its flags are not to be seen: the C library then uses clone
    assert judged(machine, machine.clone3) == UNKNOWN


@pytest.mark.fault("T-12")
def test_it_may_signal_and_limit_itself_only(machine) -> None:
    for number in (machine.kill, machine.tgkill):
        assert judged(machine, number, US) == ALLOWED
        assert judged(machine, number, DAEMON) == REFUSED
        assert judged(machine, number, 2**64 - 1) == REFUSED
    assert judged(machine, machine.prlimit, 0) == ALLOWED
    assert judged(machine, machine.prlimit, DAEMON) == REFUSED


def test_all_other_calls_are_allowed_and_no_step_leads_astray(machine) -> None:
    looked_at = {machine.clone, machine.clone3, machine.kill, machine.tgkill}
    named = {*machine.refused.values(), *looked_at, machine.prlimit}
    others = {judged(machine, number) for number in range(500) if number not in named}
    assert others == {ALLOWED}
    assert len(call_filter(machine, US)) < 4096


@pytest.mark.fault("T-12")
def test_calls_of_another_width_or_architecture_are_refused(machine) -> None:
    assert judged(machine, 3, audit=0x40000003) == REFUSED
    if machine.odd:
        assert judged(machine, machine.odd + 41) == REFUSED


def kernel(monkeypatch, refused=(), version=7):
    """A kernel that refuses the calls of those numbers."""

    def syscall(number, *arguments):
        if number.value in refused:
            return -1
        return version if number.value == 444 and arguments[2].value else 0

    made = SimpleNamespace(prctl=lambda *_: 0, syscall=syscall)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: made)
    monkeypatch.setattr("os.close", lambda _: None)
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")


@pytest.mark.parametrize(
    ("refused", "standing"),
    [((), EVERY_WALL), ((317,), ("landlock",)), ((444,), ("seccomp",)), ((317, 446), ())],
)
def test_what_the_kernel_refuses_is_not_said_to_stand(
    monkeypatch, refused, standing
) -> None:
    kernel(monkeypatch, refused)
    assert build_walls() == standing


def test_an_unknown_machine_has_no_walls(monkeypatch) -> None:
    kernel(monkeypatch)
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    assert build_walls() == ()


@pytest.mark.parametrize("version", [1, 2, 3, 4, 5, 6, 9])
def test_each_version_of_landlock_is_asked_for_what_it_knows(monkeypatch, version) -> None:
    kernel(monkeypatch, version=version)
    assert build_walls() == EVERY_WALL
