"""Unicode texts as older programs and other keyboards wrote them."""

import random
import unicodedata
from dataclasses import replace

from bench.reading.page import Ink, Page
from pipeline.domain.writing.legacy_charsets import TCVN3, VNI_PAIRS, VNI_SINGLES

_TO_TCVN3 = {letter: chr(code) for code, letter in TCVN3.items()}
_TO_VNI = {letter: pair for pair, letter in VNI_PAIRS.items()} | {
    letter: single for single, letter in VNI_SINGLES.items()
}
KINDS = ("unicode", "nfd", "cp1258", "tcvn3", "tcvn3-caps", "vni", "font-mix", "plain")
NAMED = {"tcvn3": "tcvn3", "tcvn3-caps": "tcvn3", "vni": "vni"}


def to_tcvn3(text: str) -> str:
    """TCVN3; a toned capital has no byte and is written small."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_TO_TCVN3.get(c) or _TO_TCVN3.get(c.lower()) or c for c in composed)


def to_vni(text: str) -> str:
    """VNI: the base with its mark behind it."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(_TO_VNI.get(c, c) for c in composed)


def to_cp1258(text: str) -> str:
    """The half-composed spelling of windows-1258: shapes composed, tones apart."""
    pieces = []
    for letter in unicodedata.normalize("NFC", text):
        apart = unicodedata.normalize("NFD", letter)
        tones = "".join(c for c in apart if c in "\u0300\u0301\u0303\u0309\u0323")
        rest = unicodedata.normalize("NFC", "".join(c for c in apart if c not in tones))
        pieces.append(rest + tones)
    return "".join(pieces)


def _apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _unmarked(text: str) -> str:
    apart = unicodedata.normalize("NFD", text)
    bare = "".join(c for c in apart if not unicodedata.combining(c))
    return bare.replace("đ", "d").replace("Đ", "D")


def _tcvn3(ink: Ink, text: str, *, caps: bool) -> Ink:
    if caps and text.isupper():
        return replace(ink, value=to_tcvn3(text.lower()), font=".VnTimeH")
    return replace(ink, value=to_tcvn3(text), font=".VnTime")


def recode(page: Page, kind: str, dice: random.Random) -> None:
    """Rewrite every text of a page; numbers and formulas stay."""
    for place, ink in page.cells.items():
        if isinstance(ink.value, str):
            page.cells[place] = _recoded(ink, ink.value, kind, dice)


def _recoded(ink: Ink, text: str, kind: str, dice: random.Random) -> Ink:
    if kind in ("tcvn3", "tcvn3-caps"):
        return _tcvn3(ink, text, caps=kind == "tcvn3-caps")
    if kind == "font-mix":
        return ink if dice.random() < 0.35 else _tcvn3(ink, text, caps=False)
    if kind == "vni":
        return replace(ink, value=to_vni(text), font="VNI-Times")
    plain = {"nfd": _apart, "cp1258": to_cp1258, "plain": _unmarked}
    return replace(ink, value=plain[kind](text)) if kind in plain else ink
