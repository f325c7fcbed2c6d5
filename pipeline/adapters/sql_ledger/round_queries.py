"""What the ledger asks of a round's versions and figures, made ready once."""

from sqlalchemy import TextClause, bindparam, column, select, text

from pipeline.adapters.sql_ledger.columns import Amount, Moment
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import messages
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.domain.mail.message import State

AS_OF = """
WITH s AS ({standings} WHERE m.round_id = :round AND m.received_at <= :as_of)
SELECT s.province_code, s.form_id, f.indicator, f.column_key, f.value, f.missing, f.unit,
       {status} AS status, s.verified, s.digest, f.path, f.sheet, f.cell
FROM s JOIN figure f ON f.version_id = s.version_id WHERE {counting}
"""

NOW = """
SELECT province_code, form_id, indicator, column_key, value, missing, unit, status,
       verified, digest, path, sheet, cell
FROM observations WHERE round_id = :round
"""


def bound(sql: str, moment: str) -> TextClause:
    """SQL text whose parameter `moment` is a time, on either database."""
    return text(written_out(sql)).bindparams(bindparam(moment, type_=Moment))


EARLIER = Prepared(
    bound(
        """
WITH s AS ({standings}
    WHERE m.round_id = :round AND m.province_code = :province AND (m.received_at < :at
        OR m.received_at = :at AND m.id < :number))
SELECT s.version_id, s.form_id, s.state, s.verified, s.shut, s.message_id FROM s
WHERE {counting} OR s.standing = 'filed' AND s.shut = 1
""",
        "at",
    )
)

# The newest filed version of each form before a message, whatever became of it.
LAST = Prepared(
    bound(
        """
WITH s AS ({standings}
    WHERE m.round_id = :round AND m.province_code = :province AND m.standing = 'filed'
        AND v.counts = 1 AND (m.received_at < :at
            OR m.received_at = :at AND m.id < :number))
SELECT version_id, form_id FROM (
    SELECT s.version_id, s.form_id, row_number() OVER (
        PARTITION BY s.form_id ORDER BY s.received_at DESC, s.message_id DESC) AS newest
    FROM s) t
WHERE newest = 1 AND form_id IN :forms
""",
        "at",
    ).bindparams(bindparam("forms", expanding=True))
)

NARRATIVE = Prepared(
    select(messages.c.id)
    .where(
        messages.c.round_id == bindparam("round"),
        messages.c.province_code == bindparam("province"),
        messages.c.standing == State.FILED,
        messages.c.narrative == 1,
        (messages.c.received_at < bindparam("at"))
        | (
            (messages.c.received_at == bindparam("at"))
            & (messages.c.id < bindparam("number"))
        ),
    )
    .limit(1)
)

# Asked of `figure` alone: a plan of when it was tiny would read all of it to join it.
# Numbers as they are kept: in the one spelling of all.
SAID = Prepared(
    text(
        "SELECT version_id, indicator, column_key, CAST(value AS TEXT), missing "
        "FROM figure WHERE version_id IN :versions"
    ).bindparams(bindparam("versions", expanding=True))
)

FIGURES = Prepared(
    text(
        "SELECT version_id, indicator, column_key, value, missing, quantum "
        "FROM figure WHERE version_id IN :versions"
    )
    .bindparams(bindparam("versions", expanding=True))
    .columns(
        column("version_id"),
        column("indicator"),
        column("column_key"),
        column("value", Amount),
        column("missing"),
        column("quantum", Amount),
    )
)
