"""The sent-log of reminders."""

from sqlalchemy import Column, ForeignKey, Integer, Table

from pipeline.adapters.sql_ledger.columns import Moment, SafeText
from pipeline.adapters.sql_ledger.schema import metadata, required

# What became of a step for a province; a row is never taken out, so that no step is
# made twice. Only `passed` may still become `written`, by a planner's word.
reminders = Table(
    "reminder",
    metadata,
    Column("round_id", SafeText, primary_key=True),
    Column("province_code", SafeText, primary_key=True),
    Column("step", SafeText, primary_key=True),
    required("outcome"),
    required("made_by"),
    Column("made_at", Moment, nullable=False),
)

# `said`: what the letter says is owed; null in letters older than the column.
reminder_letters = Table(
    "reminder_letter",
    metadata,
    Column("letter_id", Integer, ForeignKey("letter.id"), primary_key=True),
    required("round_id"),
    required("province_code"),
    required("step"),
    Column("said", SafeText),
)
