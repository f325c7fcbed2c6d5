"""Text out of the fonts of before Unicode, decided for each string on its own.

The font is evidence and not proof: each possible reading is weighed by how many of its
words are well-formed Vietnamese syllables, then by the font and by what the rest of the
sheet is written in. Decoding comes before any clean-up: in TCVN3 the soft hyphen is a
letter.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from pipeline.domain.writing.legacy_charsets import TCVN3, VNI_PAIRS, VNI_SINGLES

_VNI = re.compile(
    "|".join(map(re.escape, [*VNI_PAIRS, *VNI_SINGLES])),
)
_LATIN1_VIETNAMESE = frozenset("àáâãèéêìíòóôõùúýÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝÐð")
_PLAIN_SYMBOLS = frozenset("\u00a0°±²³·½¼¾×÷§©®«»–“”‘’…•")
_FOREIGN = re.compile(
    "["
    + re.escape(
        "".join(
            chr(code)
            for code in range(0xA1, 0x100)
            if chr(code) not in _LATIN1_VIETNAMESE | _PLAIN_SYMBOLS
        )
    )
    + "]"
)
_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_SHAPES = re.compile("[\u0302\u0306\u031b]")
# In TCVN3 symbols stand between letters: they belong to the word, and spoil it.
_SYMBOLS = "\u00a1-\u00ae\u00b5-\u00b9\u00bb-\u00be×÷"
_WORDS = re.compile(f"(?:[^\\W\\d_]|[{_SYMBOLS}])+")
_INSIDE_WORD = re.compile(f"(?<=[a-z])[{_SYMBOLS}]|[§©®¬](?=[a-zà-ýÀ-Ý])")
# Malformed, and yet what people write for "đồng" and the like.
_SHORTENED = frozenset(("đ", "trđ", "lđ", "đvt", "gđ", "sđt"))
# Everyday words that hold no letter beyond Latin-1: read as TCVN3 or VNI they would be
# other well-formed syllables, which nobody writes.
_EVERYDAY = frozenset(
    re.findall(
        r"\w+",
        "xã nhà và có là không các tiêu báo cáo xét phí hóa hoá giá giáo giám hình hòa "
        "hoà nông thôn thông tình lý chính sách cách cùng công cán bán dân dâm tàn táng "
        "trí trò trình phát phòng phép pháp phía phân quá quân ngân sông núi nghèo "
        "nghìn ngoài khác kháng khó chí châu thành tháng tháp toán tài tái toàn trên "
        "tên xây xâm xóa vùng cá cô côi mô tù án áp áo ít hà bà mà mùa lúa lúc làm làng "
        "lâm lãnh máy màu bài biên bình thiên yên tân tây sài gòn phú phúc lào lâu cà "
        "cân kèm kính ",
    )
)
_SHORT_TEXT = 24
_MOST_REMEMBERED = 300
_LONGEST_SYLLABLE = 20
_RIMES = (
    "ach|ac|ai|am|anh|ang|an|ao|ap|at|au|ay|a|ăc|ăm|ăng|ăn|ăp|ăt|âc|âm|âng|ân|âp|ât|âu|"
    "ây|ec|em|eng|en|eo|ep|et|e|êch|êm|ênh|ên|êp|êt|êu|ê|iêc|iêm|iêng|iên|iêp|iêt|iêu|ia|"
    "ich|im|inh|in|ip|it|iu|i|oach|oac|oai|oam|oanh|oang|oan|oao|oap|oat|oay|oăc|oăm|oăng|"
    "oăn|oăt|oa|ooc|oong|oc|oen|oeo|oet|oe|oi|om|ong|on|op|ot|o|ôc|ôi|ôm|ông|ôn|ôp|ôt|ô|"
    "ơi|ơm|ơn|ơp|ơt|ơ|ua|uân|uât|uâng|uây|uc|uêch|uênh|uê|ui|um|ung|un|uôc|uôi|uôm|uông|"
    "uôn|uôt|up|ut|uơ|uya|uych|uyên|uyêt|uynh|uyt|uyu|uy|u|ưa|ươc|ươi|ươm|ương|ươn|ươp|"
    "ươt|ươu|ưc|ưi|ưm|ưng|ưn|ưt|ưu|ư|yêm|yêng|yên|yêt|yêu|ynh|ych|yt|y"
)
_SYLLABLE = re.compile(
    f"(?:ngh|ng|nh|gh|gi|kh|ph|qu|th|tr|ch|[bcdđghklmnprstvx])?(?:{_RIMES})"
)


def font_charset(font: str | None) -> str | None:
    """The charset that a font was made for: tcvn3, vni, or None."""
    name = (font or "").strip().lower()
    if name.startswith(".vn"):
        return "tcvn3"
    return "vni" if name.startswith("vni") else None


def draws_capitals(font: str | None) -> bool:
    """Whether a TCVN3 font shows small letters as capitals: its name ends in H."""
    long = font is not None and len(font) > _MOST_REMEMBERED
    return _draws_capitals(font) if long else _font_of_capitals(font)


def _draws_capitals(font: str | None) -> bool:
    name = (font or "").strip()
    ending = "h" if name.islower() else "H"
    return font_charset(name) == "tcvn3" and name.endswith(ending)


_font_of_capitals = lru_cache(maxsize=256)(_draws_capitals)


def from_tcvn3(text: str) -> str:
    """TCVN3 to Unicode; letters above U+00FF are kept as they are."""
    return text.translate(TCVN3)


def from_vni(text: str) -> str:
    """VNI to Unicode, longest match first; letters above U+00FF are kept."""
    return _VNI.sub(
        lambda found: VNI_PAIRS.get(found.group()) or VNI_SINGLES[found.group()], text
    )


def _from_mixed(text: str) -> str:
    """TCVN3 only where a character is no letter of Unicode Vietnamese."""
    return "".join(
        letter if letter in _LATIN1_VIETNAMESE else TCVN3.get(ord(letter), letter)
        for letter in text
    )


@lru_cache(maxsize=4096)
def _is_syllable(word: str) -> bool:
    """Whether a word is a well-formed Vietnamese syllable with at most one tone."""
    apart = unicodedata.normalize("NFD", word.lower())
    bare, tones = _TONES.subn("", apart)
    shaped = unicodedata.normalize("NFC", bare)
    return tones <= 1 and _SYLLABLE.fullmatch(shaped) is not None


def plausibility(text: str) -> float:
    """How Vietnamese a text looks: well-formed words less malformed ones, -1 to 1.

    Only words with a character beyond ASCII count, and symbols that stand alone do
    not. Capitals may be an abbreviation.
    """
    good = bad = 0
    for found in _WORDS.findall(unicodedata.normalize("NFC", text)):
        word = found.strip("«»")
        if word.isascii() or not any(letter.isalpha() for letter in word):
            continue
        if len(word) <= _LONGEST_SYLLABLE and _is_syllable(word):
            good += 1
        elif not word.isupper() and word not in _SHORTENED:
            bad += 1
    return (good - bad) / (good + bad) if good + bad else 0.0


def looks_legacy(text: str) -> bool:
    """Whether a text holds characters that no Unicode Vietnamese text needs."""
    return (_FOREIGN.search(text) or _INSIDE_WORD.search(text)) is not None


_PLAUSIBLE = 0.6
_READINGS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("unicode", lambda text: text),
    ("tcvn3", from_tcvn3),
    ("vni", from_vni),
    ("mixed", _from_mixed),
)


def decode(
    text: str, font: str | None = None, majority: str | None = None
) -> tuple[str, str]:
    """The text in Unicode and the name of what it was written in.

    Names: unicode, tcvn3, vni, cp1258, mixed. `majority` is the charset that most of
    the sheet is written in, which decides only where the text itself does not. What a
    font of capitals draws as capitals is given in capitals: TCVN3 has no others with
    tones.
    """
    if text.isascii() and not draws_capitals(font):
        return text, "unicode"
    if len(text) + len(font or "") > _MOST_REMEMBERED:
        return _drawn(text, font, majority)
    return _remembered(text, font, majority)


def _drawn(text: str, font: str | None, majority: str | None) -> tuple[str, str]:
    reading, name = _decoded(text, font, majority)
    shown = draws_capitals(font) and _has_capitals(text, name)
    return (reading.upper() if shown else reading), name


_remembered = lru_cache(maxsize=8192)(_drawn)


def _decoded(text: str, font: str | None, majority: str | None) -> tuple[str, str]:
    hint = font_charset(font)
    if text.isascii() or not (hint or majority or looks_legacy(text)):
        return _composed(text)
    beyond = any("\u0102" <= letter <= "\u1ef9" for letter in text)
    if (beyond and plausibility(text) == 1) or (
        hint is None and majority is None and plausibility(text) > _PLAUSIBLE
    ):
        return _composed(text)
    return _weighed(text, hint, majority)


def _weighed(text: str, hint: str | None, majority: str | None) -> tuple[str, str]:
    best, best_weight = ("unicode", text), float("-inf")
    beyond = any("\u0102" <= letter <= "\u1ef9" for letter in text)
    for name, read in _READINGS:
        reading = read(text)
        if name == "mixed" and not beyond:
            continue
        weight = plausibility(reading) + _prior(name, hint, majority, beyond=beyond)
        if len(text) < _SHORT_TEXT:
            weight += _short_prior(name, hint, majority) + _everyday(reading)
        if weight > best_weight:
            best, best_weight = (name, reading), weight
    name, reading = best
    if name == "unicode" or reading == text:
        return _composed(text)
    return unicodedata.normalize("NFC", reading), "mixed" if beyond else name


def _prior(name: str, hint: str | None, majority: str | None, *, beyond: bool) -> float:
    """What the font and the sheet add: less than a few malformed words take away."""
    if name == "unicode":
        return 0.3 if beyond or (hint is None and majority is None) else 0.0
    family = "tcvn3" if name == "mixed" else name
    return (0.5 if hint == family else 0.0) + (0.2 if majority == family else 0.0)


def _short_prior(name: str, hint: str | None, majority: str | None) -> float:
    """A few letters prove nothing: the font decides, and where it is silent the sheet."""
    said = hint or majority
    if said is None or name == "unicode":
        return 0.0
    strength = 1.0 if hint else 0.3
    return strength if said == ("tcvn3" if name == "mixed" else name) else -strength


def _everyday(reading: str) -> float:
    """What known words add to a short text, against a font that is not the text's own."""
    words = [word for word in _WORDS.findall(reading) if not word.isascii()]
    known = sum(word.lower() in _EVERYDAY and _is_natural(word) for word in words)
    return known / len(words) if words else 0.0


def _is_natural(word: str) -> bool:
    """Whether only the first letter is a capital, or none is, or all are."""
    return word[1:].islower() or word.isupper() or word.islower()


def _composed(text: str) -> tuple[str, str]:
    """Unicode in NFC; marks beside ready-made letters are windows-1258."""
    if text.isascii() or _TONES.search(text) is None:
        return unicodedata.normalize("NFC", text).replace("Ð", "Đ"), "unicode"
    spelled = "unicode" if _SHAPES.search(text) else "cp1258"
    return unicodedata.normalize("NFC", text).replace("Ð", "Đ"), spelled


Run = tuple[str, str | None]


def decode_runs(runs: Sequence[Run], majority: str | None = None) -> tuple[str, str]:
    """A rich text, run by run where the fonts belong to different charsets.

    `runs` are (text, font). Neighbours of one charset are joined first: VNI writes a
    base and its mark, which a run may have parted.
    """
    groups: list[list[Run]] = []
    for text, font in runs:
        if groups and font_charset(groups[-1][0][1]) == font_charset(font):
            groups[-1].append((text, font))
        else:
            groups.append([(text, font)])
    parts = [_decode_group(group, majority) for group in groups]
    names = {name for text, name in parts if not text.isascii()}
    name = names.pop() if len(names) == 1 else "mixed" if names else "unicode"
    return "".join(text for text, _ in parts), name


def _decode_group(runs: Sequence[Run], majority: str | None) -> tuple[str, str]:
    """Runs of one charset as one text; a single capital may be a run of its own."""
    text = "".join(written for written, _ in runs)
    reading, name = _decoded(text, runs[0][1], majority)
    drawn = [draws_capitals(font) for written, font in runs for _ in written]
    if len(drawn) != len(reading) or not _has_capitals(text, name):
        return reading, name
    letters = zip(reading, drawn, strict=True)
    return "".join(one.upper() if high else one for one, high in letters), name


def _has_capitals(text: str, name: str) -> bool:
    """Whether a font of capitals could draw this text: it has no letters of Unicode."""
    return text.isascii() or name in ("tcvn3", "mixed")
