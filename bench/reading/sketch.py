"""One form laid out on a page, with the truth of every cell as it is written."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from bench.reading.heads import Head
from bench.reading.lines import Line
from bench.reading.notation import Wording, respell, write_figure, write_mark
from bench.reading.page import Fact, Formula, Ink, Key, Page, Stand
from bench.reading.plan import Plan
from pipeline.domain.plan.plan_round import ColumnRole, Form
from pipeline.domain.reading.sheet import address

_INDEX = {
    "numbers": lambda at: at + 1,
    "letters": lambda at: "ABC"[at] if at < 3 else at - 2,
    "sums": lambda at: f"{at + 1}={at}+{at - 1}" if at > 6 else str(at + 1),
    "wrong": lambda at: at + 1 if at < 5 else at,
}
DITTO = ("nt", '"', "-nt-", "như trên")
_SOME = 0.3
_MERGED = frozenset(
    ("year-over-version", "mixed-levels", "three-rows", "number-years", "version-over-year")
)


@dataclass(slots=True)
class Sketch:
    """A form with its heads and lines, ready to be placed."""

    form: Form
    heads: Sequence[Head]
    lines: Sequence[Line]
    plan: Plan
    wording: Wording
    dice: random.Random
    title: Sequence[str] = ()
    unit_line: str | None = None


def place(sketch: Sketch, page: Page, top: int) -> tuple[Stand, dict[Key, Fact]]:
    """Put a form on a page from row `top` on; its facts know their cells."""
    placing = _Placing(sketch, page, top)
    placing.put_title()
    placing.put_header()
    placing.put_index()
    start = placing.row
    for line in sketch.lines:
        placing.put_line(line)
    if sketch.plan["formulas"] != "none":
        placing.put_formulas()
    end = placing.row - 1
    placing.put_foot()
    return Stand(sketch.form.id, page.name, start, end), placing.facts


class _Placing:
    def __init__(self, sketch: Sketch, page: Page, top: int) -> None:
        self.sketch, self.page, self.row = sketch, page, top
        self.facts: dict[Key, Fact] = {}
        self._plan = sketch.plan
        self.columns = self._columns()
        self._slip = self._plan["units"] in ("!undeclared", "!above-left")
        self._last_unit = ""

    def _columns(self) -> list[int]:
        at = 1 if self._plan["offset"] == "right" else 0
        columns = []
        for head in self.sketch.heads:
            columns.append(at)
            two = head.role is ColumnRole.LABEL and self._plan["label-columns"] == "two"
            at += 2 if two else 1
            if self._plan["offset"] == "spacer" and head.role is ColumnRole.UNIT:
                at += 1
        return columns

    def put_title(self) -> None:
        left = self.columns[0]
        for text in self.sketch.title:
            self.page.put(self.row, left, text)
            self.page.merges.append((self.row, left, self.row, self.columns[-1]))
            self.row += 1
        if self.sketch.unit_line:
            self.page.put(self.row, self.columns[-2], self.sketch.unit_line)
            self.row += 1
        self.row += self.sketch.dice.randint(0, 2)

    def put_header(self) -> None:
        heads = self.sketch.heads
        deep = max(len(head.path) for head in heads)
        for at, head in enumerate(heads):
            for level, text in enumerate(head.path):
                if not self._covered(at, level):
                    self._put_head(self.row + level, self.columns[at], text)
            self._merge_down(at, deep)
            self._merge_right(at)
        self.row += deep

    def _put_head(self, row: int, column: int, text: str) -> None:
        number = self._plan["header"] == "number-years" and text.isdigit()
        self.page.put(row, column, int(text) if number else text)

    def _covered(self, at: int, level: int) -> bool:
        """Whether the left neighbour's cell of this level reaches over this one."""
        heads = self.sketch.heads
        if self._plan["header"] == "repeated" or not at:
            return False
        same = heads[at].path[: level + 1] == heads[at - 1].path[: level + 1]
        return (
            level < len(heads[at].path) - 1 and same and len(heads[at - 1].path) > level + 1
        )

    def _merge_down(self, at: int, deep: int) -> None:
        path = self.sketch.heads[at].path
        column = self.columns[at]
        role = self.sketch.heads[at].role
        two = role is ColumnRole.LABEL and self._plan["label-columns"] == "two"
        if (len(path) < deep or two) and self._plan["header"] != "unmerged":
            top = self.row + len(path) - 1
            right = column + 1 if two else column
            self.page.merges.append((top, column, self.row + deep - 1, right))

    def _merge_right(self, at: int) -> None:
        if self._plan["header"] not in _MERGED:
            return
        heads = self.sketch.heads
        for level in range(len(heads[at].path) - 1):
            if self._covered(at, level):
                continue
            end = at
            while end + 1 < len(heads) and self._covered(end + 1, level):
                end += 1
            if end > at:
                row = self.row + level
                merge = (row, self.columns[at], row, self.columns[end])
                self.page.merges.append(merge)

    def put_index(self) -> None:
        make = _INDEX.get(self._plan["index"])
        if make is not None:
            for at, column in enumerate(self.columns):
                self.page.put(self.row, column, make(at))
            self.row += 1

    def put_line(self, line: Line) -> None:
        column_of = dict(zip(self.sketch.heads, self.columns, strict=True))
        first, rest = self._broken(line)
        above = bool(rest) and self.sketch.dice.random() < 0.5
        self._put_named(column_of, ColumnRole.CODE, line.code)
        self._put_label(column_of, first)
        if above:
            self.row += 1
            self._put_label(column_of, rest)
        self._put_named(column_of, ColumnRole.UNIT, self._unit(line))
        for head, column in column_of.items():
            if head.role is ColumnRole.VALUE:
                self._put_figure(head, column, line)
            elif head.role is ColumnRole.DERIVED:
                self._put_compared(head, column, line)
        if rest and not above:
            self.row += 1
            self._put_label(column_of, rest)
        self.row += 1

    def _broken(self, line: Line) -> tuple[str, str]:
        """A long label in two halves, as people who do not wrap text write it."""
        label, half = line.label, len(line.label) // 2
        long = self._plan["label-columns"] == "broken" and len(label) > 45
        if not (long and line.key) or " " not in label[half:]:
            return label, ""
        cut = label.index(" ", half)
        return label[:cut], label[cut + 1 :]

    def _put_named(self, column_of: dict[Head, int], role: ColumnRole, text: str) -> None:
        for head, column in column_of.items():
            if head.role is role:
                if role is ColumnRole.CODE:
                    self._put_code(column, text)
                else:
                    self.page.put(self.row, column, text)

    def _put_label(self, column_of: dict[Head, int], label: str) -> None:
        column = next(c for h, c in column_of.items() if h.role is ColumnRole.LABEL)
        sub = label.lstrip().startswith(("-", "+", "Trong đó"))
        self.page.put(
            self.row, column + (self._plan["label-columns"] == "two" and sub), label
        )

    def _put_code(self, column: int, code: str) -> None:
        numeric = code.isdigit() and self.sketch.dice.random() < 0.5
        self.page.put(self.row, column, int(code) if numeric else code)

    def _unit(self, line: Line) -> str:
        spelling, factor = self.sketch.wording.scaled(line.unit)
        if factor != 1:
            return spelling if self._plan["units"] == "row" else line.unit
        if self._plan["units"] == "respelled" and line.unit:
            return respell(line.unit, self.sketch.dice)
        if self._plan["units"] == "ditto" and line.unit == self._last_unit:
            return self.sketch.dice.choice(DITTO) if line.unit else ""
        self._last_unit = line.unit
        return line.unit

    def _put_figure(self, head: Head, column: int, line: Line) -> None:
        value = line.figures.get(head.key or "own")
        wording, dice = self.sketch.wording, self.sketch.dice
        if head.key is None:
            first = next(iter(line.figures.values()), None)
            value = None if first is None else (first * Decimal("0.9")).quantize(first)
            wording = replace(wording, unreadable=0.0)
        if value is None:
            self._put_mark(head, column, line)
            return
        typed, percent, fact = write_figure(value, line.unit, wording, dice)
        self.page.cells[self.row, column] = Ink(typed, percent)
        if line.key is not None and head.key is not None:
            slip = self._slip and wording.scaled(line.unit)[1] != 1
            slip = slip or self._part_of_one(line, column, fact)
            self._keep(line.key, head.key, column, replace(fact, slip=slip))

    def _part_of_one(self, line: Line, column: int, fact: Fact) -> bool:
        """Some percentages of a form of hundreds are written as parts of one."""
        some = self._plan["percent"] == "!some-parts" and line.unit.strip() == "%"
        if not some or not fact.value or self.sketch.dice.random() > _SOME:
            return False
        part = str(fact.value / 100) if self._is_text else fact.value / 100
        self.page.cells[self.row, column] = Ink(part)
        return True

    @property
    def _is_text(self) -> bool:
        return self._plan["format"] in ("csv", "html")

    def _put_mark(self, head: Head, column: int, line: Line) -> None:
        mark = write_mark(self.sketch.wording, self.sketch.dice) if line.figures else None
        if mark and head.key is not None:
            self.page.put(self.row, column, mark[0])
            if line.key is not None:
                self._keep(line.key, head.key, column, mark[1])

    def _keep(self, key: str, head: str, column: int, fact: Fact) -> None:
        fact.sheet, fact.cell = self.page.name, (self.row, column)
        self.facts[self.sketch.form.id, key, head] = fact

    def _put_compared(self, head: Head, column: int, line: Line) -> None:
        source = self.sketch.form.column(head.key or "").formula
        if source is None or "%" in line.unit:
            return
        above, below = (part.strip() for part in source.removesuffix("* 100").split("/"))
        part, whole = line.figures.get(above), line.figures.get(below)
        if part is not None and whole:
            share = (100 * part / whole).quantize(Decimal("0.1"))
            self.page.put(self.row, column, str(share) if self._is_text else share)

    def put_formulas(self) -> None:
        """Totals as sums of their parts, in every column where that is what they are."""
        cached = self._plan["formulas"] == "cached"
        for rule in self.sketch.form.rules:
            whole, parts = rule.term("whole"), rule.term("parts")
            if rule.kind == "total" and isinstance(whole, str) and isinstance(parts, tuple):
                for head in self.sketch.heads:
                    self._sum(
                        head.key or "", whole, [str(part) for part in parts], cached=cached
                    )

    def _sum(self, column: str, whole: str, parts: list[str], *, cached: bool) -> None:
        form = self.sketch.form.id
        seat = self.facts.get((form, whole, column))
        terms = [self.facts.get((form, part, column)) for part in parts]
        if (
            seat is None
            or seat.value is None
            or not all(t and t.value is not None for t in terms)
        ):
            return
        known = [term for term in terms if term is not None]
        numbers = all(
            isinstance(self.page.cells[t.cell].value, Decimal | int | Formula)
            for t in known
        )
        if numbers and sum(t.value or 0 for t in known) == seat.value:
            text = "+".join(address(*term.cell) for term in known)
            ink = self.page.cells[seat.cell].value
            result = ink if isinstance(ink, Decimal) else None
            if result is not None:
                formula = Formula(text, result if cached else None)
                self.page.cells[seat.cell] = Ink(formula)

    def put_foot(self) -> None:
        foot, left, right = self._plan["foot"], self.columns[0], self.columns[-1]
        if foot == "scratch":
            self._scratch(right + 2)
        if foot == "notes":
            self.page.put(
                self.row, left, "Ghi chú: Số liệu ước đến 30/6/2013: 12.345 người."
            )
            self.page.put(self.row + 1, left, "(*) Chưa bao gồm 2 huyện mới chia tách.")
            self.row += 2
        if foot in ("signature", "notes"):
            self.row += 1
            self.page.put(self.row, right - 2, "Hà Giang, ngày 10 tháng 7 năm 2013")
            self.page.put(self.row + 1, left + 1, "Người lập biểu")
            self.page.put(self.row + 1, right - 2, "GIÁM ĐỐC")
            self.page.put(self.row + 5, right - 2, "Nguyễn Văn A")
            self.row += 6

    def _scratch(self, column: int) -> None:
        dice = self.sketch.dice
        for row in dice.sample(range(max(self.row - 12, 0), self.row), min(4, self.row)):
            self.page.put(row, column, Decimal(dice.randint(1, 99_999)))
            self.page.put(row, column + 1, dice.choice(("?", "xem lại", 12, 0)))
        self.page.put(self.row + 2, column, Decimal(dice.randint(1, 999)))
