"""What the provinces of a round owe, in SQL that both databases read the same way."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection, text

from pipeline.domain.reminders import Gap, OpenForm

# Of a form that is not clean the version that counts, else the newest that came.
_OPEN = """
SELECT c.province_code, c.form_id, c.state, c.shut,
       (SELECT count(*) FROM finding f
        WHERE f.state = 'fail' AND f.severity IN ('fatal', 'error')
          AND f.form_id = c.form_id AND f.message_id = (
            SELECT s.message_id FROM version_standing s
            WHERE s.round_id = c.round_id AND s.province_code = c.province_code
              AND s.form_id = c.form_id AND s.standing = 'filed'
            ORDER BY CASE WHEN s.counts = 1 THEN s.place ELSE 1000000 END,
                s.received_at DESC, s.message_id DESC LIMIT 1)) AS errors
FROM coverage c WHERE c.round_id = :round AND c.state <> 'accepted'
ORDER BY c.province_code, c.form_id
"""
_UNITS = """
SELECT e.province_code, max(m.narrative) AS narrative
FROM (SELECT DISTINCT round_id, province_code FROM expected_form
      WHERE round_id = :round) e
LEFT JOIN message m ON m.round_id = e.round_id AND m.province_code = e.province_code
    AND m.standing = 'filed'
GROUP BY e.province_code
ORDER BY e.province_code
"""
# A question brings no form: it keeps nobody from being reminded.
_WAITING = """
SELECT DISTINCT province_code FROM message
WHERE round_id = :round AND province_code IS NOT NULL
  AND state IN ('received', 'held', 'quarantined')
  AND coalesce(reason, '') <> 'question'
"""


def gaps_of(connection: Connection, round_id: str) -> Mapping[str, Gap]:
    """What each province of a round owes, in order of codes, its expected forms too."""
    rows = connection.execute(text(_OPEN).bindparams(round=round_id)).all()
    units = connection.execute(text(_UNITS).bindparams(round=round_id)).all()
    waiting = set(connection.scalars(text(_WAITING).bindparams(round=round_id)).all())
    forms: dict[str, list[OpenForm]] = defaultdict(list)
    for row in rows:
        errors = None if row.state == "missing" else int(row.errors)
        if row.shut and errors == 0:
            continue  # nothing but our own word is wanting
        forms[row.province_code].append(OpenForm(row.form_id, errors))
    return {
        unit.province_code: Gap(
            tuple(forms.get(unit.province_code, ())),
            narrative=not unit.narrative,
            waits_for_us=unit.province_code in waiting,
        )
        for unit in units
    }
