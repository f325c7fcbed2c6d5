"""Tables of figures that are kept a second time, a version in one row (ADR 0027)."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, SmallInteger, Table

from pipeline.adapters.sql_ledger.schema import metadata, number, required

# Which figure of a form stands in which place, as JSON: [[row, column], ...]. Never
# changed nor deleted: a form with more figures has another.
layouts = Table(
    "figure_layout",
    metadata,
    number(),
    required("form_id"),
    required("places"),
    Index("figure_layout_form", "form_id"),
    sqlite_autoincrement=True,
)

# What counts of a version's figures, in the places of a layout (figure_packing.py). The
# layout is no foreign key: every filing would lock its row, and all daemons the same.
packs = Table(
    "packed_figures",
    metadata,
    Column("version_id", Integer, ForeignKey("version.id"), primary_key=True),
    Column("layout_id", Integer, nullable=False),
    Column("decimals", SmallInteger, nullable=False),
    Column("numbers", LargeBinary, nullable=False),
)
