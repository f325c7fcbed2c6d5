"""The table of what a consolidation counted, and which consolidation is the newest."""

from sqlalchemy import Column, ForeignKey, Integer, Table, case

from pipeline.adapters.sql_ledger.columns import SafeText
from pipeline.adapters.sql_ledger.schema import metadata, required, runs

# A province's form that a run counted, by the mail that it came with.
run_versions = Table(
    "run_version",
    metadata,
    Column("run_id", Integer, ForeignKey("run.id"), primary_key=True),
    Column("province_code", SafeText, primary_key=True),
    Column("form_id", SafeText, primary_key=True),
    required("digest"),
    required("status"),
    Column("verified", Integer, nullable=False),
    sqlite_with_rowid=False,
)

# A past that was asked for later (--as-of) is not the newest, and no run is newer than
# the day it was made. The view `totals` says the same.
stands_for = case((runs.c.as_of > runs.c.stored_at, runs.c.stored_at), else_=runs.c.as_of)
newest_first = (stands_for.desc(), runs.c.id.desc())
