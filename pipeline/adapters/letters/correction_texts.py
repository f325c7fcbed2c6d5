"""What each cell and each line of a correction workbook says, in the letter's words."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from pipeline.adapters.workbook_writing.blank_workbook import FIRST_ROW, HEAD_ROW
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.letters.cell_runs import join_cells
from pipeline.domain.letters.correction import (
    Correction,
    CorrectionEntry,
    CorrectionPoint,
    Place,
)
from pipeline.domain.letters.correction_values import join_neighbours
from pipeline.domain.letters.letter import PointTexts
from pipeline.domain.reading.sheet import address, parse_address

Tell = Callable[[Mapping[str, Any], Iterable[Mapping[str, Any]], str], PointTexts]

DUTIES = ("mend", "explain", "note")
_DUTY_OF = {"fatal": "mend", "error": "mend", "query": "explain"}
_SUSPECTS = 3
_LINES_IN_COMMENT = 8


@dataclass(slots=True)
class Mark:
    """How a cell is marked: the heaviest duty, and what its comment says."""

    duty: str
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CoverLine:
    """One line of the list of findings; empty texts where there is nothing to say."""

    number: int
    duty: str
    form: str
    theirs: str
    ours: str
    text: str
    found: str
    expected: str
    todo: str


class CorrectionTexts:
    """The marks of all cells and the lines of the cover."""

    def __init__(self, correction: Correction, tell: Tell) -> None:
        self._tell = tell
        self._called = correction.reader.called
        self._seats = dict(_seats(correction))
        self.marks: dict[Place, Mark] = {}
        self.lines: list[CoverLine] = []
        for point in correction.points:
            self._add(point)

    def _add(self, point: CorrectionPoint) -> None:
        root = self._ours(point.root)
        facts = {**point.facts, "root": root or point.facts["root"]}
        given = [entry for entry in point.entries if entry.line is not None]
        told = self._tell(facts, [self._line(entry) for entry in given], self._called)
        details = dict(zip(map(id, given), told.lines, strict=True))
        for n, entry in enumerate(point.entries):
            detail = details.get(id(entry), "")
            self.lines.append(self._cover_line(point, entry, (told, detail), first=n == 0))
            self._mark_entry(point, entry, (told, detail))
        if point.root is not None and root:
            texts = load_texts("correction")
            text = texts.say(
                "point",
                number=facts["number"],
                title=told.title,
                details=" ".join(told.lines[:_LINES_IN_COMMENT]),
                todo=told.todo,
            )
            self._mark(point.root, facts["duty"], text)

    def _line(self, entry: CorrectionEntry) -> Mapping[str, Any]:
        """The facts of a line with the cells of this workbook in place of theirs."""
        line = dict(entry.line or {})
        line["cell"] = None
        if line["suspects"]:
            ours = (self._ours(place) for place in entry.suspects[:_SUSPECTS])
            line["suspects"] = [cell for cell in ours if cell]
        return line

    def _cover_line(
        self,
        point: CorrectionPoint,
        entry: CorrectionEntry,
        told: tuple[PointTexts, str],
        *,
        first: bool,
    ) -> CoverLine:
        words, detail = told
        line = entry.line or {}
        title = f"{words.title}. {detail}" if detail else f"{words.title}."
        return CoverLine(
            number=point.facts["number"],
            duty=_duty(point, entry),
            form=line.get("form") or point.facts["form"] or "",
            theirs=entry.theirs,
            ours=self._cells(entry.places),
            text=title if first or not detail else detail,
            found=line.get("found") or "",
            expected=line.get("expected") or "",
            todo=words.todo if first else "",
        )

    def _mark_entry(
        self, point: CorrectionPoint, entry: CorrectionEntry, told: tuple[PointTexts, str]
    ) -> None:
        """Colour the cells of an entry; the first of them tells, a suspect points to it."""
        number, duty = point.facts["number"], _duty(point, entry)
        places = [place for place in entry.places if place != point.root]
        for n, place in enumerate(places):
            self._mark(place, duty, None if n else self._comment(point, told))
        seat = self._ours(entry.places[0]) if entry.places else ""
        suspect = entry.suspects[0] if entry.suspects else None
        if suspect and seat and suspect not in (point.root, *entry.places):
            see = load_texts("correction").say("see", number=number, cell=seat)
            self._mark(suspect, duty, see)

    def _comment(self, point: CorrectionPoint, told: tuple[PointTexts, str]) -> str:
        """What the comment of a finding's cell says; a point's root is named in it."""
        words, detail = told
        root = self._ours(point.root)
        text = load_texts("correction").say(
            "line" if root else "point",
            number=point.facts["number"],
            title=words.title,
            details=detail,
            root=root,
            todo=words.todo,
        )
        return " ".join(text.split())

    def _mark(self, place: Place, duty: str, text: str | None) -> None:
        if place not in self._seats:
            return
        mark = self.marks.setdefault(place, Mark(duty))
        mark.duty = min(mark.duty, duty, key=DUTIES.index)
        if text and text not in mark.texts:
            mark.texts.append(text)

    def _ours(self, place: Place | None) -> str:
        """A cell of this workbook ("PL02!H14"), nothing when it is not in it."""
        return self._seats.get(place, "") if place else ""

    def _cells(self, places: Sequence[Place]) -> str:
        """Cells of this workbook, neighbours joined ("PL02!D14:H14")."""
        known = [self._seats[place] for place in places if place in self._seats]
        split = [cell.partition("!") for cell in known]
        return "; ".join(
            f"{form}!{', '.join(_joined([cell for _, _, cell in group]))}"
            for form, group in groupby(split, key=lambda part: part[0])
        )


def _duty(point: CorrectionPoint, entry: CorrectionEntry) -> str:
    if entry.line is None:
        return str(point.facts["duty"])
    return _DUTY_OF.get(entry.line["severity"], "note")


def _joined(cells: Sequence[str]) -> list[str]:
    """Cells of one row joined sideways, others down their columns."""
    rows = {parse_address(cell)[0] for cell in cells}
    return join_neighbours(cells) if len(rows) == 1 else join_cells(cells)


def _seats(correction: Correction) -> Iterator[tuple[Place, str]]:
    """Every cell of the filled forms with its address; headers too."""
    for corrected in correction.forms:
        if corrected.appendix is None:
            continue
        form = corrected.form
        for at, column in enumerate(form.columns):
            header = address(HEAD_ROW, at)
            yield Place(form.id, None, column.key), f"{form.id}!{header}"
            for n, row in enumerate(form.indicators):
                cell = address(FIRST_ROW - 1 + n, at)
                yield Place(form.id, row.key, column.key), f"{form.id}!{cell}"
