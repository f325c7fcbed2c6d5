"""Short ways of reading give what the long ones give: on clean forms, and with one cell
of them changed to something odd.
"""

import random
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import Cell, CellKind, Sheet, Workbook
from pipeline.stages.check import CheckContext, check
from pipeline.stages.read import read_forms
from pipeline.stages.recognise import recognise
from tests.builders.demo_world import shipped_gazetteer
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, draw

FAR_AWAY = frozenset({(9_999, 0)})
CONTEXT = CheckContext(ROUND, "02", shipped_gazetteer())
ODD = (
    *(Cell(CellKind.TEXT, text) for text in ("", "x", "..", "1.234", "12,5 nghìn", "7 %")),
    *(Cell(CellKind.TEXT, text) for text in ("Tổng số", "1.234.567", "600-700", "2012")),
    *(Cell(CellKind.NUMBER, text, Decimal(text)) for text in ("0", "-3", "2012", "0.125")),
    *(Cell(CellKind.NUMBER, text, Decimal(text)) for text in ("123456789.25", "0.3333")),
    Cell(CellKind.NUMBER, "0.12", Decimal("0.12"), percent=True),
    Cell(CellKind.NUMBER, "9", Decimal(9), formula="SUM(E9:E12)"),
    Cell(CellKind.UNCACHED, "", formula="E9+E10"),
    Cell(CellKind.ERROR, "#REF!"),
    Cell(CellKind.DATE, "2012-12-31"),
)


def clean() -> Workbook:
    """Three forms of the round, a sheet each: persons, percentages, money."""
    drawings = [draw(ROUND.form(name)) for name in ("PL01", "PL05", "PL09")]
    return open_workbook(write_xlsx(drawings), "PL.xlsx")


CLEAN = clean()


def one_by_one(workbook: Workbook) -> Workbook:
    """The workbook with a doubt in each sheet that is about no cell of it: no row is
    then taken as a whole.
    """
    doubted = [replace(sheet, disputed=FAR_AWAY) for sheet in workbook.sheets]
    return replace(workbook, sheets=tuple(doubted))


def said(workbook: Workbook) -> object:
    """All that is read out of a workbook, and what the rules say of it."""
    recognised = recognise(workbook, [ROUND])
    forms = list(read_forms(recognised.forms, {ROUND.id: ROUND}))
    appendices = [appendix for _, appendix, _ in forms]
    findings = [found for _, _, found in forms]
    return appendices, findings, recognised.findings, check(appendices, CONTEXT)


def edits(count: int) -> Iterator[Workbook]:
    """The clean workbook with one cell changed, of any sheet and any part of it."""
    dice = random.Random(9)
    for number in range(count):
        at = dice.randrange(len(CLEAN.sheets))
        sheet: Sheet = CLEAN.sheets[at]
        cells = dict(sheet.cells)
        place = dice.choice(sorted(cells))
        cells[place] = ODD[number % len(ODD)]
        changed = replace(sheet, cells=cells)
        yield replace(CLEAN, sheets=(*CLEAN.sheets[:at], changed, *CLEAN.sheets[at + 1 :]))


def forget() -> None:
    """Everything that was worked out before, as in a child that just started."""
    for name, module in list(sys.modules.items()):
        if name.startswith("pipeline."):
            for value in vars(module).values():
                if hasattr(value, "cache_clear"):
                    value.cache_clear()


def test_rows_of_bare_figures_are_what_figures_one_by_one_are():
    assert said(CLEAN) == said(one_by_one(CLEAN))


def test_so_they_are_beside_an_odd_cell():
    for workbook in edits(len(ODD) * 2):
        assert said(workbook) == said(one_by_one(workbook))


def test_what_was_read_before_bears_on_nothing():
    changed = list(edits(len(ODD)))[::3]
    warm = [said(workbook) for workbook in (CLEAN, *changed)]
    cold = []
    for workbook in (*reversed(changed), CLEAN):
        forget()
        cold.append(said(workbook))
    assert warm == cold[::-1]
