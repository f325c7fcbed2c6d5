"""The register of questions and recommendations."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _time(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def _required(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def upgrade() -> None:
    """One table; nothing of the old ones changes."""
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("message_id", sa.Integer(), sa.ForeignKey("message.id"), nullable=False),
        _required("signature"),
        _required("kind"),
        sa.Column("round_id", sa.Text()),
        sa.Column("province_code", sa.Text()),
        sa.Column("path", sa.Text()),
        _required("passage"),
        sa.Column("topic", sa.Text()),
        _time("received_at"),
        _time("due"),
        _required("state"),
        sa.Column("assigned_to", sa.Text()),
        sa.Column("outcome", sa.Text()),
        sa.Column("settled_by", sa.Text()),
        _time("settled_at", nullable=True),
        sa.Column("letter_id", sa.Integer(), sa.ForeignKey("letter.id")),
        sa.UniqueConstraint("message_id", "signature", name="question_words_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("question_due", "question", ["state", "due"])
    op.create_index("question_words", "question", ["signature"])
