"""The walls that the kernel puts around the parsing child, besides its limits.

Seccomp refuses the system calls that no reader needs: those that reach a network, another
process or another program. Landlock refuses to write or to make a file, and to look into a
process outside, whose environment and memory are its secrets. A child of root loses all
that root may, by which both are evaded. Neither can be taken off
again. Where the kernel has none of them, or the machine is of another kind, the child goes
on with its limits and says which walls stand.
"""

import ctypes
import os
import platform
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

SECCOMP = "seccomp"
LANDLOCK = "landlock"
EVERY_WALL = (SECCOMP, LANDLOCK)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE, _UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
"""What becomes of a call: done; refused with EPERM; refused with ENOSYS, so that the C
library falls back to the older call.
"""
_THREAD = 0x10000
_NO_NEW_PRIVILEGES = 38
_CAPABILITIES = 0x20080522
_SET_FILTER, _ALL_THREADS = 1, 1
_CREATE_RULESET, _RESTRICT_SELF = 444, 446
_ASK_VERSION = 1
_FILE_RIGHTS = (0x1FF3, 0x3FF3, 0x7FF3, 0x7FF3, 0xFFF3)
"""By the version of Landlock: all that it can refuse but reading a file or a folder."""
_NET_RIGHTS, _SCOPES = 0x3, 0x3
_VERSION_WITH_NET, _VERSION_WITH_SCOPES = 4, 6

_EVERYWHERE = {
    "pidfd_send_signal": 424,
    "io_uring_setup": 425,
    "io_uring_enter": 426,
    "io_uring_register": 427,
    "open_tree": 428,
    "move_mount": 429,
    "fsopen": 430,
    "fsconfig": 431,
    "fsmount": 432,
    "fspick": 433,
    "pidfd_open": 434,
    "pidfd_getfd": 438,
    "process_madvise": 440,
    "mount_setattr": 442,
    "fchmodat2": 452,
}
_INTEL = {
    "socket": 41,
    "connect": 42,
    "accept": 43,
    "bind": 49,
    "listen": 50,
    "socketpair": 53,
    "accept4": 288,
    "fork": 57,
    "vfork": 58,
    "execve": 59,
    "execveat": 322,
    "ptrace": 101,
    "process_vm_readv": 310,
    "process_vm_writev": 311,
    "kcmp": 312,
    "tkill": 200,
    "rt_sigqueueinfo": 129,
    "rt_tgsigqueueinfo": 297,
    "chmod": 90,
    "fchmod": 91,
    "fchmodat": 268,
    "chown": 92,
    "fchown": 93,
    "lchown": 94,
    "fchownat": 260,
    "mount": 165,
    "umount2": 166,
    "pivot_root": 155,
    "chroot": 161,
    "unshare": 272,
    "setns": 308,
    "bpf": 321,
    "perf_event_open": 298,
    "userfaultfd": 323,
    "add_key": 248,
    "request_key": 249,
    "keyctl": 250,
    "init_module": 175,
    "finit_module": 313,
    "delete_module": 176,
    "kexec_load": 246,
    "kexec_file_load": 320,
    "reboot": 169,
    "swapon": 167,
    "swapoff": 168,
    "open_by_handle_at": 304,
}
_ARM = {
    "socket": 198,
    "connect": 203,
    "accept": 202,
    "bind": 200,
    "listen": 201,
    "socketpair": 199,
    "accept4": 242,
    "execve": 221,
    "execveat": 281,
    "ptrace": 117,
    "process_vm_readv": 270,
    "process_vm_writev": 271,
    "kcmp": 272,
    "tkill": 130,
    "rt_sigqueueinfo": 138,
    "rt_tgsigqueueinfo": 240,
    "fchmod": 52,
    "fchmodat": 53,
    "fchown": 55,
    "fchownat": 54,
    "mount": 40,
    "umount2": 39,
    "pivot_root": 41,
    "chroot": 51,
    "unshare": 97,
    "setns": 268,
    "bpf": 280,
    "perf_event_open": 241,
    "userfaultfd": 282,
    "add_key": 217,
    "request_key": 218,
    "keyctl": 219,
    "init_module": 105,
    "finit_module": 273,
    "delete_module": 106,
    "kexec_load": 104,
    "kexec_file_load": 294,
    "reboot": 142,
    "swapon": 224,
    "swapoff": 225,
    "open_by_handle_at": 265,
}


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of processor: its number in the kernel, and the numbers of its calls.

    `odd` is the first number of its calls of another width, all refused; 0: it has none.
    """

    audit: int
    odd: int
    refused: Mapping[str, int]
    seccomp: int
    clone: int
    kill: int
    tgkill: int
    prlimit: int
    capset: int
    clone3: int = 435


MACHINES: Mapping[str, Machine] = MappingProxyType(
    {
        "x86_64": Machine(
            0xC000003E,
            0x40000000,
            MappingProxyType(_INTEL | _EVERYWHERE),
            seccomp=317,
            clone=56,
            kill=62,
            tgkill=234,
            prlimit=302,
            capset=126,
        ),
        "aarch64": Machine(
            0xC00000B7,
            0,
            MappingProxyType(_ARM | _EVERYWHERE),
            seccomp=277,
            clone=220,
            kill=129,
            tgkill=131,
            prlimit=261,
            capset=91,
        ),
    }
)


def build_walls() -> tuple[str, ...]:
    """Put up what this kernel has, for good, and name what stands."""
    machine = MACHINES.get(platform.machine())
    kernel = ctypes.CDLL(None, use_errno=True)
    if machine is None or kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return ()
    _drop_privileges(kernel, machine)
    built = {LANDLOCK: _forbid_writing(kernel), SECCOMP: _filter_calls(kernel, machine)}
    return tuple(wall for wall in EVERY_WALL if built[wall])


def call_filter(machine: Machine, process: int) -> Sequence[bytes]:
    """The program that judges each system call of the process with that number.

    It may have threads, and may signal and limit itself; what is not named is allowed.
    """
    refuse, allow = _step(_RETURN, _REFUSE), _step(_RETURN, _ALLOW)
    steps = [_step(_LOAD, _ARCHITECTURE), _step(_EQUAL, machine.audit, 1, 0), refuse]
    steps.append(_step(_LOAD, _NUMBER))
    if machine.odd:
        steps += [_step(_AT_LEAST, machine.odd, 0, 1), refuse]
    for number in machine.refused.values():
        steps += [_step(_EQUAL, number, 0, 1), refuse]
    steps += [_step(_EQUAL, machine.clone3, 0, 1), _step(_RETURN, _UNKNOWN)]
    steps += _looked_at(machine.clone, _step(_ANY_BIT, _THREAD, 0, 1))
    steps += _looked_at(machine.kill, _step(_EQUAL, process, 0, 1))
    steps += _looked_at(machine.tgkill, _step(_EQUAL, process, 0, 1))
    steps += _looked_at(machine.prlimit, _step(_EQUAL, 0, 0, 1))
    return [*steps, allow]


def _looked_at(number: int, test: bytes) -> Sequence[bytes]:
    """A call that is allowed when the lower half of its first argument passes a test."""
    return [
        _step(_EQUAL, number, 0, 4),
        _step(_LOAD, _FIRST_ARGUMENT),
        test,
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _REFUSE),
    ]


def _step(code: int, operand: int, then: int = 0, otherwise: int = 0) -> bytes:
    """One instruction; `then` and `otherwise` are how many are skipped after it."""
    return struct.pack("=HBBI", code, then, otherwise, operand)


class _Program(ctypes.Structure):
    """struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_void_p))


def _filter_calls(kernel: ctypes.CDLL, machine: Machine) -> bool:
    steps = call_filter(machine, os.getpid())
    code = ctypes.create_string_buffer(b"".join(steps))
    program = _Program(len(steps), ctypes.addressof(code))
    where = ctypes.addressof(program)
    return _ask(kernel, machine.seccomp, _SET_FILTER, _ALL_THREADS, where) == 0


def _ask(kernel: ctypes.CDLL, number: int, *arguments: int) -> int:
    """A call of the kernel with whole registers; -1 when it is refused."""
    return int(kernel.syscall(*map(ctypes.c_long, (number, *arguments))))


def _drop_privileges(kernel: ctypes.CDLL, machine: Machine) -> None:
    """As root it may no more than anyone else; others have none and lose none."""
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITIES, 0))
    none = ctypes.create_string_buffer(bytes(24))
    _ask(kernel, machine.capset, ctypes.addressof(header), ctypes.addressof(none))


def _forbid_writing(kernel: ctypes.CDLL) -> bool:
    version = _ask(kernel, _CREATE_RULESET, 0, 0, _ASK_VERSION)
    if version < 1:
        return False
    files = _FILE_RIGHTS[min(version, len(_FILE_RIGHTS)) - 1]
    net = _NET_RIGHTS if version >= _VERSION_WITH_NET else 0
    scopes = _SCOPES if version >= _VERSION_WITH_SCOPES else 0
    rights = struct.pack("=QQQ", files, net, scopes)
    # an older kernel takes a longer shape when what it does not know is zero
    shape = ctypes.create_string_buffer(rights)
    rules = _ask(kernel, _CREATE_RULESET, ctypes.addressof(shape), len(rights), 0)
    if rules < 0:
        return False
    stands = _ask(kernel, _RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return stands
