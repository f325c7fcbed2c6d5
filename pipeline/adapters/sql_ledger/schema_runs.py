"""The table of what a consolidation counted, and which consolidation is the newest."""

from sqlalchemy import Column, ForeignKey, Integer, LargeBinary, Table, case

from pipeline.adapters.sql_ledger.schema import metadata, runs

# The forms of units that a run counted, each by the mail that it came with, all in one row
# (counted_packing.py): they are written once and read as a whole by the next run, and
# 11,000 units have 99,000 a night.
run_counts = Table(
    "run_count",
    metadata,
    Column("run_id", Integer, ForeignKey("run.id"), primary_key=True),
    Column("versions", LargeBinary, nullable=False),
)

# A past that was asked for later (--as-of) is not the newest, and no run is newer than
# the day it was made. The view `totals` says the same.
stands_for = case((runs.c.as_of > runs.c.stored_at, runs.c.stored_at), else_=runs.c.as_of)
newest_first = (stands_for.desc(), runs.c.id.desc())
