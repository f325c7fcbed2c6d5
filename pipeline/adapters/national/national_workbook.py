"""The national workbook: cover, coverage, shortfalls, then every form for the country
and by province. The openpyxl side of consolidation.
"""

from openpyxl import Workbook

from pipeline.adapters.national.national_changes import ChangesSheet
from pipeline.adapters.national.national_comparison import ComparisonSheet
from pipeline.adapters.national.national_cover import Cover, CoverageSheet
from pipeline.adapters.national.national_form import NationalForm
from pipeline.adapters.national.national_path import PathSheet
from pipeline.adapters.national.national_provinces import ProvinceSheet
from pipeline.adapters.national.national_shortfalls import ShortfallSheet
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.national.path_words import path_texts
from pipeline.adapters.workbook_writing.sheet_styles import Page, StyleBook
from pipeline.adapters.workbook_writing.workbook_file import workbook_bytes
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.shortfall import measures_of
from pipeline.ports.outside import NationalTables

TAB_NATIONAL, TAB_PROVINCES, TAB_SHORT = "2F75B5", "A9D08E", "ED7D31"


def national_workbook(tables: NationalTables, view: NationalView | None = None) -> bytes:
    """The .xlsx file; the same tables give the same bytes. `view`: if made already."""
    texts, view = load_texts("national"), view or NationalView(tables)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    styles = StyleBook(workbook)

    def page(title: str, tab: str) -> Page:
        sheet = workbook.create_sheet(title)
        sheet.sheet_properties.tabColor = tab or None
        return Page(sheet, styles)

    Cover(page(texts.say("cover_sheet"), ""), view).draw()
    CoverageSheet(page(texts.say("coverage_sheet"), ""), view).draw()
    ChangesSheet(page(texts.say("changes_sheet"), ""), view).draw()
    for measure in measures_of(tables.plan_round):
        name = texts.say(f"short_sheet_{measure.name}")
        ShortfallSheet(page(name, TAB_SHORT), measure, view).draw()
    PathSheet(page(path_texts().say("sheet"), TAB_SHORT), view).draw()
    if tables.round_before:
        ComparisonSheet(page(texts.say("compare_sheet"), TAB_SHORT), view).draw()
    for form in view.forms:
        NationalForm(page(form.id, TAB_NATIONAL), form, view).draw()
        if not view.by_unit:
            continue
        name = texts.say("province_sheet", form=form.id)
        ProvinceSheet(page(name, TAB_PROVINCES), form, view).draw()
    return workbook_bytes(workbook, tables.plan_round.title, tables.run.as_of)
