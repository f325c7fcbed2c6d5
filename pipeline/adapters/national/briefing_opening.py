"""The head of the briefing: who reports, when, on what."""

from dataclasses import replace
from datetime import datetime

from pipeline.adapters.word_writing.word_file import TEXT_WIDTH
from pipeline.adapters.word_writing.word_text import CENTRED, Grid, paragraph, table
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.writing.vietnamese import moment


def opening(plan_year: int, as_of: datetime) -> tuple[str, ...]:
    """The parts of the document before its first section."""
    texts, when = load_texts("briefing"), moment(as_of)
    halves = (TEXT_WIDTH * 2 // 5, TEXT_WIDTH * 3 // 5)
    bold = replace(CENTRED, bold=True, size=11)
    top = Grid(halves, ("center", "center"), heads=0, edges=False, style=bold)
    date = replace(CENTRED, italic=True, across="right", before=6, after=10)
    subtitle = texts.say("subtitle", year=plan_year - 1, next=plan_year)
    purpose = texts.say("purpose", moment=texts.say("moment", **when))
    return (
        table(top, [(texts.say("ministry"), texts.say("state"))]),
        paragraph(texts.say("dateline", **when), date),
        paragraph(texts.say("title"), replace(CENTRED, bold=True, size=15)),
        paragraph(subtitle, replace(CENTRED, bold=True)),
        paragraph(purpose, replace(CENTRED, italic=True, after=10)),
    )
