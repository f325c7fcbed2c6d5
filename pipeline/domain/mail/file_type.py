"""What a file is by its first bytes; its name is only asked where bytes cannot tell."""

import io
import re
import struct
import zipfile
import zlib

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "pdf"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gz"),
    (b"{\\rtf", "rtf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"GIF8", "gif"),
    (b"\x78\x9f\x3e\x22", "tnef"),
    (b"BM", "bmp"),
)
_BIFF = re.compile(rb"\x09[\x00\x02\x04\x08](?:\x04|\x06|\x08|\x10)\x00")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
_MAIL = re.compile(
    rb"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?"
    rb"(?:From|Received|Return-Path|Message-ID|Delivered-To|MIME-Version):",
    re.IGNORECASE,
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_TEXTS = {"csv": "csv", "tsv": "csv", "tab": "csv", "xls": "csv"}
# The names in a zip's directory tell the package from the archive.
_PACKAGES: tuple[tuple[str, str], ...] = (
    ("xl/workbook.bin", "xlsb"),
    ("xl/vbaproject.bin", "xlsm"),
    ("xl/workbook", "xlsx"),
    ("xl/worksheets/", "xlsx"),
    ("word/document", "docx"),
    ("ppt/presentation", "pptx"),
)
_CUT: tuple[tuple[bytes, str], ...] = (
    (b"xl/workbook.bin", "xlsb"),
    (b"xl/work", "xlsx"),
    (b"xl/theme", "xlsx"),
    (b"word/", "docx"),
)
_BROKEN_ZIP = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    RuntimeError,
    NotImplementedError,
    ValueError,
    OSError,
)
_ODF = (
    (b"opendocument.spreadsheet", "ods"),
    (b"opendocument.text", "odt"),
)
# Names of streams in an OLE directory, in UTF-16.
_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "ole-encrypted"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "doc"),
    ("__properties_version1.0", "msg"),
    ("PowerPoint Document", "ppt"),
)
SPREADSHEETS = frozenset(
    ("xlsx", "xlsm", "xls", "xlsb", "ods", "xml-sheet", "ole-encrypted")
)
"""Types that are workbooks whatever the file is called."""


def sniff(data: bytes, name: str = "") -> str:
    """The type of a file: xlsx, xlsm, xls, xlsb, ods, docx, doc, pdf, zip, rar, 7z, gz,
    tar, rtf, png, jpg, tiff, gif, bmp, tnef, msg, eml, html, xml-sheet, csv, txt,
    ole-encrypted, ole, empty or unknown.
    """  # fmt: skip
    if not data.strip(b"\x00 \t\r\n"):
        return "empty"
    if data.startswith(_OLE):
        return _ole(data)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK00PK")):
        return _zip(data)
    return _by_magic(data) or _text(data, name)


def _by_magic(data: bytes) -> str | None:
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            return kind
    if data[257:262] == b"ustar":
        return "tar"
    return "xls" if _BIFF.match(data) else None


def _zip(data: bytes) -> str:
    """The package a zip holds, by the names in its directory; "zip" when none."""
    try:
        package = zipfile.ZipFile(io.BytesIO(data))
        names = package.namelist()
        mimetype = package.open("mimetype").read(100) if "mimetype" in names else b""
    except _BROKEN_ZIP:
        return _cut_package(data)
    for mark, kind in _ODF:
        if mark in mimetype:
            return kind
    lower = [name.replace("\\", "/").lstrip("/").lower() for name in names]
    for prefix, kind in _PACKAGES:
        if any(name.startswith(prefix) for name in lower):
            return kind
    return "zip"


def _cut_package(data: bytes) -> str:
    """A zip without its directory: a damaged office file when its parts are named so."""
    return next((kind for name, kind in _CUT if name in data[:262_144]), "zip")


def _ole(data: bytes) -> str:
    for stream, kind in _STREAMS:
        if stream.encode("utf-16-le") + b"\x00\x00" in data:
            return kind
    return "xls" if _BIFF.match(data[512:520]) else "ole"


def _text(data: bytes, name: str) -> str:
    head = data[:8192]
    if head.startswith(_BOMS[1:]):
        head = head.decode("utf-16", "replace").encode("utf-8", "replace")
    head = head.removeprefix(_BOMS[0]).lstrip()
    if b"\x00" in head:
        return "unknown"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return "xml-sheet"
    if _HTML.search(head[:2048]):
        return "html"
    if _MAIL.match(head):
        return "eml"
    return _plain(head, name)


def _plain(head: bytes, name: str) -> str:
    """Text: a table by its extension or by separators that come in every line."""
    controls = sum(1 for byte in head if byte < 32 and byte not in b"\t\r\n\x0c\x1b")
    if controls > len(head) // 50:
        return "unknown"
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    if extension in _TEXTS:
        return _TEXTS[extension]
    lines = [line for line in head.splitlines()[:20] if line.strip()]
    for mark in (b"\t", b";"):
        if len(lines) >= 3 and all(line.count(mark) >= 2 for line in lines[:-1]):
            return "csv"
    return "txt"
