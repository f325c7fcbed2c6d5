"""The correction workbook: the round's forms as read, faulty cells marked, a cover.

Built fresh from the round's definitions, never out of the file that came; no formula,
no macro, no link, and the same facts give the same bytes.
"""

from openpyxl import Workbook

from pipeline.adapters.letters.correction_cover import Cover
from pipeline.adapters.letters.correction_sheet import CorrectionSheet, Filling
from pipeline.adapters.letters.correction_texts import CorrectionTexts, Tell
from pipeline.adapters.workbook_writing.sheet_styles import Page, StyleBook
from pipeline.adapters.workbook_writing.workbook_file import workbook_bytes
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.letters.correction import Correction, CorrectionForm
from pipeline.domain.letters.correction_values import shown_unit
from pipeline.domain.letters.letter import Enclosure
from pipeline.domain.reading.units import Units


def correction_workbook(correction: Correction, tell: Tell) -> Enclosure:
    """The workbook as a file; `tell` puts points into the letter's words."""
    told = CorrectionTexts(correction, tell)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    styles = StyleBook(workbook)
    cover = workbook.create_sheet(load_texts("correction").say("cover_sheet"))
    Cover(Page(cover, styles), correction).draw(told.lines)
    for corrected in correction.forms:
        page = Page(workbook.create_sheet(corrected.form.id), styles)
        filling = _filling(correction, corrected, told)
        CorrectionSheet(page, corrected.form, correction.plan_round, filling).draw()
    title = load_texts("correction").say("title")
    return Enclosure(correction.name, workbook_bytes(workbook, title, correction.made_at))


def _filling(
    correction: Correction, corrected: CorrectionForm, told: CorrectionTexts
) -> Filling:
    appendix = corrected.appendix
    units = Units(correction.plan_round.units)
    read = appendix.rows if appendix else ()
    rows = {
        indicator.key: [row for row in read if row.indicator == indicator.key]
        for indicator in corrected.form.indicators
    }
    return Filling(
        reference=correction.reference,
        authority=correction.reader.authority,
        rows=rows,
        units={
            indicator.key: shown_unit(indicator, rows[indicator.key], units)
            for indicator in corrected.form.indicators
        },
        notes=dict(appendix.notes) if appendix else {},
        marks=told.marks,
    )
