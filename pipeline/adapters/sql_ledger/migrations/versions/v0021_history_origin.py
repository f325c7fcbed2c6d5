"""Where each figure of the round before stands: file, line, who imported it and when."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    """Nothing was kept of earlier imports but what the audit trail says."""
    time = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    for name in ("file", "file_digest", "imported_by"):
        op.add_column("history", sa.Column(name, sa.Text()))
    op.add_column("history", sa.Column("line", sa.Integer()))
    op.add_column("history", sa.Column("imported_at", time))
