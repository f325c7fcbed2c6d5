"""Runs the program and kills it in the middle: `deadly.py PLACE NUMBER ARGUMENTS...`.

PLACE is one of METHODS; with the NUMBER-th call of it, when its effect is complete, the
process ends by SIGKILL: nothing is flushed, closed or undone. The production code knows
nothing of this. The children that are left behind are named on standard error.
"""

import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    sys.path.insert(0, str(ROOT))
    from pipeline.adapters.disk.file_archive import FileArchive
    from pipeline.adapters.disk.send_journal import FileSendJournal
    from pipeline.adapters.mail.smtp_postbox import SmtpPostbox
    from pipeline.adapters.sql_ledger.ledger import SqlLedger
    from pipeline.cli import main as program

    kinds = (FileArchive, FileSendJournal, SmtpPostbox, SqlLedger)
    place, number = sys.argv[1], int(sys.argv[2])
    name, _, method = place.partition(".")
    kind: Any = next(each for each in kinds if each.__name__ == name)
    setattr(kind, method, _dying(getattr(kind, method), number))
    return program(sys.argv[3:])


def _dying(method: Callable[..., Any], number: int) -> Callable[..., Any]:
    calls = count(1)

    def call(*arguments: Any, **named: Any) -> Any:
        result = method(*arguments, **named)
        if next(calls) == number:
            print("children:", *_children(), file=sys.stderr, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return call


def _children() -> list[str]:
    lists = Path("/proc/self/task").glob("*/children")
    return [number for path in lists for number in path.read_text().split()]


if __name__ == "__main__":
    sys.exit(main())
