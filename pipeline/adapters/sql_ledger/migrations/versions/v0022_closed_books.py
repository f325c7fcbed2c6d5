"""Forms that came when the books were closed, and planners' words that they count."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def _required(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """A table, and a column that is 0 in what was filed before."""
    time = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    shut = sa.Column("shut", sa.SmallInteger(), nullable=False, server_default="0")
    op.add_column("version", shut)
    op.create_table(
        "admission",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        *_required("form_id", "ruled_by", "why"),
        sa.Column("ruled_at", time, nullable=False),
        sa.Column("withdrawn_by", sa.Text()),
        sa.Column("withdrawn_at", time),
        sqlite_autoincrement=True,
    )
    op.create_index("admission_message", "admission", ["message_id"])
