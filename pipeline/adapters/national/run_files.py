"""All files of a run, by name."""

from collections.abc import Mapping

from pipeline.adapters.national.briefing import briefing
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.national_workbook import national_workbook
from pipeline.adapters.national.tidy_tables import (
    DICTIONARY,
    FIGURES,
    FIVE_YEAR,
    IMPUTED,
    TOTALS,
    dictionary_csv,
    figures_csv,
    five_year_csv,
    imputed_csv,
    totals_csv,
)
from pipeline.ports.outside import NationalTables


def run_files(tables: NationalTables) -> Mapping[str, bytes]:
    """The products of a run; the same tables give the same bytes."""
    view = NationalView(tables)
    by_unit = {} if tables.facts else {FIGURES: figures_csv(tables)}
    filled = {IMPUTED: imputed_csv(tables)} if tables.filled else {}
    path = {FIVE_YEAR: five_year_csv(tables)} if tables.five_year else {}
    return {
        f"tong-hop-{tables.run.round}.xlsx": national_workbook(tables, view),
        f"bao-cao-nhanh-{tables.run.round}.docx": briefing(tables, view),
        TOTALS: totals_csv(tables),
        **by_unit,
        **filled,
        **path,
        DICTIONARY: dictionary_csv(tables.plan_round),
    }
