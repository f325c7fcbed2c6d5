"""What is counted is counted in an index: messages and letters by state, letters of a day.

A message asks how many letters were made in a day, and administrators' alarms ask at each
look how many messages and letters there are: rows of a hundred thousand, each looked up.
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Two indexes know the account, one only the letters that a budget counts."""
    for table, moment in (("message", "received_at"), ("letter", "created_at")):
        op.drop_index(f"{table}_queue", table)
        op.create_index(f"{table}_queue", table, ["state", moment, "id", "account"])
    op.drop_index("letter_created", "letter")
    made = sa.text("suppressed IS NULL AND template <> 'reminder'")
    op.create_index(
        "letter_created",
        "letter",
        ["created_at"],
        postgresql_where=made,
        sqlite_where=made,
    )
