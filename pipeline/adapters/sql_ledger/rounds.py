"""Rounds: what is expected, what counts, and what it adds up to."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    TextClause,
    bindparam,
    delete,
    insert,
    select,
    text,
)

from pipeline.adapters.sql_ledger.columns import Amount, Moment
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.schema import (
    expected_forms,
    messages,
)
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.domain.mail.message import State
from pipeline.domain.plan.form import Figure, FormState, Missing
from pipeline.domain.total import ObservedFigure
from pipeline.ports.ledger import ProvinceFiles

_AS_OF = """
WITH s AS ({standings} WHERE m.round_id = :round AND m.received_at <= :as_of)
SELECT s.province_code, s.form_id, f.indicator, f.column_key, f.value, f.missing, f.unit,
       {status} AS status, s.verified, s.digest, f.path, f.sheet, f.cell
FROM s JOIN figure f ON f.version_id = s.version_id WHERE {counting}
"""

_NOW = """
SELECT province_code, form_id, indicator, column_key, value, missing, unit, status,
       verified, digest, path, sheet, cell
FROM observations WHERE round_id = :round
"""

_EARLIER = """
WITH s AS ({standings}
    WHERE m.round_id = :round AND m.province_code = :province AND (m.received_at < :at
        OR m.received_at = :at AND m.id < :number))
SELECT s.version_id, s.form_id, s.state, s.verified FROM s WHERE {counting}
"""

# The newest filed version of each form before a message, whatever became of it.
_LAST = """
WITH s AS ({standings}
    WHERE m.round_id = :round AND m.province_code = :province AND m.standing = 'filed'
        AND v.counts = 1 AND (m.received_at < :at
            OR m.received_at = :at AND m.id < :number))
SELECT version_id FROM (
    SELECT s.version_id, s.form_id, row_number() OVER (
        PARTITION BY s.form_id ORDER BY s.received_at DESC, s.message_id DESC) AS newest
    FROM s) t
WHERE newest = 1 AND form_id IN :forms
"""

_FIGURES = """
SELECT form_id, indicator, column_key, value, missing, quantum
FROM figure JOIN version ON version.id = version_id
WHERE version_id IN :versions
"""


class Rounds(Desk):
    """Expected forms, counting figures, consolidations."""

    def know_round(self, round_id: str, units: Sequence[str], forms: Sequence[str]) -> None:
        """Tell the ledger which province x form a round expects (view `coverage`).

        Writes only when something changed.
        """
        told = {(unit, form) for unit in units for form in forms}
        known = select(expected_forms.c.province_code, expected_forms.c.form_id).where(
            expected_forms.c.round_id == round_id
        )
        with self._database.reading() as connection:
            if {tuple(row) for row in connection.execute(known)} == told:
                return
        rows = [
            {"round_id": round_id, "province_code": unit, "form_id": form}
            for unit, form in sorted(told)
        ]
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "rounds")
            connection.execute(
                delete(expected_forms).where(expected_forms.c.round_id == round_id)
            )
            if rows:
                connection.execute(insert(expected_forms), rows)

    def province_files(
        self, round_id: str, province: str, before: tuple[datetime, int]
    ) -> ProvinceFiles:
        """What counts for a province from messages ranked (received_at, number) earlier."""
        at, number = before
        query = _bound(_EARLIER, "at").bindparams(
            round=round_id, province=province, at=at, number=number
        )
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
            accepted = [row for row in rows if row.state == FormState.ACCEPTED]
            figures = _figures(connection, [row.version_id for row in accepted])
            narrative = connection.scalar(
                select(messages.c.id)
                .where(
                    messages.c.round_id == round_id,
                    messages.c.province_code == province,
                    messages.c.standing == State.FILED,
                    messages.c.narrative == 1,
                    (messages.c.received_at < at)
                    | ((messages.c.received_at == at) & (messages.c.id < number)),
                )
                .limit(1)
            )
        forms = frozenset(row.form_id for row in accepted)
        return ProvinceFiles(
            accepted=forms,
            deficient=frozenset(row.form_id for row in rows) - forms,
            verified=frozenset(row.form_id for row in rows if row.verified),
            figures=figures,
            narrative=narrative is not None,
        )

    def last_figures(
        self,
        round_id: str,
        province: str,
        forms: Sequence[str],
        before: tuple[datetime, int],
    ) -> tuple[Figure, ...]:
        """What the newest filed version of each form said, earlier than a rank."""
        at, number = before
        wanted: BindParameter[Sequence[str]] = bindparam("forms", forms, expanding=True)
        query = (
            _bound(_LAST, "at")
            .bindparams(wanted)
            .bindparams(round=round_id, province=province, at=at, number=number)
        )
        with self._database.reading() as connection:
            return _figures(connection, connection.scalars(query).all())

    def same_content(self, content_key: str, province: str, message: int) -> int | None:
        """An earlier filed message of the province that carried the same files."""
        this, earlier = messages.alias("this"), messages.alias("earlier")
        query = (
            select(earlier.c.id)
            .join(this, this.c.id == message)
            .where(
                earlier.c.content_key == content_key,
                earlier.c.province_code == province,
                earlier.c.standing == State.FILED,
                (earlier.c.received_at < this.c.received_at)
                | (
                    (earlier.c.received_at == this.c.received_at)
                    & (earlier.c.id < this.c.id)
                ),
            )
            .order_by(earlier.c.received_at, earlier.c.id)
            .limit(1)
        )
        with self._database.reading() as connection:
            return connection.scalar(query)

    def figures(self, round_id: str, as_of: datetime | None) -> Iterable[ObservedFigure]:
        """Every figure that counts now (or counted at `as_of`), in one snapshot.

        Ordered by province, form, indicator, column.
        """
        asked = text(_NOW).bindparams(round=round_id)
        if as_of is not None:
            asked = _bound(_AS_OF, "as_of").bindparams(round=round_id, as_of=as_of)
        query = asked.columns(value=Amount)
        shared: dict[str, str] = {}  # 100,000 figures share a few hundred names
        with self._database.reading() as connection:
            found = [observed(row, shared) for row in connection.execute(query)]
        # Sorted here: databases disagree on the order of "_" and ".".
        return sorted(found, key=lambda f: (f.province, f.form, f.indicator, f.column))


def _bound(sql: str, moment: str) -> TextClause:
    """SQL text whose parameter `moment` is a time, on either database."""
    return text(written_out(sql)).bindparams(bindparam(moment, type_=Moment))


def _figures(connection: Connection, versions: Sequence[int]) -> tuple[Figure, ...]:
    wanted: BindParameter[Sequence[int]] = bindparam("versions", versions, expanding=True)
    query = text(_FIGURES).bindparams(wanted).columns(value=Amount, quantum=Amount)
    found = [
        Figure(
            form=row.form_id,
            indicator=row.indicator,
            column=row.column_key,
            value=row.value,
            missing=_missing(row.missing),
            quantum=row.quantum,
        )
        for row in connection.execute(query)
    ]
    return tuple(sorted(found, key=lambda f: (f.form, f.indicator, f.column)))


def observed(row: Any, shared: dict[str, str]) -> ObservedFigure:
    """A figure of a row; `shared` keeps each name once."""

    def one(name: str) -> str:
        return shared.setdefault(name, name)

    return ObservedFigure(
        province=one(row.province_code),
        form=one(row.form_id),
        indicator=one(row.indicator),
        column=one(row.column_key),
        value=row.value,
        missing=_missing(row.missing),
        unit=one(row.unit),
        status=one(row.status),
        verified=bool(row.verified),
        digest=one(row.digest),
        path=one(row.path),
        sheet=one(row.sheet),
        cell=one(row.cell),
    )


def _missing(value: str | None) -> Missing | None:
    return None if value is None else Missing(value)
