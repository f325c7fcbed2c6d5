"""The figures of a round of many units, added up in one snapshot."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from pipeline.adapters.sql_ledger.counted_versions import counted_versions
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.domain.figure_sums import (
    NOTHING_PAIRED,
    PairedRows,
    RowsApart,
    SummedRound,
)


class FigureSums(Desk):
    """ports.RunBook.summed."""

    @contextmanager
    def summed(
        self,
        round_id: str,
        as_of: datetime,
        alike: Mapping[str, str],
        apart: RowsApart,
        paired: PairedRows = NOTHING_PAIRED,
    ) -> Iterator[SummedRound]:
        # numpy is asked only at night: it costs 0.1 s to start
        from pipeline.adapters.matrices.matrix_pairs import pairs_of
        from pipeline.adapters.matrices.matrix_rates import rates_of
        from pipeline.adapters.matrices.matrix_sums import sums_of
        from pipeline.adapters.sql_ledger.packed_reading import figures_of_units

        with self._database.reading() as connection:
            versions = counted_versions(connection, round_id, as_of, alike)
            figures = figures_of_units(connection, versions)
            yield SummedRound(
                sums=sums_of(figures),
                versions=tuple(version.counted for version in versions),
                rates=rates_of(figures, apart),
                paired=pairs_of(figures, paired),
            )
