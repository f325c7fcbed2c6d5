"""The tables. The views of contract.md stand on them (views.py); migrations make them.

A change here needs a new revision under migrations/versions; a test compares the two.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    UniqueConstraint,
    text,
)

from pipeline.adapters.sql_ledger.columns import Amount, Moment, SafeText

metadata = MetaData()

_WAITING = text("state = 'received'")
_MADE = text("suppressed IS NULL AND template <> 'reminder'")


def required(name: str) -> Column[str]:
    return Column(name, SafeText, nullable=False)


def number() -> Column[int]:
    """A ledger number: given once, never again, also after a deletion (SQLite)."""
    return Column("id", Integer, primary_key=True, autoincrement=True)


def of_message(*, required: bool = True) -> Column[int]:
    return Column("message_id", Integer, ForeignKey("message.id"), nullable=not required)


# One sighting of a message in a folder, with what was decided about it. `uid` is empty
# where a server gave the UID to another message. `arrived_at` is what the source said,
# `received_at` what messages are ranked by. `standing` is the state of the last filing:
# it stays while a message waits to be processed again, so that its figures go on
# counting until the new outcome replaces them. Flags are 0 and 1 on both databases.
messages = Table(
    "message",
    metadata,
    number(),
    required("account"),
    required("folder"),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger),
    Column("digest", SafeText),
    Column("size", BigInteger),
    Column("arrived_at", Moment),
    Column("received_at", Moment, nullable=False),
    Column("first_seen_at", Moment, nullable=False),
    Column("spam_folder", SmallInteger, nullable=False),
    required("state"),
    Column("reason", SafeText),
    Column("detail", SafeText),
    Column("duplicate_of", Integer, ForeignKey("message.id")),
    Column("attempts", Integer, nullable=False),
    Column("lease_owner", SafeText),
    Column("lease_until", Moment),
    Column("lease_reporter", SafeText),
    Column("standing", SafeText),
    Column("kind", SafeText),
    Column("sender", SafeText),
    Column("subject", SafeText),
    Column("search_text", SafeText),
    Column("round_id", SafeText),
    Column("province_code", SafeText),
    Column("verified", SmallInteger, nullable=False),
    Column("verdict", SafeText),
    Column("late", SmallInteger),
    Column("narrative", SmallInteger, nullable=False),
    Column("scan", SmallInteger, nullable=False, server_default="0"),
    Column("row_count", Integer, nullable=False),
    Column("content_key", SafeText),
    Column("suppressed", SafeText),
    Column("letter_id", Integer),
    Column("assigned_province", SafeText),
    Column("planner_hold", SmallInteger),
    Column("purged_at", Moment),
    UniqueConstraint(
        "account", "folder", "uidvalidity", "uid", name="message_location_key"
    ),
    Index("message_digest", "digest"),
    Index("message_queue", "state", "received_at", "id", "account"),  # all to count by
    Index("message_order", "received_at", "id"),
    Index(
        *("message_waiting", "account", "received_at", "id"),
        postgresql_where=_WAITING,
        sqlite_where=_WAITING,
    ),
    Index("message_province", "round_id", "province_code", "received_at"),
    Index("message_content", "content_key"),
    Index("message_log_province", "province_code", "received_at", "id"),
    sqlite_autoincrement=True,
)

# Where a message stood before its folder was renumbered or its UID was reused.
past_locations = Table(
    "past_location",
    metadata,
    number(),
    of_message(),
    required("folder"),
    Column("uidvalidity", BigInteger, nullable=False),
    Column("uid", BigInteger),
    Column("left_at", Moment, nullable=False),
    Index("past_location_message", "message_id"),
    sqlite_autoincrement=True,
)

# What the worker read and the document of `show --json`, as compressed JSON.
outcomes = Table(
    "outcome",
    metadata,
    Column("message_id", Integer, ForeignKey("message.id"), primary_key=True),
    Column("filed_at", Moment, nullable=False),
    Column("parsed", LargeBinary, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

# A form of one mail. `counts` is 0 where it can give no figure at all: it was not
# readable, or the mail held it twice with different contents; or where it is `shut`: it
# came when the books were closed, and no planner has admitted it.
versions = Table(
    "version",
    metadata,
    number(),
    of_message(),
    Column("place", Integer, nullable=False),
    required("form_id"),
    required("state"),
    Column("counts", SmallInteger, nullable=False),
    Column("shut", SmallInteger, nullable=False, server_default="0"),
    Column("verified", SmallInteger, nullable=False),
    UniqueConstraint("message_id", "place", name="version_place_key"),
    sqlite_autoincrement=True,
)

figures = Table(
    "figure",
    metadata,
    Column("version_id", Integer, ForeignKey("version.id"), primary_key=True),
    Column("indicator", SafeText, primary_key=True),
    Column("column_key", SafeText, primary_key=True),
    Column("value", Amount),
    Column("missing", SafeText),
    Column("quantum", Amount, nullable=False),
    required("unit"),
    Column("unit_written", SafeText),
    required("raw"),
    required("path"),
    required("sheet"),
    required("cell"),
    Column("hidden", SmallInteger, nullable=False),
    required("encoding"),
    sqlite_with_rowid=False,
)

findings = Table(
    "finding",
    metadata,
    number(),
    of_message(),
    required("code"),
    required("severity"),
    required("state"),
    Column("form_id", SafeText),
    Column("rule", SafeText),
    Column("indicator", SafeText),
    Column("column_key", SafeText),
    Column("path", SafeText),
    Column("sheet", SafeText),
    Column("cell", SafeText),
    Column("found", SafeText),
    Column("expected", SafeText),
    required("suspect"),
    Column("basis", SafeText),
    Index("finding_message", "message_id"),
    sqlite_autoincrement=True,
)

# A letter with exactly one recipient; a reminder answers no message. `brings_forms`
# says that the answered mail had a form of its own (budget N18 spares it).
letters = Table(
    "letter",
    metadata,
    number(),
    of_message(required=False),
    required("account"),
    required("reply_key"),
    required("token"),
    required("template"),
    required("recipient"),
    required("rfc_message_id"),
    required("subject"),
    required("state"),
    Column("suppressed", SafeText),
    Column("brings_forms", SmallInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("retry_at", Moment),
    Column("sent_at", Moment),
    Column("data", LargeBinary, nullable=False),
    UniqueConstraint("reply_key", name="letter_reply_key"),
    Index("letter_queue", "state", "created_at", "id", "account"),
    Index("letter_created", "created_at", postgresql_where=_MADE, sqlite_where=_MADE),
    Index("letter_message", "message_id"),
    Index("letter_recipient", "recipient", "created_at"),
    sqlite_autoincrement=True,
)

# What planners said of addresses, in order; the newest entry of an address wins over
# senders.csv, until it is retired.
senders = Table(
    "sender_entry",
    metadata,
    number(),
    required("address"),
    required("province_code"),
    required("name"),
    required("phone"),
    required("confirmed_by"),
    Column("confirmed_at", Moment, nullable=False),
    Column("retired_by", SafeText),
    Column("retired_at", Moment),
    Index("sender_entry_address", "address"),
    sqlite_autoincrement=True,
)

# The audit trail: each hash covers the one before, and triggers refuse every change.
events = Table(
    "event",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    required("actor"),
    required("action"),
    Column("message_id", Integer),
    required("detail"),
    required("hash"),
    Index("event_message", "message_id"),
)

expected_forms = Table(
    "expected_form",
    metadata,
    Column("round_id", SafeText, primary_key=True),
    Column("province_code", SafeText, primary_key=True),
    Column("form_id", SafeText, primary_key=True),
)

# A consolidation, and the newest event of the audit trail that it could see.
runs = Table(
    "run",
    metadata,
    number(),
    required("round_id"),
    Column("as_of", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("stored_at", Moment, nullable=False),
    Column("last_event", Integer, nullable=False),
    Index("run_round", "round_id"),
    sqlite_autoincrement=True,
)

total_figures = Table(
    "total_figure",
    metadata,
    Column("run_id", Integer, ForeignKey("run.id"), primary_key=True),
    Column("level", SafeText, primary_key=True),
    Column("area", SafeText, primary_key=True),
    Column("form_id", SafeText, primary_key=True),
    Column("indicator", SafeText, primary_key=True),
    Column("column_key", SafeText, primary_key=True),
    Column("value", Amount),
    Column("value_strict", Amount),
    required("unit"),
    Column("reported", Integer, nullable=False),
    Column("expected", Integer, nullable=False),
    Column("provisional", Integer, nullable=False),
    required("method"),
    sqlite_with_rowid=False,
)

heartbeats = Table(
    "heartbeat",
    metadata,
    Column("job", SafeText, primary_key=True),
    Column("at", Moment, nullable=False),
    required("outcome"),
    Column("good_at", Moment),
)
