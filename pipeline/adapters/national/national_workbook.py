"""The national workbook: cover, coverage, shortfalls, then every form for the country
and by province. The openpyxl side of consolidation.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from openpyxl import Workbook

from pipeline.adapters.disk.durable_files import blamed_on, write_durably
from pipeline.adapters.national.national_cover import Cover, CoverageSheet
from pipeline.adapters.national.national_form import NationalForm
from pipeline.adapters.national.national_provinces import ProvinceSheet
from pipeline.adapters.national.national_shortfalls import ShortfallSheet
from pipeline.adapters.national.national_view import NationalView
from pipeline.adapters.workbook_writing.sheet_styles import Page, StyleBook
from pipeline.adapters.workbook_writing.workbook_file import workbook_bytes
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.total import Total
from pipeline.ports.outside import NationalTables
from pipeline.stages.rank_shortfalls import MEASURES

TAB_NATIONAL, TAB_PROVINCES, TAB_SHORT = "2F75B5", "A9D08E", "ED7D31"
CSV_HEADER = (
    "level",
    "area",
    "form_id",
    "indicator",
    "label",
    "column_key",
    "value",
    "value_strict",
    "unit",
    "reported",
    "expected",
    "provisional",
    "method",
)


def write_national_workbook(target: Path, tables: NationalTables) -> None:
    """Write the national workbook to a path, in one step; the folder must exist.

    TransientError when the disk refuses.
    """
    data = national_workbook(tables)
    with blamed_on(target):
        write_durably(target, data, target.parent)


def write_totals_csv(target: Path, tables: NationalTables) -> None:
    """Write every total, one a line, as UTF-8 with a byte order mark (for Excel)."""
    data = totals_csv(tables)
    with blamed_on(target):
        write_durably(target, data, target.parent)


def national_workbook(tables: NationalTables) -> bytes:
    """The .xlsx file; the same tables give the same bytes."""
    texts, view = load_texts("national"), NationalView(tables)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    styles = StyleBook(workbook)

    def page(title: str, tab: str) -> Page:
        sheet = workbook.create_sheet(title)
        sheet.sheet_properties.tabColor = tab or None
        return Page(sheet, styles)

    Cover(page(texts.say("cover_sheet"), ""), view).draw()
    CoverageSheet(page(texts.say("coverage_sheet"), ""), view).draw()
    for measure in MEASURES:
        name = texts.say(f"short_sheet_{measure.name}")
        ShortfallSheet(page(name, TAB_SHORT), measure, view).draw()
    for form in view.forms:
        NationalForm(page(form.id, TAB_NATIONAL), form, view).draw()
        name = texts.say("province_sheet", form=form.id)
        ProvinceSheet(page(name, TAB_PROVINCES), form, view).draw()
    return workbook_bytes(workbook, tables.plan_round.title, tables.run.as_of)


def totals_csv(tables: NationalTables) -> bytes:
    """The totals as a table with the names of the view `totals`, and each row's label."""
    labels = {
        (form.id, indicator.key): indicator.label
        for form in tables.plan_round.forms
        for indicator in form.indicators
    }
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(CSV_HEADER)
    for total in tables.totals:
        writer.writerow(_line(total, labels[total.form, total.indicator]))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _line(total: Total, label: str) -> Iterator[str]:
    # a spreadsheet program takes a label that begins with "-" for a formula
    yield from (total.level.value, total.area, total.form, total.indicator)
    yield label.lstrip(" -+=@\t")
    yield total.column
    yield "" if total.value is None else f"{total.value:f}"
    yield "" if total.value_strict is None else f"{total.value_strict:f}"
    yield total.unit
    yield from map(str, (total.reported, total.expected, total.provisional))
    yield total.method.value
