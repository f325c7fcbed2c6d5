"""What is remembered from one file to the next is bounded in length, not only in number.

The child that reads mails lives on: what a hostile file makes it remember is memory that
an honest province's file then lacks.
"""

import tracemalloc
from collections.abc import Callable
from decimal import Decimal

import pytest

from pipeline.adapters.workbook_reading.number_formats import scale_of
from pipeline.adapters.workbook_reading.raw import RawSheet, finish, plain_text
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.mail.header_text import parse_parameterised
from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.header import FormColumns, read_header
from pipeline.domain.reading.label_note import note_words
from pipeline.domain.reading.number import parse_number
from pipeline.domain.reading.row_label import read_label
from pipeline.domain.reading.unit_spelling import unit_key
from pipeline.domain.reading.units import Units
from pipeline.domain.wire import from_wire
from pipeline.domain.writing.legacy_text import decode, draws_capitals, plausibility
from pipeline.domain.writing.text import compose, match_key, unmarked
from tests.builders.raw_files import xlsx

LONG, TIMES = 3_000, 20
UNITS = Units((Unit("người"),))
COLUMNS = FormColumns(())


def in_a_sheet(text: str, font: str | None = None) -> object:
    sheet = RawSheet("A")
    sheet.cells[0, 0] = plain_text(text, font)
    return finish(sheet)


def in_a_font(name: str) -> object:
    """A short text, of which only the name of its font is long."""
    return open_workbook(
        xlsx(
            '<sheetData><row r="1"><c r="A1" s="0" t="inlineStr"><is><t>'
            f"{name[-9:]}</t></is></c></row></sheetData>",
            styles=f"<fonts><font><name val='{name * 100}'/></font></fonts>"
            "<cellXfs><xf fontId='0'/></cellXfs>",
        ),
        "a.xlsx",
    )


@pytest.mark.parametrize(
    "read",
    [
        parse_number,
        read_label,
        lambda text: read_label("a", text),
        unit_key,
        lambda text: UNITS.relate(text, "người"),
        compose,
        match_key,
        unmarked,
        plausibility,
        decode,
        lambda text: decode("Hµ Néi", text),
        draws_capitals,
        in_a_sheet,
        lambda text: in_a_sheet("a", text),
        in_a_font,
        lambda text: scale_of(f'0" nghìn"\\{text}'),
        read_header,
        lambda text: read_label("a", f"a ({text})"),
        lambda text: note_words(f"a ({text})", frozenset()),
        lambda text: COLUMNS.fits(text, 0),
        lambda text: parse_parameterised(text.encode()),
        lambda text: from_wire(Decimal, str(len(text)) + text[-9:-1].zfill(LONG)),
    ],
)
def test_what_is_long_is_not_remembered(read: Callable[[str], object]) -> None:
    texts = [f"{'ậ' * LONG}{n:09d}." for n in range(TIMES + 1)]
    read(texts.pop())
    tracemalloc.start()
    try:
        for text in texts:
            read(text + "1")
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < LONG * TIMES / 4
