"""What a reminder says is owed, so that one that waits is known to be stale."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """One column that older letters leave empty."""
    op.add_column("reminder_letter", sa.Column("said", sa.Text(), nullable=True))
