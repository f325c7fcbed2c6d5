"""The signed paper: mails that bring its scan, and the day it came by post."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def _required(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """A table, and a column that is 0 in what was filed before (`reprocess` fills it)."""
    time = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        *_required("round_id", "province_code"),
        sa.Column("received_on", sa.Text()),
        *_required("ruled_by", "why"),
        sa.Column("ruled_at", time, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("paper_province", "paper", ["round_id", "province_code"])
    scan = sa.Column("scan", sa.SmallInteger(), nullable=False, server_default="0")
    op.add_column("message", scan)
