"""Statements made ready once and handed straight to the driver.

A message takes dozens of small statements. SQLAlchemy spends twenty times as long on the
way of each as SQLite on its answer: what does not change between two calls is done once
here. Values are made fit for the database, and back, as everywhere else.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ClauseElement, Connection, Dialect

from pipeline.adapters.sql_ledger.round_trips import Rows, Say, ask, say_later

Values = Mapping[str, Any]
NONE: Values = MappingProxyType({})


class Prepared:
    """One statement, whose parameters all are named (`bindparam`).

    Or a change of a table's row, whose columns are those that values are given for. A
    parameter that is a list (`expanding`) may be of any length but none.
    """

    def __init__(self, statement: ClauseElement) -> None:
        self._statement = statement
        self._ready: dict[tuple[object, ...], _Ready] = {}

    def rows(
        self, connection: Connection, values: Values = NONE, *, last: bool = False
    ) -> Rows:
        """All rows, as plain tuples in the order of the statement's columns.

        Where nothing follows in the transaction, `last` saves a way to the server.
        """
        (found,) = together(connection, (self, values), last=last)
        return found

    def one(self, connection: Connection, values: Values = NONE) -> tuple[Any, ...] | None:
        """The first row; None without one."""
        found = self.rows(connection, values)
        return found[0] if found else None

    def scalar(self, connection: Connection, values: Values = NONE) -> Any:
        """The first column of the first row; None without one."""
        found = self.rows(connection, values)
        return found[0][0] if found else None

    def scalars(self, connection: Connection, values: Values = NONE) -> list[Any]:
        """The first column of all rows."""
        return [row[0] for row in self.rows(connection, values)]

    def run(self, connection: Connection, values: Values = NONE) -> None:
        """Do what the statement says, by the end of the transaction; it gives no rows."""
        ready = self.made_ready(connection, values)
        say_later(connection, ready.told, ready.saying(values))

    def made_ready(self, connection: Connection, values: Values) -> "_Ready":
        """The statement in the driver's words, for values of such names and sizes."""
        sizes = [len(value) for value in values.values() if isinstance(value, list)]
        key: tuple[object, ...] = (connection.dialect.name, *values, *sizes)
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = _Ready(self._statement, values, connection.dialect)
        return ready


def together(
    connection: Connection, *questions: tuple[Prepared, Values], last: bool = False
) -> list[Rows]:
    """The rows of each of several questions that need not wait for each other.

    Where nothing follows in the transaction, `last` saves a way to the server.
    """
    seen = connection.info.get(_FORESEEN) or {}
    found = [seen.get(_asked(*each)) if seen else None for each in questions]
    open_ones = [each for each, rows in zip(questions, found, strict=True) if rows is None]
    if open_ones:
        answers = iter(_together(connection, open_ones, last=last))
        found = [next(answers) if rows is None else rows for rows in found]
    return [rows for rows in found if rows is not None]


def foresee(connection: Connection, questions: Sequence[tuple[Prepared, Values]]) -> None:
    """Ask now what will be asked again within the same snapshot, until it is forgotten."""
    answers = _together(connection, questions, last=False)
    keys = [_asked(*each) for each in questions]
    kept = connection.info.setdefault(_FORESEEN, {})
    kept.update(zip(keys, answers, strict=True))


def forget_foreseen(connection: Connection) -> None:
    """The snapshot ends, and what was foreseen in it."""
    connection.info.pop(_FORESEEN, None)


_FORESEEN = "foreseen"


def _asked(question: Prepared, values: Values) -> tuple[object, ...]:
    """A question with its values, to be found again."""
    said = (
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in values.items()
    )
    return question, frozenset(said)


def _together(
    connection: Connection, questions: Sequence[tuple[Prepared, Values]], *, last: bool
) -> list[Rows]:
    ready = [(question.made_ready(connection, v), v) for question, v in questions]
    says = [one.saying(values) for one, values in ready]
    found = ask(connection, ready[-1][0].told, says, last=last)
    return [one.mended(rows) for (one, _), rows in zip(ready, found, strict=True)]


class _Ready:
    """A statement in the words of one driver, with what mends its values."""

    def __init__(self, statement: Any, values: Values, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=list(values))
        state = compiled.construct_expanded_state(values)
        self.told: str = state.statement
        self._order: Sequence[str] | None = state.positiontup
        self._lists = state.parameter_expansion
        kinds = {name: bind.type for bind, name in compiled.bind_names.items()}
        fits = {
            name: fit
            for name, kind in kinds.items()
            if (fit := kind.dialect_impl(dialect).bind_processor(dialect)) is not None
        } | dict(state.processors)
        fixed = state.parameters.items()
        self._fixed = {name: fits.get(name, _as_it_is)(value) for name, value in fixed}
        self._fits = [(name, fits[name]) for name in values if name in fits]
        columns = getattr(statement, "exported_columns", ())
        mends = (
            column.type.dialect_impl(dialect).result_processor(dialect, None)
            for column in columns
        )
        self._mends = [(place, mend) for place, mend in enumerate(mends) if mend]

    def fitted(self, values: Values) -> Any:
        """The parameters as the driver takes them."""
        given = {**self._fixed, **values}
        for name, fit in self._fits:
            given[name] = fit(given[name])
        for name, names in self._lists.items():
            if name in values:
                given.update(zip(names, values[name], strict=True))
        return given if self._order is None else [given[name] for name in self._order]

    def saying(self, values: Values) -> Say:
        """What says it with these values."""
        told, fitted = self.told, self.fitted(values)
        return lambda driver: driver.execute(told, fitted)

    def mended(self, found: Rows) -> Rows:
        """Rows of the driver as the statement's types give them."""
        if not self._mends or not found:
            return found
        rows = [list(row) for row in found]
        for place, mend in self._mends:
            for row in rows:
                row[place] = mend(row[place])
        return [tuple(row) for row in rows]


def _as_it_is(value: Any) -> Any:
    return value
