"""Bytes of unknown charset to text: Unicode first, then the encodings of old Vietnam."""

import codecs
import re
import unicodedata

from pipeline.domain.writing.legacy_charsets import TCVN3, VNI_PAIRS, VNI_SINGLES

_VNI = re.compile("|".join(map(re.escape, [*VNI_PAIRS, *VNI_SINGLES])))
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_QUALITY = frozenset("\u0302\u0306\u031b")
_SYLLABLE = re.compile(
    "(?:ngh|ng|nh|n|tr|th|t|ch|c|kh|k|ph|p|gh|gi|g|qu|b|d|h|l|m|r|s|v|x)?"
    "(?:uye|uyu|uya|uoi|uou|uay|ieu|yeu|oai|oay|oeo|ai|ao|au|ay|eo|eu|ia|ie|iu|oa|oe"
    "|oi|ua|ue|ui|uo|uu|uy|ye|a|e|i|o|u|y)(ch|c|p|t|ng|nh|n|m)?"
)
_WORD = re.compile(r"[^\W\d_]+")
# Everyday syllables of these mails: they settle what two encodings both make possible.
_FREQUENT = frozenset(
    _WORD.findall(
        "bảng báo biểu bổ bộ cáo chỉ cấp dạy dự động gửi hóa hoạch hội hợp kế kính kiến "
        "lại liệu lục mẫu năm nghề nghèo nghị người phố phòng phụ sở số thành thương "
        "thuận tỉnh tổng tháng tiền tiêu trẻ ước việc vụ xã đầu đề định đồng"
    )
)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Names that lie: a mailer that knows no better writes them over any bytes.
_ANY_BYTES = frozenset(
    {"ascii", "iso8859-1", "cp1252", "latin-1", "unknown-8bit", "x-unknown", "default"}
)
_TCVN_NAMES = re.compile(r"tcvn|abc", re.IGNORECASE)
_VNI_NAMES = re.compile(r"vni", re.IGNORECASE)
# Text codecs of Python that are no charset of any mail, slow or surprising on odd input.
_REFUSED = frozenset(
    {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"}
)
MAX_GUESSED = 4096


def from_tcvn3(data: bytes) -> str:
    """Text of TCVN3 bytes, composed."""
    return data.decode("latin-1").translate(TCVN3)


def from_vni(data: bytes) -> str:
    """Text of VNI bytes (drawn with VNI-* fonts), composed."""

    def letter(sign: re.Match[str]) -> str:
        return VNI_PAIRS.get(sign[0]) or VNI_SINGLES[sign[0]]

    return _VNI.sub(letter, data.decode("latin-1"))


def _from_cp1258(data: bytes) -> str:
    return unicodedata.normalize("NFC", data.decode("cp1258", "replace"))


def plausibility(text: str) -> int:
    """How much a text looks like Vietnamese: more is better, below 0 is noise."""
    score = 0
    for word in _WORD.findall(text[:MAX_GUESSED]):
        if not word.isascii():
            score += _syllable_score(word)
    odd = sum(1 for sign in text[:MAX_GUESSED] if sign > "\x7f" and not sign.isalpha())
    return score - 3 * odd


def _syllable_score(word: str) -> int:
    """2 for a possible syllable, else negative by the letters that are not ours."""
    parts = unicodedata.normalize("NFD", word.lower())
    tones = [sign for sign in parts if sign in _TONES]
    bare = "".join(
        "d" if sign == "đ" else sign
        for sign in parts
        if sign not in _TONES and sign not in _QUALITY
    )
    shape = _SYLLABLE.fullmatch(bare)
    if shape is None or len(tones) > 1 or not _natural_case(word):
        return -2 - sum(1 for sign in bare if sign > "\x7f")
    # A syllable that ends in a stop carries the acute or the dot below.
    stopped = shape[1] in ("c", "ch", "p", "t")
    if stopped and not set(tones) & {"\u0301", "\u0323"}:
        return -2
    return 3 if word.lower() in _FREQUENT else 2


def _natural_case(word: str) -> bool:
    return word.islower() or word.isupper() or word[1:].islower()


def guess(data: bytes, *, dos: bool = False) -> str:
    """Text of undeclared bytes: UTF-8, else the likeliest of cp1258, TCVN3 and VNI.

    `dos` adds cp437, the charset of old zip names. Never raises.
    """
    if data.isascii():
        return data.decode("ascii")
    try:
        return unicodedata.normalize("NFC", data.decode("utf-8"))
    except UnicodeDecodeError as error:
        whole = data[: error.start]
        # A value cut at its bound may end inside a letter.
        if error.start >= len(data) - 3 and not whole.isascii():
            return unicodedata.normalize("NFC", whole.decode("utf-8"))
    readings = [_from_cp1258(data), from_tcvn3(data), from_vni(data)]
    if dos:
        readings.append(data.decode("cp437"))
    return max(readings, key=plausibility)


def decode_bytes(data: bytes, charset: str | None = None) -> str:
    """Text of bytes under a declared charset that may be absent, unknown or a lie.

    NFC, without lone surrogates. Never raises.
    """
    name = (charset or "").strip().strip("\"'").lower()
    if data.isascii() and not name.startswith("iso-2022"):
        return data.decode("ascii")
    if _TCVN_NAMES.search(name):
        return from_tcvn3(data)
    if _VNI_NAMES.search(name):
        return from_vni(data)
    known = _codec(name)
    if known is None or known in _ANY_BYTES:
        return guess(data)
    return _decoded(data, known)


def _codec(name: str) -> str | None:
    """Python's name for a charset that it can decode as text, or None."""
    if not name or len(name) > 40 or "\0" in name or not name.isascii():
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    # Only some codecs are text encodings ("zip" and "rot13" are not).
    is_text = getattr(info, "_is_text_encoding", True)
    return info.name if is_text and info.name not in _REFUSED else None


def _decoded(data: bytes, codec: str) -> str:
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        return guess(data)
    return unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))


def one_line(text: str, limit: int = 998) -> str:
    """Text on one line, in NFC, without control and direction signs, bounded."""
    plain = _CONTROL.sub(" ", _INVISIBLE.sub("", text[: 4 * limit]))
    composed = unicodedata.normalize("NFC", plain)
    return " ".join(composed.split())[:limit]


def many_lines(text: str, limit: int) -> str:
    """Text with its lines kept, in NFC, without control and direction signs, bounded."""
    lines = text[: 2 * limit].replace("\r\n", "\n").replace("\r", "\n")
    plain = _CONTROL.sub(" ", _INVISIBLE.sub("", lines))
    return unicodedata.normalize("NFC", plain)[:limit]
