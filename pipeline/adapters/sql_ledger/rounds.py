"""Rounds: what is expected, what counts, and what it adds up to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    bindparam,
    delete,
    insert,
    select,
    text,
)

from pipeline.adapters.sql_ledger.columns import Amount
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.round_queries import (
    AS_OF,
    EARLIER,
    FIGURES,
    LAST,
    NARRATIVE,
    NOW,
    SAID,
    bound,
)
from pipeline.adapters.sql_ledger.schema import (
    expected_forms,
    messages,
)
from pipeline.domain.mail.message import State
from pipeline.domain.plan.figure_change import Key
from pipeline.domain.plan.form import Figure, FormState, Missing
from pipeline.domain.total import ObservedFigure
from pipeline.ports.ledger import ProvinceFiles


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
        self,
        round_id: str,
        province: str,
        before: tuple[datetime, int],
        come_again: Collection[str] = (),
    ) -> ProvinceFiles:
        """What counts for a province from messages ranked (received_at, number) earlier.

        Without the figures of forms that have come again.
        """
        at, number = before
        asked = {"round": round_id, "province": province, "at": at, "number": number}
        with self._database.reading() as connection:
            found = [_Version(*row) for row in EARLIER.rows(connection, asked)]
            rows = [row for row in found if not row.shut]
            accepted = [row for row in rows if row.state == FormState.ACCEPTED]
            wanted = [row for row in accepted if row.form_id not in come_again]
            figures = _figures(connection, {row.version_id: row.form_id for row in wanted})
            narrative = NARRATIVE.scalar(connection, asked)
        forms = frozenset(row.form_id for row in accepted)
        return ProvinceFiles(
            accepted=forms,
            deficient=frozenset(row.form_id for row in rows) - forms,
            verified=frozenset(row.form_id for row in rows if row.verified),
            figures=figures,
            narrative=narrative is not None,
            shut=frozenset(row.form_id for row in found)
            - frozenset(row.form_id for row in rows),
            messages={row.form_id: row.message_id for row in rows},
        )

    def last_said(
        self,
        round_id: str,
        province: str,
        forms: Sequence[str],
        before: tuple[datetime, int],
    ) -> Mapping[Key, str | None]:
        """What the newest filed version of each form said, earlier than a rank."""
        at, number = before
        asked = {"round": round_id, "province": province, "at": at, "number": number}
        with self._database.reading() as connection:
            newest: dict[int, str] = dict(
                LAST.rows(connection, {**asked, "forms": list(forms)})
            )
            told = SAID.rows(connection, {"versions": list(newest)}) if newest else ()
        return {
            (newest[version], indicator, column): missing if value is None else value
            for version, indicator, column, value, missing in told
        }

    def same_content(self, content_key: str, province: str, message: int) -> int | None:
        """An earlier filed message of the province that carried the same files."""
        which = {"content_key": content_key, "province": province, "message": message}
        with self._database.reading() as connection:
            same: int | None = SAME_CONTENT.scalar(connection, which)
        return same

    def figures(self, round_id: str, as_of: datetime | None) -> Iterable[ObservedFigure]:
        """Every figure that counts now (or counted at `as_of`), in one snapshot.

        Ordered by province, form, indicator, column.
        """
        asked = text(NOW).bindparams(round=round_id)
        if as_of is not None:
            asked = bound(AS_OF, "as_of").bindparams(round=round_id, as_of=as_of)
        query = asked.columns(value=Amount)
        shared: dict[str, str] = {}  # 100,000 figures share a few hundred names
        with self._database.reading() as connection:
            found = [observed(row, shared) for row in connection.execute(query)]
        # Sorted here: databases disagree on the order of "_" and ".".
        return sorted(found, key=lambda f: (f.province, f.form, f.indicator, f.column))


class _Version(NamedTuple):
    """A row of EARLIER."""

    version_id: int
    form_id: str
    state: str
    verified: int
    shut: int
    message_id: int


def _figures(connection: Connection, forms: Mapping[int, str]) -> tuple[Figure, ...]:
    """The figures of versions, of which each is of one of these forms."""
    if not forms:
        return ()
    rows = FIGURES.rows(connection, {"versions": list(forms)})
    found = [
        Figure(forms[version], indicator, column, value, _missing(missing), quantum)
        for version, indicator, column, value, missing, quantum in rows
    ]
    return tuple(sorted(found, key=lambda f: (f.form, f.indicator, f.column)))


def observed(row: Iterable[Any], shared: dict[str, str]) -> ObservedFigure:
    """A figure of a row of NOW; `shared` keeps each name once."""
    province, form, indicator, column, value, missing, unit, status, *rest = row
    verified, digest, path, sheet, cell = rest
    one = shared.setdefault
    return ObservedFigure(
        one(province, province),
        one(form, form),
        one(indicator, indicator),
        one(column, column),
        value,
        _MISSING[missing],
        one(unit, unit),
        one(status, status),
        bool(verified),
        one(digest, digest),
        one(path, path),
        one(sheet, sheet),
        one(cell, cell),
    )


_MISSING: Mapping[str | None, Missing | None] = {
    None: None,
    **{m.value: m for m in Missing},
}


def _missing(value: str | None) -> Missing | None:
    return _MISSING[value]


_THIS, _EARLIER = messages.alias("this"), messages.alias("earlier")
SAME_CONTENT = Prepared(
    select(_EARLIER.c.id)
    .join(_THIS, _THIS.c.id == bindparam("message"))
    .where(
        _EARLIER.c.content_key == bindparam("content_key"),
        _EARLIER.c.province_code == bindparam("province"),
        _EARLIER.c.standing == State.FILED,
        (_EARLIER.c.received_at < _THIS.c.received_at)
        | ((_EARLIER.c.received_at == _THIS.c.received_at) & (_EARLIER.c.id < _THIS.c.id)),
    )
    .order_by(_EARLIER.c.received_at, _EARLIER.c.id)
    .limit(1)
)
