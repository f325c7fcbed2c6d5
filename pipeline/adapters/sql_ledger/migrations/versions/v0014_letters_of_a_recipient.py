"""An index on whom a letter is for: each judgement asks for the sender's letters."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """One index; nothing else changes."""
    op.create_index("letter_recipient", "letter", ["recipient", "created_at"])
