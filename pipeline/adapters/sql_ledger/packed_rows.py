"""Packed figures as they lie in the ledger, and what counts of the figures beside them."""

import json
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, select

from pipeline.adapters.sql_ledger.figure_packing import Key, Layout, read_places
from pipeline.adapters.sql_ledger.round_trips import on_the_driver
from pipeline.adapters.sql_ledger.schema import figures
from pipeline.adapters.sql_ledger.schema_packed import layouts
from pipeline.domain.writing.number_text import canonical

PackedRow = tuple[int, int, int, bytes]
"""Version, layout, decimals, numbers."""

BATCH = 1000
"""Versions that are read at a time, some hundred figures each."""

_PACKED = "SELECT version_id, layout_id, decimals, numbers FROM packed_figures WHERE {}"
_OF_VERSIONS = {
    "postgresql": "version_id = ANY(CAST(%s AS integer[]))",
    "sqlite": "version_id IN (SELECT value FROM json_each(?))",
}


def known_layouts(connection: Connection) -> Mapping[str, Mapping[int, Layout]]:
    """Those of the ledger by form and number."""
    found: dict[str, dict[int, Layout]] = {}
    query = select(layouts.c.id, layouts.c.form_id, layouts.c.places)
    for number, form, places in connection.execute(query):
        found.setdefault(form, {})[number] = Layout(number, read_places(places))
    return found


def packed_rows(connection: Connection, versions: Sequence[int]) -> Sequence[PackedRow]:
    """Of those versions that are packed."""
    told = _PACKED.format(_OF_VERSIONS[connection.dialect.name])
    with on_the_driver(connection, told) as driver:
        if connection.dialect.name == "postgresql":
            # bytes as they are: written out as text they are twice as long
            cursor = driver.cursor(binary=True)
            cursor.execute(told, (list(versions),))
        else:
            cursor = driver.execute(told, (json.dumps(versions),))
        found: Sequence[PackedRow] = cursor.fetchall()
    return found


def figure_texts(
    connection: Connection, versions: Sequence[int]
) -> Mapping[int, Mapping[Key, str]]:
    """What counts of each version that has figures, in canonical text."""
    table = figures.c
    query = select(
        *(table.version_id, table.indicator, table.column_key),
        *(table.value, table.missing),
    ).where(table.version_id.in_(versions))
    found: dict[int, dict[Key, str]] = {}
    for number, indicator, column, value, missing in connection.execute(query):
        counted = found.setdefault(number, {})
        if missing == "n":
            counted[indicator, column] = "0"
        elif value is not None:
            counted[indicator, column] = canonical(value)
    return found
