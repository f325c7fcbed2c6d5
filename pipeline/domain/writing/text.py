"""Text of people, made comparable: composed, squeezed, and folded to a match key."""

import re
import unicodedata
from functools import lru_cache

_MOST_REMEMBERED = 300
_MARKS = re.compile("[\u0300-\u036f]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_NO_WORD = re.compile(r"[^0-9a-z]+")
# Letters that look alike but are not: eth for D with stroke, Cyrillic for Latin.
# "y" and "i" are one letter in the key, as Vietnamese spells "sĩ" and "sỹ" alike.
_FOLD = str.maketrans("đðаеорсухіy", "ddaeopcuxii")


def compose(text: str) -> str:
    """Text in NFC with plain spaces, one at a time, and no invisible characters.

    Only for text that is Unicode already: in TCVN3 the soft hyphen is a letter.
    """
    if len(text) > _MOST_REMEMBERED:
        return _compose(text)
    return _composed(text)


def _compose(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFC", text)).split())


_composed = lru_cache(maxsize=8192)(_compose)


def match_key(text: str) -> str:
    """Text without tone marks, diacritics, case and punctuation: what is compared.

    "Hoà Bình", "HÒA  BÌNH" and "Hoa Binh" have one key.
    """
    if len(text) > _MOST_REMEMBERED:
        return _key(text)
    return _remembered_key(text)


def _key(text: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFD", _INVISIBLE.sub("", text)))
    return _NO_WORD.sub(" ", bare.lower().translate(_FOLD)).strip()


_remembered_key = lru_cache(maxsize=16384)(_key)


def unmarked(text: str) -> str:
    """Text in small letters without tone marks and diacritics; punctuation stays."""
    if len(text) > _MOST_REMEMBERED:
        return _unmark(text)
    return _unmarked(text)


def _unmark(text: str) -> str:
    bare = _MARKS.sub("", unicodedata.normalize("NFD", _INVISIBLE.sub("", text)))
    return bare.lower().replace("đ", "d")


_unmarked = lru_cache(maxsize=8192)(_unmark)


def tokens(text: str) -> tuple[str, ...]:
    """The words of a text's match key."""
    return tuple(match_key(text).split())
