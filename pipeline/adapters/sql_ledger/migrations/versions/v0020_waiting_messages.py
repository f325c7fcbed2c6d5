"""Whose turn it is is found at once, whatever the database knows of other messages."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """An index of those that wait, and of no other."""
    waiting = sa.text("state = 'received'")
    op.create_index(
        "message_waiting",
        "message",
        ["account", "received_at", "id"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
