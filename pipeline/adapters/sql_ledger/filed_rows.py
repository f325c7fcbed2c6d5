"""The rows that a filed message adds: its forms with their figures, and its letters.

Few ways to the server: what need not wait for an answer goes along with what does.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from pipeline.adapters.sql_ledger.bulk import insert_columns, insert_rows, many_to_come
from pipeline.adapters.sql_ledger.desk import LOCKING, LockedRow
from pipeline.adapters.sql_ledger.entries import Entry, FiledForms
from pipeline.adapters.sql_ledger.packed_entry import KnownLayouts, enter_packed
from pipeline.adapters.sql_ledger.prepared import Prepared, together
from pipeline.adapters.sql_ledger.schema import figures, versions
from pipeline.adapters.sql_ledger.schema import letters as outbox_letters

Numbers = dict[str, int]
"""Of letters, by their reply keys."""

_KNOWN_LETTER = Prepared(
    select(outbox_letters.c.id).where(outbox_letters.c.reply_key == bindparam("key"))
)
_ADDING_LETTER = Prepared(insert(outbox_letters).returning(outbox_letters.c.id))
_VERSIONS_OF = Prepared(
    select(versions.c.id)
    .where(versions.c.message_id == bindparam("message"))
    .order_by(versions.c.place)
)


def looked_up(
    connection: Connection, message: int, keys: list[str]
) -> tuple[LockedRow | None, Numbers]:
    """The row of a message, kept from other writers, and those letters that exist."""
    known = [(_KNOWN_LETTER, {"key": key}) for key in keys]
    rows, *letters = together(connection, (LOCKING, {"message": message}), *known)
    numbers = {key: found[0][0] for key, found in zip(keys, letters, strict=True) if found}
    return (LockedRow(*rows[0]) if rows else None), numbers


def add_rows(
    connection: Connection,
    message: int,
    forms: FiledForms,
    letters: Mapping[str, Entry],
    layouts: KnownLayouts,
) -> Numbers:
    """Put forms into the ledger, their figures one by one and packed, and new letters
    into the outbox; the letters' numbers.
    """
    made = sum(forms.sizes)
    insert_rows(
        connection, versions, [{"message_id": message, **v} for v in forms.versions]
    )
    many_to_come(connection, made)
    asked: list[tuple[Prepared, Mapping[str, Any]]] = [
        (_ADDING_LETTER, row) for row in letters.values()
    ]
    if made:
        asked.append((_VERSIONS_OF, {"message": message}))
    if not asked:
        return {}
    found = together(connection, *asked)
    if made:
        numbers = [number for (number,) in found.pop()]
        sizes = zip(numbers, forms.sizes, strict=True)
        of = [number for number, size in sizes for _ in range(size)]
        insert_columns(connection, figures, {"version_id": of, **forms.figures})
        enter_packed(connection, layouts, forms, numbers)
    return {key: rows[0][0] for key, rows in zip(letters, found, strict=True)}
