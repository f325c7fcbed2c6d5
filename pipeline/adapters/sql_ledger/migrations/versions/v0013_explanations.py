"""What provinces explain, and the findings that it is about."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def _text(name: str, *, needed: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=not needed)


def upgrade() -> None:
    """One table; explanations filed before are in it once their mail is judged again."""
    op.create_table(
        "explanation",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        *map(_text, ("round_id", "province_code", "form_id", "rule", "indicator")),
        _text("said", needed=True),
        _text("about", needed=True),
        sa.UniqueConstraint("message_id", "place", name="explanation_place_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("explanation_round", "explanation", ["round_id"])
