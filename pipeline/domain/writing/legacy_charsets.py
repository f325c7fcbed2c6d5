"""The two charsets of before Unicode, as tables: TCVN3 (ABC) and VNI."""

import unicodedata

_TCVN3_BYTES = bytes.fromhex(
    "A1A2A3A4A5A6A7A8A9AAABACADAEB5B6B7B8B9BBBCBDBEC6C7C8C9CACBCCCECFD0D1D2D3D4D5D6D7"
    "D8DCDDDEDFE1E2E3E4E5E6E7E8E9EAEBECEDEEEFF1F2F3F4F5F6F7F8F9FAFBFCFDFE"
)
_TCVN3_LETTERS = (
    "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
)
TCVN3 = dict(zip(_TCVN3_BYTES, _TCVN3_LETTERS, strict=True))
"""Code point of the legacy character to the letter it stands for (74 of them)."""

_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"
_CIRCUMFLEX, _BREVE = "\u0302", "\u0306"
_TONES = {"ø": _GRAVE, "ù": _ACUTE, "õ": _TILDE, "û": _HOOK, "ï": _DOT}
_HATS = {"â": "", "à": _GRAVE, "á": _ACUTE, "ã": _TILDE, "å": _HOOK, "ä": _DOT}
_BOWLS = {"ê": "", "è": _GRAVE, "é": _ACUTE, "ü": _TILDE, "ú": _HOOK, "ë": _DOT}
_SINGLES = {"ñ": "đ", "æ": "ỉ", "ò": "ị", "ó": "ĩ", "ô": "ơ", "ö": "ư", "î": "ỵ"}


def _vni_pairs() -> dict[str, str]:
    """Base and mark, in every mix of case, to the letter; capitals by the base."""
    marks = {(base, mark): tone for base in "aeiouyôö" for mark, tone in _TONES.items()}
    marks |= {
        (base, mark): _CIRCUMFLEX + tone for base in "aeo" for mark, tone in _HATS.items()
    }
    marks |= {("a", mark): _BREVE + tone for mark, tone in _BOWLS.items()}
    pairs = {}
    for (base, mark), combining in marks.items():
        letter = unicodedata.normalize("NFC", _SINGLES.get(base, base) + combining)
        for written in (mark, mark.upper()):
            pairs[base + written] = letter
            pairs[base.upper() + written] = letter.upper()
    return pairs


VNI_PAIRS = _vni_pairs()
"""Two VNI characters to the letter that they draw together."""
VNI_SINGLES = _SINGLES | {old.upper(): new.upper() for old, new in _SINGLES.items()}
"""VNI characters that draw a letter alone."""
