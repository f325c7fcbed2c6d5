"""Content-transfer-encodings, undone by what the bytes are, not only by what is said."""

import binascii
import re
from collections.abc import Iterator

from pipeline.domain.mail.header_text import from_base64

# How files that a province may send begin.
MAGIC = re.compile(
    rb"PK\x03\x04|PK\x05\x06|\xd0\xcf\x11\xe0|%PDF|Rar!\x1a|7z\xbc\xaf|\x1f\x8b|\{\\rtf"
    rb"|\x78\x9f\x3e\x22|\xff\xd8\xff|\x89PNG|GIF8|II\*\x00|MM\x00\*"
)
_BASE64_LINES = re.compile(rb"\s*+(?:[A-Za-z0-9+/]{20,}+={0,2}[ \t]*+(?:\r?\n|\Z)){1,40}+")
_UU_BEGIN = re.compile(
    rb"^begin(-base64)? [0-7]{3,4} {1,8}+([^ \r\n][^\r\n]{0,249}+)\r?\n", re.MULTILINE
)
_UU_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)


def undo(body: bytes, declared: tuple[str, ...]) -> bytes:
    """The bytes behind a transfer encoding.

    `declared` holds every value the part names (several contradict each other). A
    body that is base64 of a known file is decoded whatever is declared.
    """
    bare = body.lstrip(b"\r\n\t ")
    if MAGIC.match(bare):
        return bare
    for attempt in _readings(body, declared):
        if MAGIC.match(attempt):
            return attempt
        deeper = _as_base64(attempt)
        if deeper is not None and MAGIC.match(deeper):
            return deeper
    return next(_readings(body, declared), body)


def _readings(body: bytes, declared: tuple[str, ...]) -> Iterator[bytes]:
    """What the body may be, likeliest first."""
    for name in declared:
        if name == "base64":
            yield from_base64(body)
        elif name == "quoted-printable":
            yield binascii.a2b_qp(body)
        elif name in ("x-uuencode", "uuencode", "x-uue", "uue"):
            yield next((data for _, data, _, _ in uu_blocks(body)), body)
    as_base64 = _as_base64(body)
    if as_base64 is not None and MAGIC.match(as_base64):
        yield as_base64
    yield body


def _as_base64(body: bytes) -> bytes | None:
    """The body decoded when it begins like base64, else None."""
    head = _BASE64_LINES.match(body[:4096])
    return from_base64(body) if head and head.end() >= min(len(body), 60) else None


def uu_blocks(text: bytes) -> Iterator[tuple[bytes, bytes, int, int]]:
    """The uuencoded files in a text: (name bytes, data, start, end), in order."""
    at = 0
    while (begin := _UU_BEGIN.search(text, at)) is not None:
        following = _UU_BEGIN.search(text, begin.end())
        limit = following.start() if following else len(text)
        end = _UU_END.search(text, begin.end(), limit)
        stop = end.start() if end else limit
        lines = text[begin.end() : stop]
        data = from_base64(lines) if begin[1] else _from_uu(lines)
        at = end.end() if end else limit
        # Without its end a block is only believed when it begins like a known file.
        if data and (end or MAGIC.match(data)):
            yield begin[2].rstrip(b" \t"), data, begin.start(), at


def _from_uu(lines: bytes) -> bytes:
    decoded = []
    for line in lines.splitlines():
        if not line.strip():
            continue
        # The first byte says how many bytes follow; trailing blanks may be lost.
        size = (line[0] - 32) & 63
        width = (size + 2) // 3 * 4
        padded = line[: 1 + width].ljust(1 + width)
        try:
            decoded.append(binascii.a2b_uu(padded))
        except binascii.Error:
            break
    return b"".join(decoded)
