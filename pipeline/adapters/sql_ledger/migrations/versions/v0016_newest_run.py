"""The view `totals` shows the run of the newest instant, not the one made last."""

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Nothing but the views, which are made anew after each migration."""
