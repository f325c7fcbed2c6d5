"""When a job last went well, beside when it last ran."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """One column; what ran well just before counts as well."""
    time = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.add_column("heartbeat", sa.Column("good_at", time))
    op.execute("UPDATE heartbeat SET good_at = at WHERE outcome = 'ok'")
