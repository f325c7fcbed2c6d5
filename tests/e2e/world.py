"""What a run left behind, so that two runs can be compared."""

import hashlib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from tests.e2e.mail_system import MailSystem
from tests.e2e.program import Installation
from tests.servers.ledgers import VIEWS, TestDatabase

Rows = list[dict[str, Any]]
TERMINAL = {"filed", "held", "ignored", "duplicate", "quarantined", "gone"}

_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table'",
    "postgresql": (
        "SELECT table_name AS name FROM information_schema.tables"
        " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
    ),
}
# When the daemon looked, and numbers that only say in which order it did.
_OF_THE_RUN = {
    "attempts",
    "created_at",
    "first_seen_at",
    "replied_at",
    "run_id",
    "sent_at",
}
# Views with a number for each row; the others are put in an order here, for the two
# databases sort texts differently.
_NUMBERED = {"ingest_log", "findings", "outbox"}


def tables_of(database: TestDatabase) -> dict[str, list[str]]:
    """Every row of every table, but for heartbeats."""
    names = [row["name"] for row in database.rows(_TABLES[database.dialect])]
    assert "heartbeat" in names
    return {
        name: sorted(map(repr, database.rows(f'SELECT * FROM "{name}"')))
        for name in names
        if name != "heartbeat"
    }


def files_of(folder: Path) -> dict[str, str]:
    """Digests of all files of a folder by name, the database's own left out."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("ingest.db")
    }


def raw_files_of(installation: Installation) -> dict[str, bytes]:
    """The messages in the archive by name."""
    found = (installation.data / "archive").glob("??/*.eml")
    return {path.name: path.read_bytes() for path in found}


def views_of(installation: Installation, without: Iterable[str] = ()) -> dict[str, Rows]:
    """Every view of the contract, without the traces of when its run took place."""
    left_out = _OF_THE_RUN | set(without)
    return {view: _rows_of(installation, view, left_out) for view in VIEWS}


def _rows_of(installation: Installation, view: str, left_out: Collection[str]) -> Rows:
    numbered = view in _NUMBERED
    if numbered and view != "ingest_log":
        left_out = {*left_out, "id"}
    rows = [
        {name: value for name, value in row.items() if name not in left_out}
        for row in installation.rows(view, "id" if numbered else "1")
    ]
    return rows if numbered else sorted(rows, key=repr)


def assert_letters_came_once(installation: Installation, mail: MailSystem) -> None:
    """Every letter sent lies in its recipient's mailbox exactly once, no other does."""
    letters = installation.rows("outbox")
    lying = mail.letter_ids(row["recipient"] for row in letters)
    counts = {row["message_id"]: lying.count(row["message_id"]) for row in letters}
    wanted = {row["message_id"]: int(row["state"] == "sent") for row in letters}
    assert counts == wanted
