"""Many rows into one table, past SQLAlchemy's work on each single value.

A return of nine forms brings seven hundred figures of fourteen columns. The values are
made fit for the database as everywhere else, column by column: a column of texts that
hold nothing to mend is seen to be one at a glance. Only the way of a row through the
compiler of statements is left out (12 ms a return, now 2).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from itertools import chain
from typing import Any, cast

from sqlalchemy import Connection, Dialect, Table

from pipeline.adapters.sql_ledger.columns import Amount, SafeText, is_safe
from pipeline.adapters.sql_ledger.round_trips import on_the_driver, say_later
from pipeline.domain.writing.number_text import canonical

Fit = Callable[[Sequence[Any]], Sequence[Any]]
Values = Sequence[Any]
FEW = 20
"""So many are sooner said than copied."""
FIT = 50
"""So many values fit into one statement: psycopg reads a longer one anew each time."""
BLOCK = 32
"""So many rows go into one statement on SQLite."""
_PLAIN = {str, type(None)}


def insert_rows(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
) -> None:
    """Insert rows that give every column of the table, in one call of the driver."""
    made = list(rows)
    if made:
        names = made[0].keys()
        columns = {name: [row[name] for row in made] for name in names}
        insert_columns(connection, table, columns)


def insert_columns(
    connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]
) -> None:
    """The same of rows given as columns; figures may be in canonical text already."""
    if not columns or not next(iter(columns.values())):
        return
    statement, fits = _statement(table, connection.dialect)
    rows = list(zip(*(fit(columns[name]) for name, fit in fits), strict=True))
    if connection.dialect.name == "sqlite":
        _say_blocks(connection, statement, rows)
    elif len(rows) > FEW:
        _copy(connection, table, [name for name, _ in fits], rows)
    elif len(rows) * len(fits) <= FIT:
        _say_at_once(connection, statement, rows)
    else:
        _say_each(connection, statement, rows)


def _say_at_once(connection: Connection, statement: str, rows: Sequence[Values]) -> None:
    """All rows in one statement: each by itself is sent and answered for itself."""
    told, given = _of_rows(statement, len(rows)), list(chain.from_iterable(rows))
    say_later(connection, told, lambda driver: driver.execute(told, given))


def _say_blocks(connection: Connection, statement: str, rows: Sequence[Values]) -> None:
    """Some rows in each statement: SQLite begins and ends each, a fifth of the time."""
    values, width = list(chain.from_iterable(rows)), len(rows[0])
    whole, step = len(rows) // BLOCK * BLOCK, BLOCK * width
    if whole:
        blocks = [values[at : at + step] for at in range(0, whole * width, step)]
        _say_each(connection, _of_rows(statement, BLOCK), blocks)
    _say_each(connection, statement, rows[whole:])


def _say_each(connection: Connection, told: str, given: Sequence[Values]) -> None:
    """The statement with each of these values."""
    if given:
        say_later(connection, told, lambda driver: driver.cursor().executemany(told, given))


@lru_cache(maxsize=64)
def _of_rows(statement: str, size: int) -> str:
    """The INSERT of one row as that of several."""
    head, values, marks = statement.partition(" VALUES ")
    return f"{head}{values}{', '.join([marks] * size)}"


def _copy(
    connection: Connection,
    table: Table,
    names: Sequence[str],
    rows: Iterable[Values],
) -> None:
    """PostgreSQL's own way for many rows: an eighth of our time, half of the server's."""
    told = f"COPY {table.name} ({', '.join(names)}) FROM STDIN"
    _look_up_by_index(connection)
    with on_the_driver(connection, told) as driver, driver.cursor().copy(told) as copy:
        for row in rows:
            copy.write_row(row)


def many_to_come(connection: Connection, rows: int) -> None:
    """Get the server ready for so many rows, along with what is asked before them."""
    if rows > FEW and connection.dialect.name == "postgresql":
        _look_up_by_index(connection)


# Each row's foreign keys are looked up by a plan that the server makes once a connection:
# of a table that was small then, to go through the whole of it. Such a plan stays until the
# next statistics, for a minute in which a night's first thousand mails may come.
_BY_INDEX = "SET LOCAL enable_seqscan = off"


def _look_up_by_index(connection: Connection) -> None:
    say_later(connection, _BY_INDEX, lambda driver: driver.execute(_BY_INDEX))


@lru_cache(maxsize=64)
def _statement(table: Table, dialect: Dialect) -> tuple[str, Sequence[tuple[str, Fit]]]:
    """The INSERT in the driver's own words, and what makes each column's values fit."""
    wanted = [
        column for column in table.columns if column is not table.autoincrement_column
    ]
    fits = [(column.name, _fit(column.type, dialect)) for column in wanted]
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    names = ", ".join(name for name, _ in fits)
    marks = ", ".join(mark for _ in fits)
    return f"INSERT INTO {table.name} ({names}) VALUES ({marks})", fits  # noqa: S608


def _fit(kind: Any, dialect: Dialect) -> Fit:
    fit = kind.bind_processor(dialect)
    if fit is None:
        return lambda values: values
    if isinstance(kind, SafeText):
        return lambda values: (
            values if _all_safe(values) else [fit(value) for value in values]
        )
    if isinstance(kind, Amount):
        return _in_canonical_text
    return lambda values: [None if value is None else fit(value) for value in values]


def _in_canonical_text(values: Sequence[Decimal | str | None]) -> Sequence[str | None]:
    """Either database reads a number from its text."""
    if _PLAIN.issuperset(map(type, values)):
        return cast("Sequence[str | None]", values)
    return [canonical(v) if isinstance(v, Decimal) else v for v in values]


def _all_safe(values: Sequence[Any]) -> bool:
    """Whether no text of a column needs mending."""
    return _PLAIN.issuperset(map(type, values)) and is_safe("".join(filter(None, values)))
