"""XML that a strict parser refuses though its meaning is plain, made fit for one.

Letters that no XML may hold and bytes that are no letters become the sign for such: a
figure with one inside is no figure any more, and is asked about. Nothing is left out but
what stands outside of the root element.
"""

import re

_SPOILT = "\N{REPLACEMENT CHARACTER}"
_ENCODING = re.compile(
    rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9_-]{1,20})["']"""
)
_DECLARATION = re.compile(r"<\?xml[^<>]*>")
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]*+)")
_NO_LETTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_WIDE = (b"\xff\xfe", b"\xfe\xff")
# Encodings of several bytes a letter: the parser knows none of them.
_OF_SEVERAL = frozenset(
    ("gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr")
)
_OF_ONE = re.compile(
    r"utf-(?:8|16)|us-ascii|ascii|latin-?1|iso-8859-\d{1,2}|(?:windows-|cp)125\d"
)


def is_foreign(data: bytes) -> bool:
    """Whether XML says that it is in an encoding which the parser does not know."""
    declared = _ENCODING.match(data)
    return declared is not None and not _OF_ONE.fullmatch(declared[1].decode().lower())


def mended(data: bytes) -> bytes:
    """The XML in UTF-8 without what makes it unreadable; other bytes as they are."""
    text = _DECLARATION.sub("", _decoded(data), count=1)
    root = _ROOT.search(text)
    if root is None:
        return data
    end = text.rfind(f"</{root[1]}>")
    whole = text[: end + len(root[1]) + 3] if end >= 0 else text
    return _NO_LETTERS.sub(_SPOILT, whole).strip().encode()


def _decoded(data: bytes) -> str:
    if data.startswith(_WIDE):
        return data.decode("utf-16", "replace")
    declared = _ENCODING.match(data.lstrip())
    name = declared[1].decode().lower() if declared else "utf-8"
    known = name in _OF_SEVERAL or (_OF_ONE.fullmatch(name) and not name.startswith("utf"))
    return data.decode(name if known else "utf-8-sig", "replace")
