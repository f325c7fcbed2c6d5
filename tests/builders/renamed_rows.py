"""A form with a row of another name that might as well be the row beside it."""

from dataclasses import replace
from functools import cache

from pipeline.demo.sample_files import NamedFile
from tests.builders.workbook_files import write_xlsx
from tests.builders.workbooks import ROUND, draw

PL05 = ROUND.form("PL05")
OURS, THEIRS = "gn.ngheo_dau", "gn.ho_ngheo"
LABEL = "Số hộ nghèo trong năm"


@cache
def doubtful(name: str = "PL05.xlsx", own: str | None = None) -> NamedFile:
    """PL05 with two rows of poor households made into one under a name of its own.

    `own` is the label of one more row, which is the province's own.
    """
    rows = [row for row in PL05.indicators if row.key != THEIRS]
    half = replace(PL05.indicator(OURS), label=LABEL, code="")
    rows = [half if row.key == OURS else row for row in rows]
    if own is not None:
        place = [row.key for row in rows].index("gn.vay")
        rows.insert(place, replace(PL05.indicator("gn.vay"), label=own, key="x", code=""))
    return NamedFile(name, write_xlsx([draw(replace(PL05, indicators=tuple(rows)))]))
