"""A place in memory for what need not outlive a run: no disk waits there."""

import os
from pathlib import Path

IN_MEMORY = Path("/dev/shm")
ENOUGH = 2_000_000_000


def quick_disk(place: Path = IN_MEMORY, enough: int = ENOUGH) -> str | None:
    """A folder in memory with room for that many bytes; None: the usual place is right.

    Containers often have one of 64 MB, which a database or two would fill.
    """
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return None
    room = os.statvfs(place)
    return str(place) if room.f_bavail * room.f_frsize >= enough else None
