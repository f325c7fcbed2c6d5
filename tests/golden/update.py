"""Write expected.json and the letters of cases, for review: python -m tests.golden.update.

Without an argument, of every case that has no expected.json yet. What is written is what
the program does: compare it with contract.md before committing it.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.cases import golden_cases, play, shown


def main(names: list[str]) -> None:
    """Update the named cases (folders)."""
    new = (case for case in golden_cases() if not (case / "expected.json").exists())
    for case in [Path(name).resolve() for name in names] or new:
        with TemporaryDirectory() as scratch:
            outcome = play(case, Path(scratch))
        (case / "expected.json").write_text(shown(outcome.document), encoding="utf-8")
        (case / "reply.txt").write_text(outcome.reply, encoding="utf-8")
        if outcome.overdue is not None:
            (case / "overdue.txt").write_text(outcome.overdue, encoding="utf-8")
        print(case)


if __name__ == "__main__":
    main(sys.argv[1:])
