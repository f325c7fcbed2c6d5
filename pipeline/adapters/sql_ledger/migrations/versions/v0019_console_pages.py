"""A province's mails and a message's events are found without reading all of them."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Two indexes."""
    log = ["province_code", "received_at", "id"]
    op.create_index("message_log_province", "message", log)
    op.create_index("event_message", "event", ["message_id"])
