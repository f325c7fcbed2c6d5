"""What this machine's kernel offers, asked apart from the program."""

import ctypes
from pathlib import Path

_LANDLOCK, _ASK_VERSION = 444, 1


def offered_walls() -> str:
    """The walls that a child should stand behind here, as the program names them."""
    kernel = ctypes.CDLL(None)
    seccomp = Path("/proc/sys/kernel/seccomp/actions_avail").exists()
    landlock = kernel.syscall(_LANDLOCK, None, 0, _ASK_VERSION) >= 1
    offered = {"seccomp": seccomp, "landlock": landlock}
    return ", ".join(name for name, stands in offered.items() if stands)
