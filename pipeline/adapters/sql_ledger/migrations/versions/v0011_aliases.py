"""What provinces mean by labels of their own, as planners said."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def _required(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def upgrade() -> None:
    """One table; nothing of the old ones changes."""
    time = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "label_alias",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        *_required("province_code", "form_id", "axis", "written", "parent"),
        *_required("meaning", "asked", "label", "ruled_by", "why"),
        sa.Column("ruled_at", time, nullable=False),
        sa.Column("withdrawn_by", sa.Text()),
        sa.Column("withdrawn_at", time),
        sqlite_autoincrement=True,
    )
    op.create_index("label_alias_province", "label_alias", ["province_code"])
