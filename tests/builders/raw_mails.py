"""Raw messages and archives, written byte by byte: broken ones too."""

import base64
import io
import struct
import unicodedata
import warnings
import zipfile
from collections.abc import Iterable

from pipeline.domain.writing.legacy_charsets import TCVN3

OURS = "khtc@example.gov.vn"
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_TO_TCVN3 = {letter: code for code, letter in TCVN3.items()}


def mail(*headers: str | bytes, body: bytes = b"", sender: str | None = "a@b.vn") -> bytes:
    """A message of these header lines; From and To are added."""
    lines = [f"From: {sender}".encode()] if sender is not None else []
    lines.append(f"To: {OURS}".encode())
    lines += [line.encode() if isinstance(line, str) else line for line in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def multipart(
    *parts: bytes, boundary: str = "b0", kind: str = "mixed"
) -> tuple[str, bytes]:
    """(Content-Type line, body) of a multipart."""
    mark = b"--" + boundary.encode()
    body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"', body + mark + b"--\r\n"


def attached(data: bytes, *headers: str | bytes) -> bytes:
    """A part in base64 with these header lines."""
    lines = [line.encode() if isinstance(line, str) else line for line in headers]
    lines.append(b"Content-Transfer-Encoding: base64")
    return b"\r\n".join(lines) + b"\r\n\r\n" + base64.encodebytes(data)


def named(data: bytes, name: str | bytes) -> bytes:
    """An attachment whose file name stands raw in its header."""
    raw = name.encode() if isinstance(name, str) else name
    return attached(data, b'Content-Disposition: attachment; filename="' + raw + b'"')


def zipped(*members: tuple[str, bytes]) -> bytes:
    """A zip of (name, data)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                archive.writestr(name, data)
    return stream.getvalue()


def zipped_raw(raw_name: bytes, data: bytes) -> bytes:
    """A zip whose one member's name is raw bytes, without the UTF-8 flag."""
    placeholder = "n" * len(raw_name)
    return zipped((placeholder, data)).replace(placeholder.encode(), raw_name)


def workbook() -> bytes:
    """The least zip that is taken for an .xlsx."""
    return zipped(("[Content_Types].xml", b"<x/>"), ("xl/workbook.xml", b"<x/>"))


def in_cp1258(text: str) -> bytes:
    """Text as Vietnamese Windows wrote it: tones behind their letter."""
    out = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            base = "".join(sign for sign in parts if sign not in _TONES)
            tone = "".join(sign for sign in parts if sign in _TONES)
            out += (unicodedata.normalize("NFC", base) + tone).encode("cp1258")
    return out


def in_tcvn3(text: str) -> bytes:
    """Text as ABC fonts hold it; capitals with tones have no byte there."""
    return bytes(_TO_TCVN3.get(letter, ord(letter)) for letter in text)


def without_marks(text: str) -> str:
    """Text as it is typed without a Vietnamese keyboard."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def tnef(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A winmail.dat; each file has a short title and a long name in its properties."""
    out = struct.pack("<IH", 0x223E9F78, 1)
    for name, data in files:
        out += _attribute(0x00069002, b"\0" * 14)
        out += _attribute(0x00018010, b"SHORT~1.XLS\0")
        out += _attribute(0x0006800F, data)
        out += _attribute(0x00069005, _properties(name))
    return out


def _attribute(kind: int, data: bytes) -> bytes:
    checksum = sum(data) & 0xFFFF
    return struct.pack("<BII", 2, kind, len(data)) + data + struct.pack("<H", checksum)


def _properties(name: str) -> bytes:
    long_name = (name + "\0").encode("utf-16-le")
    padded = long_name + b"\0" * (-len(long_name) % 4)
    number = struct.pack("<HHI", 0x0003, 0x3705, 1)
    title = struct.pack("<HHII", 0x001F, 0x3707, 1, len(long_name)) + padded
    # A property with a name of its own, as Outlook adds them, stands before.
    named_property = struct.pack("<HH", 0x0003, 0x8001) + b"\0" * 16
    named_property += struct.pack("<III", 0, 7, 9)
    return struct.pack("<I", 3) + named_property + number + title
