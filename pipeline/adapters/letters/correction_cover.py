"""The cover of a correction workbook: what to do, what the colours mean, the findings.

A figure stands in every line of the list, and in one column of the sheet only: so no
reader can take the list for a form, whatever the findings quote.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from pipeline.adapters.letters.correction_sheet import FILLS, SMALL
from pipeline.adapters.letters.correction_texts import DUTIES, CoverLine
from pipeline.adapters.workbook_writing.form_sheet import (
    A4,
    BODY,
    HEAD,
    LINE,
    PrintSetup,
    lines_needed,
    set_up_printing,
    set_widths,
)
from pipeline.adapters.workbook_writing.sheet_styles import Look, Page
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.letters.correction import Correction, CorrectionForm
from pipeline.domain.reading.correction_headers import EXPLANATION, ORIGIN
from pipeline.domain.writing.vietnamese import safe_path, safe_text

MOST_LINES = 400
WIDTHS = (6.0, 8.5, 19.0, 15.0, 58.0, 17.0, 17.0, 42.0)
_PLAIN = Look(wrap=True, across="left")
_STRONG = Look(bold=True, wrap=True, across="left")
_TITLE = Look(size=14, bold=True, across="center")
_CENTRED = replace(BODY, across="center")
_LIST = replace(BODY, down="top", across="left")
_BARE = re.compile(r"-?[\d.,]+ *%?")


@dataclass(slots=True)
class Cover:
    """The first sheet; drawn from the top down."""

    page: Page
    correction: Correction
    row: int = 0

    def draw(self, lines: Sequence[CoverLine]) -> None:
        """Everything, and how it is printed."""
        texts = load_texts("correction")
        set_widths(self.page.sheet, WIDTHS)
        self._say(texts.say("title"), _TITLE)
        for text in self._greeting():
            self._say(text, replace(_PLAIN, across="center"))
        self._say("", _PLAIN)
        self._say(texts.say("how_heading"), _STRONG)
        for text in texts.lines("how"):
            self._say(self._filled(text), _PLAIN)
        self._say(texts.say("contact", contact=self.correction.plan_round.contact), _PLAIN)
        self._say(texts.say("legend_heading"), _STRONG)
        for duty in DUTIES:
            legend = texts.say(f"legend_{duty}", explanation=EXPLANATION)
            self._say(legend, replace(_PLAIN, fill=FILLS[duty], edges=True))
        self._say(texts.say("forms_heading"), _STRONG)
        for text in self._forms():
            self._say(text, _PLAIN)
        head = self._list(lines)
        setup = PrintSetup(A4, f"{head}:{head}", self.correction.reference)
        set_up_printing(self.page.sheet, setup)

    def _filled(self, text: str) -> str:
        return text.format(explanation=EXPLANATION, reference=self.correction.reference)

    def _greeting(self) -> Iterator[str]:
        texts, made = load_texts("correction"), self.correction
        yield texts.say("addressee", office=made.reader.office)
        yield texts.say("reference", reference=made.reference, code=made.code)

    def _forms(self) -> Iterator[str]:
        texts = load_texts("correction")
        for corrected in self.correction.forms:
            values = {"form": corrected.form.id, "title": corrected.form.title}
            yield texts.say(_kind(corrected), **values, **_source(corrected))

    def _say(self, text: str, look: Look) -> None:
        """One merged line over the whole width, as high as it needs."""
        self.row += 1
        self.page.merge((self.row, 1), (self.row, len(WIDTHS)), text, look)
        height = lines_needed(text, sum(WIDTHS)) * LINE + 1.5
        self.page.sheet.row_dimensions[self.row].height = max(height, look.size * 1.5)

    def _list(self, lines: Sequence[CoverLine]) -> int:
        """The list of findings; the row of its header."""
        texts = load_texts("correction")
        self._say("", _PLAIN)
        self._say(texts.say("points_heading"), _STRONG)
        self.row += 1
        head = self.row
        for column, title in enumerate(texts.lines("points_head"), 1):
            self.page.put(head, column, title.format(origin=ORIGIN), HEAD)
        self.page.sheet.row_dimensions[head].height = 2 * LINE
        for line in lines[:MOST_LINES]:
            self._line(line)
        if len(lines) > MOST_LINES:
            more = texts.say("points_more", count=len(lines) - MOST_LINES)
            self._say(more, _PLAIN)
        return head

    def _line(self, line: CoverLine) -> None:
        self.row += 1
        told = [
            line.form,
            line.theirs,
            line.ours,
            line.text,
            never_bare(line.found),
            never_bare(line.expected),
            line.todo,
        ]
        none = load_texts("correction").say("none")
        number = replace(_CENTRED, down="top", fill=FILLS[line.duty])
        self.page.put(self.row, 1, line.number, number)
        for column, text in enumerate(told, 2):
            look = replace(_LIST, size=SMALL.size) if column in (3, 4) else _LIST
            self.page.put(self.row, column, text or none, look)
        needed = (
            lines_needed(text, width - 1)
            for text, width in zip(told, WIDTHS[1:], strict=True)
        )
        self.page.sheet.row_dimensions[self.row].height = max(needed) * LINE + 2


def _kind(corrected: CorrectionForm) -> str:
    if corrected.state is None:
        return "form_missing"
    return "form_deficient" if corrected.appendix else "form_unreadable"


def _source(corrected: CorrectionForm) -> dict[str, str]:
    came = corrected.appendix
    if came is None:
        return {}
    return {"file": safe_path(came.path), "sheet": safe_text(came.sheet)}


def never_bare(figure: str) -> str:
    """A figure with a word beside it: "12,5%" is "12,5 phần trăm"."""
    if not _BARE.fullmatch(figure):
        return figure
    texts = load_texts("correction")
    if figure.endswith("%"):
        return texts.say("percent", number=figure.removesuffix("%").rstrip())
    return texts.say("bare", number=figure)
