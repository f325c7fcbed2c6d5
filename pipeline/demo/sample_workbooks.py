"""Filled returns as Excel files: the second door to openpyxl, for samples only."""

import io
import random
import re
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.demo.demo_texts import Wording, demo_texts, in_tcvn3
from pipeline.demo.return_style import SampleReturn
from pipeline.demo.sample_files import NamedFile, pack_zip
from pipeline.demo.table_layout import (
    CellValue,
    Heading,
    TableLayout,
    TableRow,
    number_format,
)
from pipeline.domain.plan.plan_round import ColumnRole, Form

_THIN = Side(style="thin")
_GRID = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_CENTRE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_WRAPPED = Alignment(vertical="center", wrap_text=True)
_WIDTHS = {ColumnRole.CODE: 6, ColumnRole.LABEL: 46, ColumnRole.UNIT: 12}
_SAVED_AT = re.compile(rb"(<dcterms:(?:created|modified)[^<>]*>)[^<]*")


def write_return(
    sample: SampleReturn, book_name: str | None = None
) -> tuple[NamedFile, ...]:
    """The workbooks of a return: one with all forms, or one a form, as the style says.

    The bytes depend on nothing but the arguments. `book_name` names the one workbook.
    """
    # a sample must be the same on every run; nothing here is a secret
    dice = random.Random(f"book/{sample.seed}/{sample.province.code}")  # noqa: S311
    words = Wording(sample.plan_round, sample.province, dice)
    files = demo_texts()["files"]
    if sample.style.one_book:
        name = book_name or words.one_of(files["books"])
        return (NamedFile(name, _book(sample, sample.wanted(), words, dice)),)
    template = dice.choice(files["singles"])
    return tuple(
        NamedFile(
            words.fill(template, form=str(int(form.id[2:]))),
            _book(sample, (form,), words, dice),
        )
        for form in sample.wanted()
    )


def write_plain_table(rows: Sequence[Sequence[str]]) -> bytes:
    """A workbook with one table of text, of no form at all."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in rows:
        sheet.append(list(row))
    return _saved(book)


def _book(
    sample: SampleReturn, forms: Iterable[Form], words: Wording, dice: random.Random
) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    names = demo_texts()["table"]["sheets"]
    template = names[sample.style.variant % len(names)]
    for form in forms:
        sheet = book.create_sheet(template.format(form=int(form.id[2:])))
        _SheetWriter(sheet, sample, form, words, dice).write()
    if sample.style.empty_sheets:
        book.create_sheet("Sheet2")
        book.create_sheet("Sheet3")
    return _saved(book)


def _saved(book: Workbook) -> bytes:
    """The file, without the moment it was saved at."""
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as archive:
        members = [NamedFile(name, archive.read(name)) for name in archive.namelist()]
    return pack_zip(
        NamedFile(m.name, _SAVED_AT.sub(rb"\g<1>2013-07-01T01:00:00Z", m.data))
        if m.name == "docProps/core.xml"
        else m
        for m in members
    )


@cache
def _font(name: str, bold: bool) -> Font:  # noqa: FBT001 - a cache key
    return Font(name=name, size=12, bold=bold)


class _SheetWriter:
    """Writes one form on one sheet, from the letterhead down to the signatures."""

    def __init__(
        self,
        sheet: Worksheet,
        sample: SampleReturn,
        form: Form,
        words: Wording,
        dice: random.Random,
    ) -> None:
        self._sheet, self._form, self._words, self._dice = sheet, form, words, dice
        self._style = sample.style
        self._layout = TableLayout(sample.plan_round, form, sample.figures, sample.style)
        self._row = 1

    def write(self) -> None:
        if self._style.letterhead:
            self._write_letterhead()
        self._write_title()
        self._write_header()
        if self._style.index_row:
            self._write_index()
        for row in self._layout.rows():
            self._write_row(row)
        self._write_foot()
        self._set_up_page()

    def _set_up_page(self) -> None:
        for number, heading in enumerate(self._layout.headings, start=1):
            letter = get_column_letter(number)
            self._sheet.column_dimensions[letter].width = _WIDTHS.get(heading.role, 13)
        self._sheet.page_setup.orientation = "landscape"
        self._sheet.page_setup.paperSize = self._sheet.PAPERSIZE_A4
        self._sheet.page_setup.fitToHeight = 0
        self._sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)

    def _put(self, column: int, value: CellValue, *, bold: bool = False) -> None:
        """One cell in the current row, in the province's font and alphabet."""
        cell = self._sheet.cell(self._row, column)
        font = "Times New Roman"
        if isinstance(value, str) and self._style.legacy_font:
            font = ".VnTimeH" if value.isupper() else ".VnTime"
            value = in_tcvn3(value)
        elif isinstance(value, Decimal):
            cell.number_format = number_format(value)
        cell.value = value
        cell.font = _font(font, bold)

    def _write_letterhead(self) -> None:
        texts = demo_texts()["letterhead"]
        right = max(4, len(self._layout.headings) - 4)
        for left_text, right_text in (
            (self._words.fill(texts["above"]), texts["state"]),
            (texts["office"], texts["motto"]),
        ):
            self._put(1, left_text, bold=True)
            self._put(right, right_text, bold=True)
            self._row += 1
        self._row += 1

    def _write_title(self) -> None:
        texts = demo_texts()["table"]
        spelling = texts["appendix"][self._style.variant % len(texts["appendix"])]
        lines = [spelling.format(form=int(self._form.id[2:])), self._form.title.upper()]
        if self._style.extra_title:
            lines.append(self._words.fill(texts["extra_title"]))
            lines.append(self._words.fill(texts["attached"]))
            if self._style.letterhead:
                lines.append(self._words.fill(texts["unit_line"]))
        for line in lines:
            self._put(1, line, bold=True)
            self._sheet.merge_cells(
                start_row=self._row,
                end_row=self._row,
                start_column=1,
                end_column=len(self._layout.headings),
            )
            self._sheet.cell(self._row, 1).alignment = _CENTRE
            self._row += 1
        self._row += 1

    def _write_header(self) -> None:
        headings = self._layout.headings
        grouped = any(heading.group for heading in headings)
        top = self._row
        for number, heading in enumerate(headings, start=1):
            first_of_group = number == 1 or headings[number - 2].group != heading.group
            if not heading.group or first_of_group:
                self._put(number, heading.group or self._spaced(heading), bold=True)
        if grouped:
            self._row += 1
            for number, heading in enumerate(headings, start=1):
                if heading.group:
                    self._put(number, self._spaced(heading), bold=True)
            self._merge_groups(headings, top)
        self._frame(top, centred=True)
        self._row += 1

    def _spaced(self, heading: Heading) -> str:
        """A header as people break it: a line break inside, now and then."""
        if self._style.stray_spaces and self._dice.randrange(3) == 0:
            return heading.title.replace(" ", "\n", 1)
        return heading.title

    def _merge_groups(self, headings: Sequence[Heading], top: int) -> None:
        start = 1
        for number in range(1, len(headings) + 1):
            group = headings[number - 1].group
            last = number == len(headings) or headings[number].group != group
            if group is None:
                self._merge(top, self._row, number, number)
                start = number + 1
            elif last:
                self._merge(top, top, start, number)
                start = number + 1

    def _merge(self, top: int, bottom: int, left: int, right: int) -> None:
        if (top, left) != (bottom, right):
            self._sheet.merge_cells(
                start_row=top, end_row=bottom, start_column=left, end_column=right
            )

    def _write_index(self) -> None:
        for number in range(1, len(self._layout.headings) + 1):
            self._put(number, number)
        self._frame(self._row, centred=True)
        self._row += 1

    def _write_row(self, row: TableRow) -> None:
        bold = row.indicator is not None and row.indicator.code.isupper()
        for number, value in enumerate(row.cells, start=1):
            role = self._layout.headings[number - 1].role
            if role is ColumnRole.LABEL and isinstance(value, str):
                self._put(number, self._careless(value), bold=bold)
            else:
                self._put(number, value, bold=bold)
        self._frame(self._row)
        self._row += 1

    def _careless(self, label: str) -> str:
        """A label with the stray spaces that nearly every genuine workbook has."""
        if not self._style.stray_spaces:
            return label
        match self._dice.randrange(8):
            case 0:
                return label + "  "
            case 1:
                return label.replace(" ", "  ", 1)
            case 2:
                return " " + label
            case _:
                return label

    def _frame(self, top: int, *, centred: bool = False) -> None:
        for line in range(top, self._row + 1):
            for number, heading in enumerate(self._layout.headings, start=1):
                cell = self._sheet.cell(line, number)
                cell.border = _GRID
                if centred or heading.role in (ColumnRole.CODE, ColumnRole.UNIT):
                    cell.alignment = _CENTRE
                elif heading.role is ColumnRole.LABEL:
                    cell.alignment = _WRAPPED

    def _write_foot(self) -> None:
        texts = demo_texts()["table"]
        if self._style.remarks:
            self._put(1, texts["note"])
        self._row += 1
        if not self._style.signature:
            return
        right = max(4, len(self._layout.headings) - 3)
        self._put(
            right, self._words.fill(texts["place"]) if self._style.letterhead else None
        )
        self._row += 1
        self._put(2, texts["clerk"], bold=True)
        self._put(right, texts["head"], bold=True)
        self._row += 1
        self._put(right, texts["signed"])
