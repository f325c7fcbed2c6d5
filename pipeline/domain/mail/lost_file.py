"""Signs, in raw bytes, of a file that nobody took out of them."""

import re
from collections.abc import Iterator

_WINDOW = 4 * 1024 * 1024
# The first bytes of zip, OLE, PDF, RAR, 7z and winmail.dat: plain and as base64 writes
# them. Base64 is looked for after everything that is not of its alphabet is dropped.
_PLAIN = re.compile(
    rb"PK\x03\x04|\xd0\xcf\x11\xe0\xa1\xb1|%PDF-1\.|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c"
    rb"|PK=03=04|=D0=CF=11=E0|7z=BC=AF|Rar!=1A=07|=1F=8B=08",
    re.IGNORECASE,
)
_BASE64 = re.compile(
    rb"UEsDB[A-Za-z0-9+/]{20}|0M8R4KGx[A-Za-z0-9+/]{16}|JVBERi0[A-Za-z0-9+/]{20}"
    rb"|H4sIA[A-Za-z0-9+/]{20}|UmFyIRo[A-Za-z0-9+/]{16}|N3q8ryc[A-Za-z0-9+/]{16}|eJ8\+I[A-Za-z0-9+/]{20}"
)
_NOT_BASE64 = bytes(
    byte
    for byte in range(256)
    if byte not in b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\f\r\x1b")
_UU = re.compile(
    rb"^(?:begin(?:-base64)? [0-7]{3,4} +\S|=ybegin line=|\(This file must be converted)",
    re.MULTILINE,
)
_NAMED = re.compile(
    rb"^content-[a-z-]{1,40}[ \t]*:[^\r\n]{0,400}(?:\r?\n[ \t][^\r\n]{0,400}){0,4}?"
    rb"\b(?:file)?name\*?\d{0,3}\*?[ \t]*=",
    re.MULTILINE | re.IGNORECASE,
)
_HEADER = re.compile(
    rb"^content-(?:type|disposition|transfer-encoding)[ \t]*:",
    re.MULTILINE | re.IGNORECASE,
)
_BLOCK = re.compile(rb"(?:^[A-Za-z0-9+/]{60,76}\r?\n){4}", re.MULTILINE)


def hints_of_file(region: bytes, *, headers: bool) -> Iterator[str]:
    """Names of the signs met in a region; `headers`: MIME fields count as well."""
    # A lone carriage return ends a line too.
    seen = region[:_WINDOW].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if _PLAIN.search(seen):
        yield "magic"
    if _BASE64.search(seen) or _BASE64.search(seen.translate(None, _NOT_BASE64)):
        yield "base64"
    elif _BLOCK.search(seen) and b"-----BEGIN PGP" not in seen:
        yield "base64-block"
    if _UU.search(seen):
        yield "uuencode"
    if len(seen[:4096].translate(None, _CONTROLS)) < 0.98 * len(seen[:4096]):
        yield "binary"
    if _NAMED.search(seen):
        yield "name"
    elif headers and _HEADER.search(seen):
        yield "mime-header"


def hints_of_fields(encoded: bytes) -> Iterator[str]:
    """Signs that a coded text began too early: MIME fields stand where its code should."""
    head = encoded[:4096].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if _NAMED.search(head):
        yield "name"
    elif _HEADER.search(head):
        yield "mime-header"


def hints_of_damage(encoded: bytes, decoded: bytes) -> Iterator[str]:
    """Signs that a part was a file of a known type before its encoding broke."""
    head = encoded[:1024]
    if _PLAIN.search(decoded[:512]) or _PLAIN.search(head):
        yield "magic"
    if _BASE64.search(head.translate(None, _NOT_BASE64)[:200]):
        yield "base64"
    if _UU.search(head):
        yield "uuencode"
