"""The tables of what planners rule, and of what is asked of provinces and by them."""

from typing import Any

from sqlalchemy import Column, Index, Integer, Table

from pipeline.adapters.sql_ledger.columns import Amount, Moment, SafeText
from pipeline.adapters.sql_ledger.schema import metadata, number, of_message, required


def _ruled() -> tuple[Column[Any], ...]:
    """Who ruled, why, when."""
    return (
        required("ruled_by"),
        required("why"),
        Column("ruled_at", Moment, nullable=False),
    )


def _withdrawn() -> tuple[Column[Any], ...]:
    return Column("withdrawn_by", SafeText), Column("withdrawn_at", Moment)


# A planner takes a form of one mail as it is, with its faults.
acceptances = Table(
    "acceptance",
    metadata,
    number(),
    of_message(),
    required("form_id"),
    *_ruled(),
    *_withdrawn(),
    Index("acceptance_message", "message_id"),
    sqlite_autoincrement=True,
)

# A finding that no longer counts: bound to its values by `signature`, so that it
# counts again when one of them changes.
waivers = Table(
    "waiver",
    metadata,
    number(),
    required("round_id"),
    required("province_code"),
    required("signature"),
    required("code"),
    Column("form_id", SafeText),
    Column("rule", SafeText),
    Column("indicator", SafeText),
    Column("column_key", SafeText),
    Column("found", SafeText),
    Column("expected", SafeText),
    *_ruled(),
    *_withdrawn(),
    Index("waiver_province", "round_id", "province_code"),
    sqlite_autoincrement=True,
)

# A province's own deadline; the newest holds, an empty `due` is the round's again.
extensions = Table(
    "extension",
    metadata,
    number(),
    required("round_id"),
    required("province_code"),
    Column("due", Moment),
    *_ruled(),
    Index("extension_province", "round_id", "province_code"),
    sqlite_autoincrement=True,
)

# What a planner said of a rule that fails too often: `kept` or `held`.
rule_rulings = Table(
    "rule_ruling",
    metadata,
    number(),
    required("round_id"),
    required("form_id"),
    required("rule"),
    required("state"),
    *_ruled(),
    sqlite_autoincrement=True,
)

# Figures of earlier rounds, brought in from a file.
history = Table(
    "history",
    metadata,
    Column("round_id", SafeText, primary_key=True),
    Column("province_code", SafeText, primary_key=True),
    Column("form_id", SafeText, primary_key=True),
    Column("indicator", SafeText, primary_key=True),
    Column("column_key", SafeText, primary_key=True),
    Column("value", Amount, nullable=False),
    Column("imported_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# A step of reminding a province: what became of it, once and for all.
reminders = Table(
    "reminder",
    metadata,
    Column("round_id", SafeText, primary_key=True),
    Column("province_code", SafeText, primary_key=True),
    Column("step", SafeText, primary_key=True),
    Column("letter_id", Integer),
    required("outcome"),
    Column("made_at", Moment, nullable=False),
    sqlite_with_rowid=False,
)

# Questions and recommendations that provinces put, until they are answered or closed.
questions = Table(
    "question",
    metadata,
    number(),
    of_message(required=False),
    required("round_id"),
    required("subject"),
    required("asked"),
    required("state"),
    Column("province_code", SafeText),
    Column("topic", SafeText),
    Column("unit", SafeText),
    Column("answer", SafeText),
    Column("asked_at", Moment, nullable=False),
    Column("due", Moment),
    Column("settled_by", SafeText),
    Column("settled_at", Moment),
    Index("question_message", "message_id", unique=True),
    sqlite_autoincrement=True,
)
