"""Whose a message in hand is: workers of other processes need not wait for all others."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """One column, empty but while a message is in hand."""
    op.add_column("message", sa.Column("lease_reporter", sa.Text))
