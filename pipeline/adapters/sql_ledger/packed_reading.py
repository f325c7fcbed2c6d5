"""The figures of many versions as matrices: packed ones, and the others from their rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from pipeline.adapters.matrices.figure_block import (
    Block,
    UnitRows,
    block_of_figures,
    block_of_packed,
)
from pipeline.adapters.matrices.unit_figures import UnitFigures, numbered
from pipeline.adapters.sql_ledger.counted_versions import PlacedVersion
from pipeline.adapters.sql_ledger.figure_packing import (
    BYTES_A_NUMBER,
    NO_FIGURE,
    Key,
    Layout,
    packed,
)
from pipeline.adapters.sql_ledger.packed_rows import (
    BATCH,
    figure_texts,
    known_layouts,
    packed_rows,
)


def figures_of_units(
    connection: Connection, versions: Sequence[PlacedVersion]
) -> UnitFigures:
    """Every figure that counts; units are numbered as they come."""
    units = numbered(version.counted.province for version in versions)
    names = numbered(version.alike for version in versions)
    added_to = {units[v.counted.province]: names[v.alike] for v in versions}
    layouts_of = known_layouts(connection)
    by_form: dict[str, list[PlacedVersion]] = {}
    for version in versions:
        by_form.setdefault(version.counted.form, []).append(version)
    blocks = {
        form: _blocks(connection, _Gathered(form, units, layouts_of.get(form, {})), some)
        for form, some in by_form.items()
    }
    return UnitFigures(
        tuple(units), tuple(names), [added_to[n] for n in range(len(units))], blocks
    )


def _blocks(
    connection: Connection, gathered: "_Gathered", versions: Sequence[PlacedVersion]
) -> Sequence[Block]:
    """All versions of one form."""
    for start in range(0, len(versions), BATCH):
        known = {v.number: v for v in versions[start : start + BATCH]}
        left = dict.fromkeys(known)
        for number, layout, decimals, data in packed_rows(connection, list(known)):
            if gathered.take(known[number], layout, decimals, data):
                del left[number]
        if left:
            gathered.take_figures(known, figure_texts(connection, list(left)))
    return list(gathered.blocks())


@dataclass
class _Rows:
    """Rows of one block to be, with their packs or their figures."""

    units: list[int] = field(default_factory=list)
    clean: list[bool] = field(default_factory=list)
    held: list[Any] = field(default_factory=list)

    @property
    def of_units(self) -> UnitRows:
        return UnitRows(self.units, self.clean)


class _Gathered:
    """Versions of one form by layout and decimals, as they are read."""

    def __init__(
        self, form: str, units: Mapping[str, int], known: Mapping[int, Layout]
    ) -> None:
        self._form = form
        self._units = units
        self._known = dict(known)
        self._made = Layout(0, {})
        self._packed: dict[tuple[int, int], _Rows] = {}
        self._loose = _Rows()

    def take(self, version: PlacedVersion, layout: int, decimals: int, data: Any) -> bool:
        """A version as it is packed; False when it cannot be read so."""
        known = self._known.get(layout)
        if known is None or len(data) != len(known.places) * BYTES_A_NUMBER:
            return False
        rows = self._packed.setdefault((layout, decimals), _Rows())
        self._enter(rows, version, data)
        return True

    def take_figures(
        self, known: Mapping[int, PlacedVersion], found: Mapping[int, Mapping[Key, str]]
    ) -> None:
        """Versions that are not packed, from their figures."""
        for number, texts in found.items():
            if not texts:
                continue
            layout = self._widened(list(texts))
            made = packed(layout, list(texts), list(texts.values()))
            if made is None:
                figures_told = {key: Decimal(text) for key, text in texts.items()}
                self._enter(self._loose, known[number], figures_told)
            else:
                self.take(known[number], layout.number, *made)

    def blocks(self) -> Iterator[Block]:
        """Block by block; what was gathered is given up as they are made."""
        while self._packed:
            (layout, decimals), rows = self._packed.popitem()
            about = (self._form, self._known[layout].places, decimals)
            yield block_of_packed(about, rows.of_units, rows.held, NO_FIGURE)
        if self._loose.units:
            yield block_of_figures(self._form, self._loose.of_units, self._loose.held)

    def _enter(self, rows: _Rows, version: PlacedVersion, held: object) -> None:
        rows.units.append(self._units[version.counted.province])
        rows.clean.append(version.clean)
        rows.held.append(held)

    def _widened(self, keys: Sequence[Key]) -> Layout:
        """The last layout that was made here, or another where it has no place."""
        if not self._made.covers(keys):
            places = dict(self._made.places)
            for key in keys:
                places.setdefault(key, len(places))
            # below nothing: no layout of the ledger has such a number
            self._made = Layout(self._made.number - 1, places)
            self._known[self._made.number] = self._made
        return self._made
