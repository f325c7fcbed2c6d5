"""What planners rule: forms accepted, findings waived, deadlines, rules held back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def _time(name: str, *, nullable: bool = False) -> sa.Column[str]:
    kind = sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")
    return sa.Column(name, kind, nullable=nullable)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True)


def _message() -> sa.Column[int]:
    link = sa.ForeignKey("message.id")
    return sa.Column("message_id", sa.Integer(), link, nullable=False)


def _required(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text()) for name in names]


def _ruled() -> list[sa.Column[str]]:
    return [*_required("ruled_by", "why"), _time("ruled_at")]


def _withdrawn() -> list[sa.Column[str]]:
    return [*_texts("withdrawn_by"), _time("withdrawn_at", nullable=True)]


def upgrade() -> None:
    """Four tables; nothing of the old ones changes."""
    op.create_table(
        "acceptance",
        _id(),
        _message(),
        *_required("form_id"),
        *_ruled(),
        *_withdrawn(),
        sqlite_autoincrement=True,
    )
    op.create_index("acceptance_message", "acceptance", ["message_id"])
    op.create_table(
        "waiver",
        _id(),
        *_required("round_id", "province_code", "signature", "code"),
        *_texts("form_id", "rule", "indicator", "column_key", "found", "expected"),
        *_ruled(),
        *_withdrawn(),
        sqlite_autoincrement=True,
    )
    op.create_index("waiver_province", "waiver", ["round_id", "province_code"])
    op.create_table(
        "extension",
        _id(),
        *_required("round_id", "province_code"),
        _time("due", nullable=True),
        *_ruled(),
        sqlite_autoincrement=True,
    )
    op.create_index("extension_province", "extension", ["round_id", "province_code"])
    op.create_table(
        "rule_ruling",
        _id(),
        *_required("round_id", "form_id", "rule", "state"),
        *_ruled(),
        sqlite_autoincrement=True,
    )
