"""What the provinces of a round owe, in SQL that both databases read the same way."""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import Connection, text

from pipeline.domain.reminders import Gap, OpenForm

# Of a form that is not clean the version that counts, else the newest that came; `shut`
# is of the newest, and so are the faults where it is: the older ones may be mended in it.
# A test holds this against `coverage` and `version_standing`.
_OPEN = """
WITH filed AS (
    SELECT m.province_code, v.form_id, v.message_id, v.shut,
           CASE WHEN v.counts = 1 THEN v.state ELSE 'deficient' END AS state,
           row_number() OVER (
               PARTITION BY m.province_code, v.form_id
               ORDER BY CASE WHEN v.counts = 1 THEN 0 ELSE 1 END,
                   CASE WHEN v.counts = 1 THEN v.verified END DESC,
                   CASE WHEN v.counts = 1 AND v.state = 'accepted' THEN 0 ELSE 1 END,
                   m.received_at DESC, m.id DESC, v.place) AS place,
           row_number() OVER (
               PARTITION BY m.province_code, v.form_id
               ORDER BY m.received_at DESC, m.id DESC, v.place DESC) AS age
    FROM message m JOIN version v ON v.message_id = m.id
    WHERE m.round_id = :round AND m.standing = 'filed'
), s AS (
    SELECT province_code, form_id,
           max(CASE WHEN place = 1 THEN message_id END) AS message_id,
           max(CASE WHEN place = 1 THEN state END) AS state,
           max(CASE WHEN age = 1 THEN shut END) AS shut,
           max(CASE WHEN age = 1 THEN message_id END) AS newest
    FROM filed GROUP BY province_code, form_id
)
SELECT e.province_code, e.form_id, COALESCE(s.state, 'missing') AS state,
       COALESCE(s.shut, 0) AS shut,
       (SELECT count(*) FROM finding f
        WHERE f.message_id = CASE WHEN s.shut = 1 THEN s.newest ELSE s.message_id END
          AND f.form_id = e.form_id
          AND f.state = 'fail' AND f.severity IN ('fatal', 'error')) AS errors
FROM expected_form e
LEFT JOIN s ON s.province_code = e.province_code AND s.form_id = e.form_id
WHERE e.round_id = :round AND COALESCE(s.state, 'missing') <> 'accepted'
ORDER BY e.province_code, e.form_id
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
