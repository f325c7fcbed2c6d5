"""What a file is by its first bytes; its name is only asked where bytes cannot tell."""

import io
import lzma
import re
import struct
import zipfile
import zlib

from pipeline.domain.mail.compound_file import MAGIC as _OLE
from pipeline.domain.mail.compound_file import root_names

_ZIP_END = b"PK\x05\x06"
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
    (b"ID;P", "slk"),
    (b"TABLE\r\n0,1", "dif"),
    (b"TABLE\n0,1", "dif"),
    (b"\x00\x00\x02\x00\x04\x04", "lotus"),
    (b"\x00\x00\x02\x00\x06\x04", "lotus"),
    (b"\x00\x00\x1a\x00", "lotus"),
)
_BIFF = re.compile(rb"\x09[\x00\x02\x04\x08](?:\x04|\x06|\x08|\x10)\x00")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|meta)\b", re.IGNORECASE)
_MAIL = re.compile(
    rb"(?:[!-9;-~]+:[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*)*?"
    rb"(?:From|Received|Return-Path|Message-ID|Delivered-To|MIME-Version):",
    re.IGNORECASE,
)
_WEB_ARCHIVE = re.compile(
    rb"(?:[!-9;-~]++:[^\r\n]*+\r?\n)*?X-Document-Type:[ \t]*Workbook", re.IGNORECASE
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
    ("index/document.iwa", "numbers"),
    ("index.zip", "numbers"),
)
# What a package calls itself when its parts have names of their own.
_DECLARED: tuple[tuple[str, bytes, str], ...] = (
    ("[content_types].xml", b"spreadsheetml.sheet.main", "xlsx"),
    ("[content_types].xml", b"spreadsheetml.template.main", "xlsx"),
    ("[content_types].xml", b"ms-excel.sheet.macroenabled.main", "xlsm"),
    ("[content_types].xml", b"ms-excel.sheet.binary", "xlsb"),
    ("[content_types].xml", b"wordprocessingml.document.main", "docx"),
    ("meta-inf/manifest.xml", b"opendocument.spreadsheet", "ods"),
    ("meta-inf/manifest.xml", b"opendocument.text", "odt"),
)
_CUT: tuple[tuple[bytes, str], ...] = (
    (b"xl/workbook.bin", "xlsb"),
    (b"xl/work", "xlsx"),
    (b"xl/theme", "xlsx"),
    (b"word/", "docx"),
)
_BROKEN_ZIP = (
    EOFError,
    lzma.LZMAError,
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
    (b"vnd.sun.xml.calc", "ods"),
    (b"opendocument.text", "odt"),
)
# Names of streams in an OLE directory.
_STREAMS: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "ole-encrypted"),
    ("\x09DRMContent", "ole-encrypted"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("WordDocument", "doc"),
    ("__properties_version1.0", "msg"),
    ("PowerPoint Document", "ppt"),
)
SPREADSHEETS = frozenset(
    ("xlsx", "xlsm", "xls", "xlsb", "ods", "fods", "xml-sheet", "mhtml", "slk", "dif",
     "ole-encrypted")
)  # fmt: skip
"""Types that are workbooks whatever the file is called."""


def sniff(data: bytes, name: str = "") -> str:
    """The type of a file: xlsx, xlsm, xls, xlsb, ods, fods, docx, doc, pdf, zip, rar, 7z,
    gz, tar, rtf, png, jpg, tiff, gif, bmp, tnef, msg, eml, html, mhtml, xml-sheet, csv,
    txt, slk, dif, lotus, numbers, ole-encrypted, ole, empty or unknown.
    """  # fmt: skip
    if not data.strip(b"\x00 \t\r\n"):
        return "empty"
    if data.startswith(_OLE):
        return _ole(data)
    # a byte order mark, a blank line or the mark of a split archive may stand before
    if data.startswith(_ZIP_END) or data.find(b"PK\x03\x04", 0, 12) >= 0:
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
        package = zipfile.ZipFile(io.BytesIO(without_tail(data)))
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
    return _declared(package, dict(zip(lower, names, strict=True)))


def _declared(package: zipfile.ZipFile, names: dict[str, str]) -> str:
    for part, mark, kind in _DECLARED:
        if part in names and mark in _head_of(package, names[part]):
            return kind
    return "zip"


def _head_of(package: zipfile.ZipFile, name: str) -> bytes:
    try:
        with package.open(name) as stream:
            return stream.read(100_000).lower()
    except _BROKEN_ZIP:
        return b""


def without_tail(data: bytes) -> bytes:
    """A zip without what was added behind it, when that is too long to look past."""
    end = data.rfind(_ZIP_END)
    return data[: end + 22] if 0 <= end < len(data) - 22 - 0xFFFF else data


def _cut_package(data: bytes) -> str:
    """A zip without its directory: a damaged office file when its parts are named so."""
    return next((kind for name, kind in _CUT if name in data[:262_144]), "zip")


def _ole(data: bytes) -> str:
    names = root_names(data)
    for stream, kind in _STREAMS:
        if names is not None and stream.lower() in names:
            return kind
        if names is None and stream.encode("utf-16-le") + b"\x00\x00" in data:
            return kind
    return "xls" if _BIFF.match(data[512:520]) else "ole"


def _text(data: bytes, name: str) -> str:
    head = data[:8192]
    wide = wide_encoding(head)
    if wide:
        head = head.decode(wide, "replace").encode("utf-8", "replace")
    head = head.removeprefix(_BOMS[0]).lstrip()
    if b"\x00" in head:
        return "unknown"
    return _marked(head) or _plain(head, name)


def _marked(head: bytes) -> str | None:
    """The type of a text that says of itself what it is."""
    if b"<office:document" in head and _ODF[0][0] in head:
        return "fods"
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        return "xml-sheet"
    if _WEB_ARCHIVE.match(head):
        return "mhtml"
    if _HTML.search(head[:2048]):
        return "html"
    return "eml" if _MAIL.match(head) else None


def wide_encoding(head: bytes) -> str | None:
    """The encoding of a text of two bytes a letter, whether it has a mark or not."""
    if head.startswith(_BOMS[1:]):
        return "utf-16"
    low, high, half = head[::2].count(0), head[1::2].count(0), len(head) // 2
    if 2 * max(low, high) <= half or min(low, high) > half // 50:
        return None
    return "utf-16-be" if low > high else "utf-16-le"


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
