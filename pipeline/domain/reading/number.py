"""Figures written as text, in Vietnamese notation and in what people write instead.

A dot parts thousands and a comma begins the decimals; but "6.8" is met, and "1,234,567".
What has one possible meaning becomes a Number; "1.234" has two and stays Ambiguous until
its surroundings decide (`notation.py`); nothing is ever guessed here.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from pipeline.domain.plan.form import Missing
from pipeline.domain.quick_making import quickly
from pipeline.domain.writing.text import compose, match_key


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number; `quantum` is one unit of the last digit written.

    `tail` is what stands behind the digits ("người", "%"), to be read as a unit.
    `grouped` and `pointed` tell which character parted thousands and decimals.
    """

    value: Decimal
    quantum: Decimal
    tail: str = ""
    grouped: str = ""
    pointed: str = ""


_made = quickly(Number)


@dataclass(frozen=True, slots=True)
class Absent:
    """A sign that there is no number: nil, not applicable, not available."""

    missing: Missing


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Digits with one separator before exactly three digits: two readings."""

    thousands: Number
    decimal: Number


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Text that is no figure: a range, a bound, a remark."""


Reading = Number | Absent | Ambiguous | Unreadable

_NIL = frozenset(
    map(match_key, ("không", "không có", "ko", "khong co gi", "nil", "không phát sinh"))
)
_NOT_APPLICABLE = frozenset({"x", "xx", "xxx"})
_NOT_AVAILABLE = frozenset(
    map(
        match_key,
        (
            "chưa có", "chưa có số liệu", "không có số liệu", "chưa thống kê", "n/a",
            "na", "chưa tổng hợp", "chưa báo cáo", "đang tổng hợp", "ksl", "chưa xác định",
        ),
    )
)  # fmt: skip
_DASHES = re.compile(r"[-−–—_]+")
_DOTS = re.compile(r"[.…]{2,}|…")
_SPACED = re.compile(r"(?<![\d.,])[1-9][0-9]{0,2}(?:[ '][0-9]{3})+(?!\d)")
_BARE = re.compile(r"[0-9][0-9.,]*+")
_FIGURE = re.compile(
    r"(?P<open>\()?\s*+(?P<sign>[-−–+])?\s*+(?P<digits>[0-9][0-9.,]*+)\s*+(?P<close>\))?"
    r"\s*+(?P<tail>[^\d()]*+)"
)
_GROUPED = {
    mark: re.compile(rf"[1-9][0-9]{{0,2}}(?:\{mark}[0-9]{{3}})+") for mark in (".", ",")
}
# A mark that points to a note below the table says nothing of the figure.
_NOTE_MARK = re.compile(r"(?<=[0-9])\s*(?:\(\*{1,3}\)|\*{1,3})$")
# two figures in one cell, one below the other
_BROKEN = re.compile(r"[0-9][ \t\xa0]*[\r\n]+[ \t\xa0]*[0-9]")
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


_ONE = Decimal(1)
_USUAL_QUANTA = tuple(_ONE.scaleb(-digits) for digits in range(4))
_LARGEST_EXPONENT = 308
_MOST_REMEMBERED = 300
# a number of this many digits that becomes this short when its last few are rounded off
_BLURRED, _KEPT_DIGITS, _SHORT_DIGITS = 13, 12, 9


def parse_number(text: str) -> Reading:
    """What a text in a value cell says."""
    return _parsed(text) if len(text) > _MOST_REMEMBERED else _remembered(text)


def _parsed(text: str) -> Reading:
    if _BARE.fullmatch(text):  # all that follows would leave it as it is
        return _read_digits(text, 1, "")
    if _BROKEN.search(text):
        return Unreadable()
    plain = compose(text).translate(_FULL_WIDTH).removeprefix("'")
    absent = _absent(plain)
    if absent is not None:
        return absent
    found = _FIGURE.fullmatch(_unspaced(_NOTE_MARK.sub("", plain)))
    if found is None or bool(found["open"]) != bool(found["close"]):
        return Unreadable()
    sign = -1 if found["open"] or found["sign"] in ("-", "−", "–") else 1
    return _read_digits(found["digits"], sign, found["tail"].strip())


_remembered = lru_cache(maxsize=4096)(_parsed)


def _unspaced(text: str) -> str:
    """Spaces between groups of three digits taken out, when all groups are whole."""
    return _SPACED.sub(lambda found: re.sub("[ ']", "", found.group()), text)


def _absent(plain: str) -> Absent | None:
    if _DASHES.fullmatch(plain):
        return Absent(Missing.NIL)
    if _DOTS.fullmatch(plain):
        return Absent(Missing.NOT_AVAILABLE)
    key = match_key(plain)
    if key in _NIL:
        return Absent(Missing.NIL)
    if key in _NOT_APPLICABLE:
        return Absent(Missing.NOT_APPLICABLE)
    return Absent(Missing.NOT_AVAILABLE) if key in _NOT_AVAILABLE else None


def _read_digits(digits: str, sign: int, tail: str) -> Reading:
    marks = [letter for letter in digits if letter in ".,"]
    if not marks:
        return _number(digits, "", sign, tail)
    if len(marks) == 1:
        return _one_mark(digits, marks[0], sign, tail)
    return _many_marks(digits, marks, sign, tail)


def _one_mark(digits: str, mark: str, sign: int, tail: str) -> Reading:
    whole, _, fraction = digits.partition(mark)
    if not fraction or (whole.startswith("0") and len(whole) > 1):
        return Unreadable()
    decimal = _number(whole, fraction, sign, tail, pointed=mark)
    if _GROUPED[mark].fullmatch(digits) is None:
        return decimal
    return Ambiguous(_number(whole + fraction, "", sign, tail, grouped=mark), decimal)


def _many_marks(digits: str, marks: list[str], sign: int, tail: str) -> Reading:
    group, last = marks[0], marks[-1]
    if group == last:
        if _GROUPED[group].fullmatch(digits) is None:
            return Unreadable()
        return _number(digits.replace(group, ""), "", sign, tail, grouped=group)
    whole, _, fraction = digits.rpartition(last)
    if not fraction or last in whole or _GROUPED[group].fullmatch(whole) is None:
        return Unreadable()
    plain = whole.replace(group, "")
    return _number(plain, fraction, sign, tail, grouped=group, pointed=last)


def _number(
    whole: str, fraction: str, sign: int, tail: str, *, grouped: str = "", pointed: str = ""
) -> Number:
    value = Decimal(f"{whole}.{fraction}" if fraction else whole) * sign
    quantum = Decimal(1).scaleb(-len(fraction))
    return _made(value, quantum, tail, grouped, pointed)


def exact(number: float | Decimal) -> Decimal:
    """A number cell's value as an exact decimal without binary noise.

    At most 15 significant digits, which is what spreadsheets keep; plain notation. A
    difference of two figures may carry noise from the 13th digit on: a short number
    behind a long run of zeros or nines is what was meant.
    """
    value = Decimal(repr(number)) if isinstance(number, float) else Decimal(number)
    if not value.is_finite() or abs(value.adjusted()) > _LARGEST_EXPONENT:
        raise ValueError("no number of a spreadsheet")
    surplus = len(value.as_tuple().digits) - 15
    if surplus > 0:
        exponent = value.adjusted() - 14
        value = value.quantize(Decimal(1).scaleb(exponent))
    return plain(_unblurred(value))


def _unblurred(value: Decimal) -> Decimal:
    if len(value.as_tuple().digits) < _BLURRED:
        return value
    short = value.quantize(
        Decimal(1).scaleb(value.adjusted() - _KEPT_DIGITS + 1)
    ).normalize()
    return short if len(short.as_tuple().digits) <= _SHORT_DIGITS else value


def plain(value: Decimal) -> Decimal:
    """The same value without exponent and without trailing decimal zeros."""
    if value == value.to_integral_value():
        return Decimal(int(value))
    return value.normalize()


def quantum_of(value: Decimal) -> Decimal:
    """One unit of the last digit of an exact value; 1 for whole numbers."""
    for usual in _USUAL_QUANTA:
        if value.same_quantum(usual):
            return usual
    exponent = int(value.as_tuple().exponent)
    return _ONE if exponent >= 0 else _quantum(exponent)


def quantum_written(text: str, value: Decimal) -> Decimal:
    """The same of a value whose text is its plain notation, as that of a cell's number."""
    decimals = len(text.partition(".")[2])
    return _USUAL_QUANTA[decimals] if decimals < len(_USUAL_QUANTA) else quantum_of(value)


@lru_cache(maxsize=64)
def _quantum(exponent: int) -> Decimal:
    return _ONE.scaleb(exponent)
