"""The table of what a consolidation counted."""

from sqlalchemy import Column, ForeignKey, Integer, Table

from pipeline.adapters.sql_ledger.columns import SafeText
from pipeline.adapters.sql_ledger.schema import metadata, required

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
