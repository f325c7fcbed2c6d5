"""Figures as people type them, in the units that they prefer."""

import random
import re
from dataclasses import dataclass
from decimal import Decimal

from bench.reading.page import Fact, Formula, Value, Wanted, Wrong

NOTATIONS = (
    "number", "vietnamese", "english", "nbsp", "space", "plain", "unit-behind",
    "some-text", "noise", "apostrophe",
)  # fmt: skip
MARKS = {"-": "n", "--": "n", "không": "n", " - ": "n", "x": "x", "X": "x", "..": "m",
         "…": "m", "...": "m", "chưa có": "m", "chưa có số liệu": "m"}  # fmt: skip
QUIET = ("-", "x")
UNREADABLE: tuple[Value, ...] = (
    "trên 27.000", "600-700", "khoảng 500", "12.34.5", "1.2345.678", "500 - 600",
    "12.345.67", "1.234 nghìn đồng lẻ", "dưới 100", "50/120", "270\n120", Wrong("#REF!"),
    Wrong("#DIV/0!"), Formula("VLOOKUP(A1,B1:C9,2,0)"),
)  # fmt: skip
_OTHER_UNITS = {
    "Người": (("nghìn người", "0.001"), ("1.000 người", "0.001"), ("1000 ng", "0.001")),
    "1000 người": (("Người", "1000"), ("người", "1000")),
    "Triệu đồng": (("Tỷ đồng", "0.001"), ("Nghìn đồng", "1000"), ("đồng", "1000000")),
    "Hộ": (("1000 hộ", "0.001"), ("nghìn hộ", "0.001")),
}
_SPELLED = {
    "Người": ("người", "Người", "ng", "NGƯỜI", "ng."), "%": ("%", "phần trăm", "Tỷ lệ %"),
    "1000 người": ("1.000 người", "nghìn người", "1000 ng", "Ngàn người", "ngh. người"),
    "Triệu đồng": ("tr.đ", "triệu đồng", "Trđ", "Tr. đồng"), "Hộ": ("hộ", "Hộ"),
    "Lượt người": ("lượt người", "lượt", "L.người"),
    "Xã": ("xã", "xã, phường", "Xã/phường"),
    "Cơ sở": ("cơ sở", "Trường", "Trung tâm"), "Nhà": ("nhà", "căn", "Căn nhà"),
}  # fmt: skip
_SCALE = re.compile(r"(?:1\.?000|nghìn)(?: ng\b| người| hộ)")
_ONE_MARK = re.compile(r"-?\d{1,3}[.,]\d{3}(?!\d)[^.,\d]*")


@dataclass(frozen=True, slots=True)
class Wording:
    """How one form's figures are written. `scale` by unit: (spelling, multiplier)."""

    notation: str = "number"
    percent: str = "none"
    marks: bool = False
    quiet_marks: bool = False
    unreadable: float = 0.0
    units: str = "official"
    scale: tuple[tuple[str, str, Decimal], ...] = ()

    def scaled(self, unit: str) -> tuple[str, Decimal]:
        """The spelling of a unit, and what a figure is multiplied by."""
        for asked, spelling, factor in self.scale:
            if asked == unit:
                return spelling, factor
        return unit, Decimal(1)


def other_units(dice: random.Random, only: str | None = None) -> Wording:
    """A wording with other, declared units."""
    scale = []
    for unit, others in _OTHER_UNITS.items():
        spelling, factor = dice.choice(others)
        if only in (None, unit):
            scale.append((unit, spelling, Decimal(factor)))
    return Wording(scale=tuple(scale))


def respell(unit: str, dice: random.Random) -> str:
    """Another spelling of the same unit."""
    return dice.choice(_SPELLED.get(unit, (unit.lower(), unit)))


def _grouped(value: Decimal, group: str, point: str) -> str:
    return f"{value:,}".translate(str.maketrans({",": group, ".": point}))


def _plain(value: Decimal) -> Decimal:
    """Without exponent, as a person writes it."""
    return Decimal(format(value, "f"))


_WRITTEN = {
    "vietnamese": (".", ","), "english": (",", "."), "nbsp": ("\u00a0", ","),
    "space": (" ", ","), "apostrophe": ("'", ","),
}  # fmt: skip


def write_figure(value: Decimal, unit: str, wording: Wording,
                 dice: random.Random) -> tuple[Value, bool, Fact]:  # fmt: skip
    """What is typed for a figure of `unit`, whether in a % format, and the truth."""
    if wording.unreadable and dice.random() < wording.unreadable:
        return dice.choice(UNREADABLE), False, Fact(Wanted.ASK)
    if value == 0 and wording.quiet_marks:
        return "-", False, Fact(Wanted.MISSING, missing="n")
    if "%" in unit and wording.percent in ("format", "text"):
        shown = _plain(value / 100) if wording.percent == "format" else None
        typed = shown if shown is not None else f"{_grouped(value, '.', ',')}%"
        return typed, shown is not None, Fact(Wanted.VALUE, value)
    spelling, factor = wording.scaled(unit)
    number = _plain((value * factor).normalize() if factor != 1 else value)
    text = _typed(number, unit if factor == 1 else spelling, wording.notation, dice)
    both = isinstance(text, str) and _ONE_MARK.fullmatch(text) and _open(unit, factor)
    return text, False, Fact(Wanted.VALUE, value, open=bool(both))


def _open(unit: str, factor: Decimal) -> bool:
    """Whether "1.234" of this unit may be a thousand or a fraction."""
    return factor != 1 or unit.startswith(("1000", "Triệu", "Tấn"))


def _scale_words(unit: str) -> str:
    """No one writes "12,5 1000 người" behind a figure."""
    return _SCALE.sub("nghìn hộ" if "hộ" in unit else "nghìn người", unit)


def _typed(value: Decimal, unit: str, notation: str, dice: random.Random) -> Value:
    if notation in _WRITTEN:
        return _grouped(value, *_WRITTEN[notation])
    if notation == "plain":
        return str(value)
    if notation == "unit-behind":
        behind = "" if "%" in unit else f" {_scale_words(unit.lower())}"
        return f"{_grouped(value, '.', ',')}{behind}"
    return _number(value, notation, dice)


def _number(value: Decimal, notation: str, dice: random.Random) -> Value:
    """A number cell, now and then as text or with the noise of a calculation."""
    if notation == "some-text" and dice.random() < 0.15:
        return _grouped(value, ".", ",")
    if notation == "noise" and value != int(value):
        return Decimal(repr(float(value) * (1 + dice.choice((-4e-16, 4e-16, 3e-14)))))
    return value


def write_mark(wording: Wording, dice: random.Random) -> tuple[str, Fact] | None:
    """A sign for "no figure" in a cell that need not be filled."""
    if wording.marks and dice.random() < 0.6:
        mark = dice.choice(list(MARKS))
        return mark, Fact(Wanted.MISSING, missing=MARKS[mark])
    if wording.quiet_marks and dice.random() < 0.6:
        mark = dice.choice(QUIET)
        return mark, Fact(Wanted.MISSING, missing=MARKS[mark])
    return None
