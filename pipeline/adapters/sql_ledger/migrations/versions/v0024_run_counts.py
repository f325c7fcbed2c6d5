"""What a run counted in one row: a night of many units wrote a hundred thousand."""

import sqlalchemy as sa
from alembic import op

from pipeline.adapters.sql_ledger.counted_packing import written_versions
from pipeline.domain.run_changes import CountedVersion

revision = "0024"
down_revision = "0023"

_COUNTED = """
SELECT province_code, form_id, digest, status, verified
FROM run_version WHERE run_id = :run
"""


def upgrade() -> None:
    """One table for another, run by run."""
    connection = op.get_bind()
    made = op.create_table(
        "run_count",
        sa.Column("run_id", sa.Integer(), sa.ForeignKey("run.id"), primary_key=True),
        sa.Column("versions", sa.LargeBinary(), nullable=False),
    )
    for run in connection.scalars(sa.text("SELECT DISTINCT run_id FROM run_version")).all():
        rows = connection.execute(sa.text(_COUNTED), {"run": run})
        versions = [
            CountedVersion(unit, form, digest, status, verified == 1)
            for unit, form, digest, status, verified in rows
        ]
        connection.execute(
            made.insert(), {"run_id": run, "versions": written_versions(versions)}
        )
    op.drop_table("run_version")
