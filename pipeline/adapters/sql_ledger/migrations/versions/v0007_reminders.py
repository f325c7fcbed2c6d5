"""The sent-log of reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def _required(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), primary_key=True)


def upgrade() -> None:
    """Two tables; nothing of the old ones changes."""
    time = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    op.create_table(
        "reminder",
        _key("round_id"),
        _key("province_code"),
        _key("step"),
        _required("outcome"),
        _required("made_by"),
        sa.Column("made_at", time, nullable=False),
    )
    op.create_table(
        "reminder_letter",
        sa.Column(
            "letter_id",
            sa.Integer(),
            sa.ForeignKey("letter.id"),
            primary_key=True,
            autoincrement=False,
        ),
        _required("round_id"),
        _required("province_code"),
        _required("step"),
    )
