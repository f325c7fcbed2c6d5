"""The tables of what planners rule."""

from typing import Any

from sqlalchemy import Column, Index, Integer, Table, UniqueConstraint

from pipeline.adapters.sql_ledger.columns import Moment, SafeText
from pipeline.adapters.sql_ledger.schema import metadata, number, of_message, required


def ruled() -> tuple[Column[Any], ...]:
    """Who ruled, why, when."""
    return (
        required("ruled_by"),
        required("why"),
        Column("ruled_at", Moment, nullable=False),
    )


def withdrawn() -> tuple[Column[Any], ...]:
    """Who took it back, when."""
    return Column("withdrawn_by", SafeText), Column("withdrawn_at", Moment)


# A planner takes a form of one mail as it is, with its faults.
acceptances = Table(
    "acceptance",
    metadata,
    number(),
    of_message(),
    required("form_id"),
    *ruled(),
    *withdrawn(),
    Index("acceptance_message", "message_id"),
    sqlite_autoincrement=True,
)

# A form of a mail that came when the books were closed counts all the same.
admissions = Table(
    "admission",
    metadata,
    number(),
    of_message(),
    required("form_id"),
    *ruled(),
    *withdrawn(),
    Index("admission_message", "message_id"),
    sqlite_autoincrement=True,
)

# A finding that no longer counts: bound to its values by `signature`, so that it
# counts again when one of them changes. One that was refused is withdrawn from the start.
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
    *ruled(),
    *withdrawn(),
    Index("waiver_province", "round_id", "province_code"),
    sqlite_autoincrement=True,
)

# What a province explains, by its place in the mail; `about` holds the findings that it
# asks to waive, with their mails.
explanations = Table(
    "explanation",
    metadata,
    number(),
    of_message(),
    Column("place", Integer, nullable=False),
    Column("round_id", SafeText),
    Column("province_code", SafeText),
    Column("form_id", SafeText),
    Column("rule", SafeText),
    Column("indicator", SafeText),
    required("said"),
    required("about"),
    UniqueConstraint("message_id", "place", name="explanation_place_key"),
    Index("explanation_round", "round_id"),
    sqlite_autoincrement=True,
)

# The signed paper of a province came on a day; the newest holds, empty: it did not.
papers = Table(
    "paper",
    metadata,
    number(),
    required("round_id"),
    required("province_code"),
    Column("received_on", SafeText),
    *ruled(),
    Index("paper_province", "round_id", "province_code"),
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
    *ruled(),
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
    *ruled(),
    sqlite_autoincrement=True,
)
