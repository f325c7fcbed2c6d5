"""A copy of the ledger to try things out on."""

import sqlite3
from contextlib import closing
from pathlib import Path

from pipeline.domain.errors import TransientError


def copy_ledger(url: str, target: Path) -> str:
    """The URL of a copy at `target`; the ledger itself is only read.

    Of a PostgreSQL ledger, or of none yet, the copy is an empty one: the registry file
    still holds, what earlier mails brought does not.
    """
    scheme, _, path = url.partition(":///")
    if scheme.startswith("sqlite") and path and Path(path).exists():
        try:
            with (
                closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source,
                closing(sqlite3.connect(target)) as copy,
            ):
                source.backup(copy)
        except sqlite3.Error as error:
            raise TransientError(f"{path}: cannot be copied: {error}") from error
    return f"sqlite:///{target}"
