"""What each consolidation counted."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """One table; nothing of the old ones changes."""
    op.create_table(
        "run_version",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("province_code", sa.Text(), primary_key=True),
        sa.Column("form_id", sa.Text(), primary_key=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verified", sa.Integer(), nullable=False),
        sqlite_with_rowid=False,
    )
