"""What planners said that a province means by a label of its own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

OWN = "none"
"""The meaning of a row or column that is none of the form's."""


class Axis(StrEnum):
    """What a label names."""

    ROW = "row"
    COLUMN = "column"


@dataclass(frozen=True, slots=True)
class Alias:
    """One label of a province's own and what it means in one form.

    `written` and `under` (the row it stands under, "" for none) are keys without tone
    marks and case. `meaning` is an indicator's or a column's key, or OWN. `asked` is
    the key of the form's own label when it was said: an alias holds only while the
    form still asks so.
    """

    form: str
    axis: Axis
    written: str
    under: str
    meaning: str
    asked: str


@dataclass(frozen=True)
class Aliases:
    """The aliases of one province."""

    entries: tuple[Alias, ...] = ()

    def rows_of(self, form: str) -> Mapping[tuple[str, str], Alias]:
        """Those of a form's rows, by label and the label above."""
        return self._by_form.get((form, Axis.ROW), {})

    def columns_of(self, form: str) -> Mapping[str, Alias]:
        """Those of a form's columns, by header."""
        found = self._by_form.get((form, Axis.COLUMN), {})
        return {written: alias for (written, _), alias in found.items()}

    def of_forms(self, forms: Iterable[str]) -> "Aliases":
        """Those that may matter where these forms were found."""
        named = frozenset(forms)
        return Aliases(tuple(each for each in self.entries if each.form in named))

    @cached_property
    def _by_form(self) -> dict[tuple[str, Axis], dict[tuple[str, str], Alias]]:
        found: dict[tuple[str, Axis], dict[tuple[str, str], Alias]] = {}
        for each in self.entries:
            place = found.setdefault((each.form, each.axis), {})
            place[(each.written, each.under)] = each
        return found


NO_ALIASES = Aliases()
