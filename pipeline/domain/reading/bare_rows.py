"""Rows of nothing but numbers in the form's own unit: nearly all are."""

from collections.abc import Iterator

from pipeline.domain.plan.plan_round import Form
from pipeline.domain.reading.form_match import FormTable
from pipeline.domain.reading.made_rows import Bare, RowMaker
from pipeline.domain.reading.unit_weighing import Weigher
from pipeline.domain.reading.units import Units, is_share


class BareRows:
    """Tells the rows of one table that need not be read figure by figure."""

    def __init__(self, units: Units, weigher: Weigher, maker: RowMaker) -> None:
        self._units = units
        self._weigher = weigher
        self._maker = maker
        self._shares: dict[str, bool] = {}

    def of(
        self, found: FormTable, form: Form
    ) -> Iterator[tuple[str, tuple[Bare, str, str | None]]]:
        """Such rows of the value columns by indicator: cells, unit, what they call it.

        Percentages are none: they may be written as parts of one.
        """
        for row in found.rows:
            asked = form.by_key[row.indicator].unit
            if not self._is_share(asked):
                name = self._weigher.plain_name(row.sheet_row, asked)
                cells = self._maker.bare(row.sheet_row, found.layout.values)
                if name is not None and cells is not None:
                    yield row.indicator, (cells, asked, name[0])

    def _is_share(self, name: str) -> bool:
        if name not in self._shares:
            self._shares[name] = is_share(self._units.named(name))
        return self._shares[name]
