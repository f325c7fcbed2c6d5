"""What every figure was that the rule of a finding looked at."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """One column; a finding filed before has none until its message is judged again."""
    op.add_column("finding", sa.Column("basis", sa.Text()))
