"""How a form stands on paper: two header rows, index row, levels of its rows.

Nothing here knows a spreadsheet; blank, national and correction workbooks share it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.adapters.workbook_writing.workbook_texts import Texts, load_texts
from pipeline.domain.plan.expression import Expression, Name, Number, parse_formula
from pipeline.domain.plan.plan_round import Column, ColumnRole, Indicator, PlanRound

_MAJOR = re.compile(r"[A-ZĐ]+(\.\d+)*")
_MINOR = re.compile(r"\d+(\.\d+)*")
_JOINTS = " -–:/"


@dataclass(frozen=True, slots=True)
class HeaderGroup:
    """Neighbouring columns under one heading; `title` is empty for a column alone.

    `lower` holds each column with the text of its own header cell.
    """

    title: str
    lower: tuple[tuple[Column, str], ...]


def header_groups(
    columns: Sequence[Column], plan_round: PlanRound
) -> tuple[HeaderGroup, ...]:
    """The two header rows of a form: what columns share above, the rest below.

    Columns share the words their titles begin with ("So sánh (%)") or their year.
    """
    texts = load_texts("forms")
    groups: list[HeaderGroup] = []
    rest = tuple(columns)
    while rest:
        group = (
            _group_by_words(rest)
            or _group_by_year(rest, plan_round, texts)
            or HeaderGroup("", ((rest[0], rest[0].title),))
        )
        groups.append(group)
        rest = rest[len(group.lower) :]
    return tuple(groups)


def _group_by_words(columns: Sequence[Column]) -> HeaderGroup | None:
    """The longest run from the first column whose titles begin with the same words."""
    alike = _run(columns, lambda first, other: first.role is other.role)
    for count in range(len(alike), 1, -1):
        titles = [column.title.split() for column in alike[:count]]
        shared = _shared_words(titles)
        if shared >= 2 and all(len(words) > shared for words in titles):
            lower = tuple(
                (column, " ".join(words[shared:]).strip(_JOINTS))
                for column, words in zip(alike, titles, strict=False)
            )
            return HeaderGroup(" ".join(titles[0][:shared]).strip(_JOINTS), lower)
    return None


def _shared_words(titles: Sequence[Sequence[str]]) -> int:
    shared = 0
    for words in zip(*titles, strict=False):
        if len(set(words)) > 1:
            break
        shared += 1
    return shared


def _group_by_year(
    columns: Sequence[Column], plan_round: PlanRound, texts: Texts
) -> HeaderGroup | None:
    """The run of value columns that speak of the same year, if there are several."""

    def same(first: Column, other: Column) -> bool:
        year = str(plan_round.year_of(first))
        return (
            other.role is first.role is ColumnRole.VALUE
            and plan_round.year_of(other) == plan_round.year_of(first)
            and year in first.title.split()
            and year in other.title.split()
        )

    alike = _run(columns, same)
    if len(alike) < 2:
        return None
    year = plan_round.year_of(alike[0])
    return HeaderGroup(
        texts.say("year_group", year=year),
        tuple((column, _without_year(column.title, str(year), texts)) for column in alike),
    )


def _without_year(title: str, year: str, texts: Texts) -> str:
    """A title below its year: "Kế hoạch" of "Kế hoạch năm 2013"."""
    words = [word for word in title.split() if word != year]
    keeps = texts.lines("keeps_year_word")
    if len(words) > 1 and words[-1] == texts.say("year_word") and words[-2] not in keeps:
        words.pop()
    return " ".join(words) or title


def _run(
    columns: Sequence[Column], same: Callable[[Column, Column], bool]
) -> Sequence[Column]:
    """The columns from the first one on that are the same as it."""
    first = columns[0]
    if first.role not in (ColumnRole.VALUE, ColumnRole.DERIVED):
        return columns[:1]
    count = 1
    while count < len(columns) and same(first, columns[count]):
        count += 1
    return columns[:count]


def index_labels(columns: Sequence[Column]) -> tuple[str | int, ...]:
    """The index row: A, B, C for the texts, then 1, 2, 3 and "6=4/2*100"."""
    letters = iter("ABCDEFGH")
    roles = (ColumnRole.CODE, ColumnRole.LABEL, ColumnRole.UNIT)
    numbered = [column.key for column in columns if column.role not in roles]
    labels: list[str | int] = []
    for column in columns:
        if column.role in roles:
            labels.append(next(letters))
            continue
        number = numbered.index(column.key) + 1
        if column.formula:
            places = {key: str(n) for n, key in enumerate(numbered, 1)}
            labels.append(f"{number}={write_formula(column.formula, places.__getitem__)}")
        else:
            labels.append(number)
    return tuple(labels)


def write_formula(formula: str, place: Callable[[str], str]) -> str:
    """A derived column's formula with other names for its columns ("F9/E9*100")."""
    return _written(parse_formula(formula), place, 0)


def _written(expression: Expression, place: Callable[[str], str], outer: int) -> str:
    if isinstance(expression, Name):
        return place(expression.key)
    if isinstance(expression, Number):
        return str(expression.value)
    strength = 1 if expression.sign in "+-" else 2
    # a right operand of - and / needs its brackets even at equal strength
    right = strength + (expression.sign in "-/")
    text = (
        _written(expression.left, place, strength)
        + expression.sign
        + _written(expression.right, place, right)
    )
    return f"({text})" if strength < outer else text


def row_levels(indicators: Sequence[Indicator]) -> tuple[int, ...]:
    """How deep each row stands: 0 for I, A.1 (or 1 where no Roman numbers are used).

    A row without a number stands below the last numbered one, `+` rows deeper still.
    """
    deeper = 1 if has_major_rows(indicators) else 0
    levels: list[int] = []
    last = 0
    for indicator in indicators:
        code = indicator.code
        if code and _MINOR.fullmatch(code):
            last = deeper + code.count(".")
        elif code:
            last = 0
        levels.append(last if code else last + _steps(indicator.label))
    return tuple(levels)


def _steps(label: str) -> int:
    return 2 if label.lstrip().startswith("+") else 1


def has_major_rows(indicators: Sequence[Indicator]) -> bool:
    """Whether a form numbers its main rows I, II or A.1."""
    return any(_MAJOR.fullmatch(indicator.code) for indicator in indicators)
