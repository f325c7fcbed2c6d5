"""The console's accounts and sessions."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def _time(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    """Two tables; nothing of the old ones changes."""
    op.create_table(
        "console_account",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _time("locked_until", nullable=True),
        sa.Column("made_by", sa.Text(), nullable=False),
        _time("made_at"),
        sa.UniqueConstraint("name", name="console_account_name"),
        sqlite_autoincrement=True,
    )
    account = sa.ForeignKey("console_account.id")
    op.create_table(
        "console_session",
        sa.Column("token_hash", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Integer(), account, nullable=False),
        _time("opened_at"),
        _time("until"),
    )
    op.create_index("console_session_account", "console_session", ["account_id"])
