"""The tables of figures of the round before."""

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint

from pipeline.adapters.sql_ledger.columns import Amount, Moment
from pipeline.adapters.sql_ledger.schema import metadata, number, required

# A province's figure of the round before `round_id`, as a planner imported it, and where
# it stands in his file.
history = Table(
    "history",
    metadata,
    number(),
    required("round_id"),
    required("province_code"),
    required("form_id"),
    required("indicator"),
    required("column_key"),
    Column("value", Amount, nullable=False),
    Column("file", Text),
    Column("file_digest", Text),
    Column("line", Integer),
    Column("imported_by", Text),
    Column("imported_at", Moment),
    UniqueConstraint(
        "round_id",
        "province_code",
        "form_id",
        "indicator",
        "column_key",
        name="history_cell_key",
    ),
    sqlite_autoincrement=True,
)

# Their plain sums over all provinces, made at each import: what a difference weighs.
history_totals = Table(
    "history_total",
    metadata,
    number(),
    required("round_id"),
    required("form_id"),
    required("indicator"),
    required("column_key"),
    Column("value", Amount, nullable=False),
    UniqueConstraint(
        "round_id", "form_id", "indicator", "column_key", name="history_total_cell_key"
    ),
    sqlite_autoincrement=True,
)
