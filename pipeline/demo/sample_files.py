"""Files beside the workbook: narrative, scan, photograph, archive, locked book."""

import base64
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

# a zip member carries a date; the same sample must be the same bytes on every run
_MEMBER_DATE = (2013, 7, 1, 8, 0, 0)
_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DOCUMENT = (
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# a grey page of 6 x 8 pixels
_SMALL_JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEAAAAAAAD/2wBDAKBueIx4ZKCMgoy0qqC+8P//8Nzc8P//////////////////"
    "////////////////////////////////////////2wBDAaq0tPDS8P//////////////////////////"
    "////////////////////////////////////////////////////wAARCAAIAAYDASIAAhEBAxEB/8QA"
    "FAABAAAAAAAAAAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/xAAUAQEAAAAAAAAAAAAAAAAA"
    "AAAA/8QAFBEBAAAAAAAAAAAAAAAAAAAAAP/aAAwDAQACEQMRAD8AAA//2Q=="
)


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file to attach."""

    name: str
    data: bytes


def pack_zip(files: Iterable[NamedFile]) -> bytes:
    """The files in one archive, names in UTF-8, bytes equal on every run."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            info = zipfile.ZipInfo(file.name, _MEMBER_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, file.data)
    return target.getvalue()


def write_narrative(paragraphs: Iterable[str]) -> bytes:
    """A small genuine Word document (.docx) with these paragraphs."""
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
        for text in paragraphs
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels"'
        ' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_DOCUMENT}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument"'
        ' Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body>'
        "</w:document>",
    }
    return pack_zip(NamedFile(name, (_XML + text).encode()) for name, text in parts.items())


def write_scan(seed: str) -> bytes:
    """A PDF of one page that is nothing but a grey picture, as a scanner makes it."""
    width, height = 248, 351
    # noise on paper; nothing here is a secret
    picture = zlib.compress(random.Random(seed).randbytes(width * height // 8) * 8)  # noqa: S311
    paint = b"q 595 0 0 842 0 0 cm /Im0 Do Q"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /XObject << /Im0 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(paint), paint),
        b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray"
        b" /BitsPerComponent 8 /Filter /FlateDecode /Length %d >>\nstream\n%b\nendstream"
        % (width, height, len(picture), picture),
    )
    return _pdf(objects)


def _pdf(objects: Sequence[bytes]) -> bytes:
    """Numbered objects with the table of their places behind them."""
    data = b"%PDF-1.4\n"
    places = []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        data
        + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
        + table
        + b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(objects) + 1)
        + b"startxref\n%d\n%%%%EOF\n" % len(data)
    )


def write_photograph(seed: str) -> bytes:
    """A JPEG as large as a photograph from a telephone, most of it a comment."""
    noise = random.Random(seed).randbytes(60_000)  # noqa: S311 - filler, no secret
    comment = b"\xff\xfe" + struct.pack(">H", len(noise) + 2) + noise
    return _SMALL_JPEG[:2] + comment + _SMALL_JPEG[2:]


def write_locked_book(seed: str) -> bytes:
    """An Excel file with a password: an OLE file that holds an encrypted package."""
    noise = random.Random(seed)  # noqa: S311 - stands for cipher text, no secret
    description = (
        b"\x04\x00\x04\x00\x40\x00\x00\x00"
        b'<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"/>'
    )
    # streams below 4096 bytes would have to live in a second, smaller file system
    return _ole(
        (
            ("EncryptionInfo", description.ljust(4096, b" ")),
            ("EncryptedPackage", struct.pack("<Q", 8000) + noise.randbytes(8184)),
        )
    )


def _ole(streams: Sequence[tuple[str, bytes]]) -> bytes:
    """A compound file: header, one table of sectors, one sector of names, the streams."""
    table = [_FAT, _END]
    entries = [_ole_entry("Root Entry", kind=5, child=1, start=_END, size=0)]
    for number, (name, data) in enumerate(streams, start=1):
        sibling = number + 1 if number < len(streams) else _FREE
        entries.append(
            _ole_entry(name, kind=2, start=len(table), size=len(data), right=sibling)
        )
        sectors = len(data) // _SECTOR
        first = len(table)
        table += [*range(first + 1, first + sectors), _END]
    table += [_FREE] * (_SECTOR // 4 - len(table))
    header = struct.pack(
        "<8s16s6H10I",
        bytes.fromhex("D0CF11E0A1B11AE1"),
        b"",
        *(0x3E, 3, 0xFFFE, 9, 6, 0),
        *(0, 0, 1, 1, 0, 4096, _END, 0, _END, 0),
    ) + struct.pack("<109I", 0, *[_FREE] * 108)
    names = b"".join(entries).ljust(_SECTOR, b"\x00")
    return (
        header
        + struct.pack("<128I", *table)
        + names
        + b"".join(data for _, data in streams)
    )


def _ole_entry(
    name: str, *, kind: int, start: int, size: int, child: int = _FREE, right: int = _FREE
) -> bytes:
    written = name.encode("utf-16-le") + b"\x00\x00"
    return struct.pack(
        "<64sHBB3I16sI8s8sIQ",
        written,
        len(written),
        kind,
        1,
        *(_FREE, right, child),
        b"",
        0,
        b"",
        b"",
        start,
        size,
    )
