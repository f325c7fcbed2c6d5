"""Entering the packed figures of a message beside its figures, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, Text, bindparam, insert, select

from pipeline.adapters.sql_ledger.bulk import insert_rows
from pipeline.adapters.sql_ledger.entries import FiledForms
from pipeline.adapters.sql_ledger.figure_packing import (
    Key,
    Layout,
    counting,
    packed,
    read_places,
    written_places,
)
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema_packed import layouts, packs

_Forms = Mapping[str, list[Key]]


class KnownLayouts:
    """The newest layout of each form, as this process last saw it in the ledger.

    Only what others can see is remembered: a layout that a transaction makes may go again
    with it, and SQLite gives its number to another.
    """

    def __init__(self) -> None:
        self._newest: dict[str, Layout] = {}

    def covering(self, connection: Connection, wanted: _Forms) -> Mapping[str, Layout]:
        """A layout for each form in which all of these figures have a place.

        Called before the transaction makes one itself.
        """
        found = self._of(wanted)
        if lacking := [form for form in wanted if form not in found]:
            for number, form, places in _LAYOUTS_OF.rows(connection, {"forms": lacking}):
                self._newest[form] = Layout(number, read_places(places))
            found |= self._of({form: wanted[form] for form in lacking})
        for form, keys in wanted.items():
            if form not in found:
                found[form] = _widened(connection, form, self._newest.get(form), keys)
        return found

    def _of(self, wanted: _Forms) -> dict[str, Layout]:
        return {
            form: known
            for form, keys in wanted.items()
            if (known := self._newest.get(form)) is not None and known.covers(keys)
        }


def _widened(
    connection: Connection, form: str, known: Layout | None, keys: Sequence[Key]
) -> Layout:
    """A new layout of a form: that of before and what it lacks.

    Two daemons may make the same at once: either serves.
    """
    before = known.places if known else {}
    places = {key: n for n, key in enumerate(dict.fromkeys([*before, *keys]))}
    about = {"form_id": form, "places": written_places(places)}
    return Layout(_ADDING_LAYOUT.scalar(connection, about), places)


def enter_packed(
    connection: Connection,
    known: KnownLayouts,
    forms: FiledForms,
    numbers: Sequence[int],
) -> None:
    """Pack each version, by its number; one whose figures do not fit goes without."""
    parts = list(_versions(forms, numbers))
    wanted: dict[str, list[Key]] = {}
    for _, form, keys, _ in parts:
        wanted[form] = wanted[form] + keys if form in wanted else keys
    if not wanted:
        return
    covering = known.covering(connection, wanted)
    rows = []
    for number, form, keys, counted in parts:
        layout = covering[form]
        found = packed(layout, keys, counted)
        if found is not None:
            row = {"version_id": number, "layout_id": layout.number}
            rows.append(row | {"decimals": found[0], "numbers": found[1]})
    insert_rows(connection, packs, rows)


def _versions(
    forms: FiledForms, numbers: Sequence[int]
) -> Iterator[tuple[int, str, list[Key], Sequence[str | None]]]:
    """Number, form, keys and what counts of each version that has figures."""
    figures, start = forms.figures, 0
    keys = list(zip(figures["indicator"], figures["column_key"], strict=True))
    counted = counting(figures["value"], figures["missing"])
    for number, version, size in zip(numbers, forms.versions, forms.sizes, strict=True):
        end = start + size
        if size:
            yield number, version["form_id"], keys[start:end], counted[start:end]
        start = end


_LAYOUTS_OF = Prepared(
    select(layouts.c.id, layouts.c.form_id, layouts.c.places)
    .where(layouts.c.form_id.in_(bindparam("forms", type_=Text, expanding=True)))
    .order_by(layouts.c.id)
)
_ADDING_LAYOUT = Prepared(insert(layouts).returning(layouts.c.id))
