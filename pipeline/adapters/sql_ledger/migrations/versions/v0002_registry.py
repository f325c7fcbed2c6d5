"""The registry of senders with its past: an entry a confirmation, not a row an address."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_KEPT = "address, province_code, name, phone, confirmed_by, confirmed_at, retired_at"


def _time() -> sa.Text:
    return sa.Text().with_variant(sa.TIMESTAMP(timezone=True), "postgresql")


def upgrade() -> None:
    """Take the rows over in the order they were made."""
    op.create_table(
        "sender_entry",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=True),
        *[
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("address", "province_code", "name", "phone", "confirmed_by")
        ],
        sa.Column("confirmed_at", _time(), nullable=False),
        sa.Column("retired_by", sa.Text()),
        sa.Column("retired_at", _time()),
        sqlite_autoincrement=True,
    )
    op.create_index("sender_entry_address", "sender_entry", ["address"])
    op.execute(
        f"INSERT INTO sender_entry ({_KEPT}) "  # noqa: S608 - no word of anybody's
        f"SELECT {_KEPT} FROM sender ORDER BY confirmed_at, address"
    )
    op.drop_table("sender")
