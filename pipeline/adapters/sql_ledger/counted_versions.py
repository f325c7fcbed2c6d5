"""Which versions of a round count, as it stood at some time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from sqlalchemy import Connection, bindparam, text

from pipeline.adapters.sql_ledger.columns import Moment
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.domain.run_changes import CountedVersion

_COUNTED = """
WITH s AS ({standings} WHERE m.round_id = :round AND m.received_at <= :as_of)
SELECT s.version_id, s.province_code, s.form_id, s.digest, {status} AS status, s.verified
FROM s WHERE {counting}
"""


@dataclass(frozen=True, slots=True)
class PlacedVersion:
    """A version that counts, by its number, and the unit that it is added to."""

    number: int
    counted: CountedVersion
    alike: str

    @property
    def clean(self) -> bool:
        """Whether a planner can stand by its figures."""
        return self.counted.verified and self.counted.status == "accepted"


def counted_versions(
    connection: Connection, round_id: str, as_of: datetime, alike: Mapping[str, str]
) -> list[PlacedVersion]:
    """What counts of these units, by unit and form."""
    query = text(written_out(_COUNTED)).bindparams(
        bindparam("as_of", as_of, type_=Moment), bindparam("round", round_id)
    )
    rows = (row for row in connection.execute(query) if row[1] in alike)
    return [
        PlacedVersion(
            *(number, CountedVersion(unit, form, digest, status, bool(verified))),
            alike[unit],
        )
        for number, unit, form, digest, status, verified in sorted(
            rows, key=itemgetter(1, 2)
        )
    ]
