"""What is remembered from one file to the next is bounded in length, not only in number.

The child that reads mails lives on: what a hostile file makes it remember is memory that
an honest province's file then lacks.
"""

import tracemalloc
from collections.abc import Callable
from decimal import Decimal

import pytest

from pipeline.adapters.workbook_reading.raw import RawSheet, finish, plain_text
from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.number import parse_number
from pipeline.domain.reading.row_label import read_label
from pipeline.domain.reading.unit_spelling import unit_key
from pipeline.domain.reading.units import Units
from pipeline.domain.wire import from_wire
from pipeline.domain.writing.legacy_text import decode, draws_capitals, plausibility
from pipeline.domain.writing.text import compose, match_key, unmarked

LONG, TIMES = 3_000, 20
UNITS = Units((Unit("người"),))


def in_a_sheet(text: str, font: str | None = None) -> object:
    sheet = RawSheet("A")
    sheet.cells[0, 0] = plain_text(text, font)
    return finish(sheet)


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
