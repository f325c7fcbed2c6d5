"""Vietnamese notation: numbers, moments, and foreign text made safe to quote."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

HANOI = timezone(timedelta(hours=7))
"""Vietnam has kept +07:00 without summer time since 1975: no tzdata is needed."""

_CANONICAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,20})?")
_LINKS = re.compile(r"(?i)\b(https?|ftp|file)://|\bwww\.")
_DROPPED = frozenset({"Cf", "Cs", "Co", "Cn"})
_ELLIPSIS = "…"


def read_canonical(text: str | None) -> Decimal | None:
    """The number of a canonical decimal string ("1234.5"), None for anything else."""
    if text is None or _CANONICAL.fullmatch(text) is None:
        return None
    return Decimal(text)


def write_number(value: Decimal) -> str:
    """A number as Vietnamese print writes it: 1234567.80 gives "1.234.567,8"."""
    plain = f"{value:,f}"
    whole, _, fraction = plain.partition(".")
    fraction = fraction.rstrip("0")
    written = whole.replace(",", ".") + ("," + fraction if fraction else "")
    return "0" if written == "-0" else written


def write_quantity(value: Decimal, unit: str | None) -> str:
    """A number with its unit: "12,5%", "1.234 người", "1.234,5 (1000 người)"."""
    number = write_number(value)
    if not unit:
        return number
    if unit == "%":
        return number + "%"
    if unit[0].isdigit():
        return f"{number} ({unit})"
    return f"{number} {lower_first(unit)}"


def write_date(day: date) -> str:
    """A day as letters write it after "ngày": "12/7/2013"."""
    return f"{day.day}/{day.month}/{day.year}"


def moment(at: datetime) -> Mapping[str, str | int]:
    """A moment in Hanoi as plain parts for a template: day, month, year, date, clock."""
    local = at.astimezone(HANOI)
    return {
        "day": local.day,
        "month": local.month,
        "year": local.year,
        "hour": local.hour,
        "minute": local.minute,
        "date": write_date(local),
    }


def lower_first(text: str) -> str:
    """A title as it stands inside a sentence."""
    return text[:1].lower() + text[1:]


def safe_text(raw: str, limit: int = 40) -> str:
    """Foreign text fit to quote: one line, nothing invisible, no live link, cut.

    Controls and line separators become spaces; format characters (bidi overrides,
    zero-width signs), surrogates and unassigned code points go. Escaping for HTML is
    the template's work. At most `limit` characters, the last one an ellipsis if cut.
    """
    kept = _visible(raw)
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + _ELLIPSIS


def safe_path(raw: str, limit: int = 60) -> str:
    """As `safe_text`, but cut in front: the end of a path tells the file."""
    kept = _visible(raw)
    return kept if len(kept) <= limit else _ELLIPSIS + kept[1 - limit :].lstrip()


def _visible(raw: str) -> str:
    kept = unicodedata.normalize("NFC", raw[:4000])
    if not kept.isprintable():  # what is has no character to drop or to turn to a space
        kept = "".join(_visible_character(c) for c in kept)
    line = " ".join(kept.split())
    return _LINKS.sub(lambda found: found.group().replace(":", " ").replace(".", " "), line)


def _visible_character(character: str) -> str:
    category = unicodedata.category(character)
    if category in _DROPPED:
        return ""
    return " " if category in {"Cc", "Zl", "Zp", "Zs"} else character
