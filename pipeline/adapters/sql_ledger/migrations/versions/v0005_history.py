"""Figures of the round before, and their sums over the nation."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_CELL = ("round_id", "form_id", "indicator", "column_key")


def _table(name: str, key: tuple[str, ...]) -> None:
    value = sa.Text().with_variant(sa.Numeric(), "postgresql")
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        *(sa.Column(part, sa.Text(), nullable=False) for part in key),
        sa.Column("value", value, nullable=False),
        sa.UniqueConstraint(*key, name=f"{name}_cell_key"),
        sqlite_autoincrement=True,
    )


def upgrade() -> None:
    """Two tables; nothing of the old ones changes."""
    first, *rest = _CELL
    _table("history", (first, "province_code", *rest))
    _table("history_total", _CELL)
