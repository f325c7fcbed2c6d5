"""python -m pipeline: the same as run_daemon.py."""

import gc
import sys
from typing import NoReturn

NEW_OBJECTS = 50_000
"""Between two collections: a few mails make as many, and they go when those are settled."""


def program() -> NoReturn:
    """Run one command as a process of its own; it ends with the command's exit code."""
    gc.set_threshold(NEW_OBJECTS)
    from pipeline.cli import main  # only now: what it makes, it keeps

    try:
        sys.exit(main())
    finally:
        gc.freeze()  # what goes with the process is not looked through at its end


if __name__ == "__main__":
    program()
