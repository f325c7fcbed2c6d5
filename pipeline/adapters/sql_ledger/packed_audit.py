"""Whether packed figures say the same as those that they were packed of."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from sqlalchemy import Connection, bindparam, select

from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.figure_packing import Key, Layout, unpacked
from pipeline.adapters.sql_ledger.packed_rows import (
    BATCH,
    figure_texts,
    known_layouts,
    packed_rows,
)
from pipeline.adapters.sql_ledger.schema import versions
from pipeline.adapters.sql_ledger.schema_packed import packs
from pipeline.ports.runs import FiledVersion

_NEXT = (
    select(versions.c.id, versions.c.message_id, versions.c.form_id)
    .join(packs, packs.c.version_id == versions.c.id)
    .where(versions.c.id > bindparam("after"))
    .order_by(versions.c.id)
    .limit(BATCH)
)
_Layouts = Mapping[str, Mapping[int, Layout]]


class PackedAudit(Desk):
    """ports.RunBook.packed_otherwise."""

    def packed_otherwise(self) -> Sequence[FiledVersion]:
        """Versions whose packed figures are not those of their rows; all are read."""
        with self._database.reading() as connection:
            layouts = known_layouts(connection)
            return tuple(
                version
                for some in _packed_versions(connection)
                for version in _otherwise(connection, layouts, some)
            )


def _packed_versions(connection: Connection) -> Iterator[Sequence[FiledVersion]]:
    after = 0
    while rows := connection.execute(_NEXT, {"after": after}).all():
        yield [FiledVersion(*row) for row in rows]
        after = rows[-1].id


def _otherwise(
    connection: Connection, layouts: _Layouts, some: Sequence[FiledVersion]
) -> Iterator[FiledVersion]:
    numbers = [version.number for version in some]
    texts = figure_texts(connection, numbers)
    rows = {row[0]: row[1:] for row in packed_rows(connection, numbers)}
    for version in some:
        layout, decimals, data = rows[version.number]
        known = layouts.get(version.form, {}).get(layout)
        told = None if known is None else unpacked(known, decimals, data)
        if told != _as_numbers(texts.get(version.number, {})):
            yield version


def _as_numbers(texts: Mapping[Key, str]) -> Mapping[Key, Decimal]:
    return {key: Decimal(text) for key, text in texts.items()}
