"""When the raw bytes of a message were purged."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Nothing was purged before."""
    time = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("message", sa.Column("purged_at", time))
