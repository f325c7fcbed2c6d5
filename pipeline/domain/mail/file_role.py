"""What a file of a mail is for: workbook, narrative, scan, container or nothing to us."""

import re
import zlib

from pipeline.domain.mail.file_path import extension
from pipeline.domain.mail.file_type import SPREADSHEETS
from pipeline.domain.mail.message import Role

MAX_FILE = 30 * 1024 * 1024
_SHEET_NAMES = frozenset(
    ("xls", "xlsx", "xlsm", "xlsb", "xlt", "xltx", "xltm", "ods", "fods", "ots", "sxc",
     "et", "ett", "csv", "slk", "dif", "wk1", "wks", "numbers")
)  # fmt: skip
_PAGE_NAMES = frozenset(("htm", "html", "xhtml", "mht", "mhtml"))
# What a spreadsheet leaves in a page that it saves; no other page has it.
_OF_A_SHEET = re.compile(
    rb"\sx:num\b|\ssdval=|\bExcel\.Sheet\b|schemas-microsoft-com:office:excel",
    re.IGNORECASE,
)
_TEXT_NAMES = frozenset({"doc", "docx", "docm", "odt", "rtf", "pdf"})
_ARCHIVE_NAMES = frozenset({"zip", "rar", "7z", "gz", "tgz", "tar", "arj", "bz2", "xz"})
_PICTURE_NAMES = frozenset({"jpg", "jpeg", "png", "tif", "tiff"})
_NAMED_OTHERWISE = _TEXT_NAMES | _ARCHIVE_NAMES
_TEXTS = frozenset({"docx", "doc", "rtf", "odt"})
_PICTURES = frozenset({"jpg", "png", "tiff", "bmp"})
_SHOWN = frozenset({"ppt", "pptx", "txt", "html"})
# A logo or a pasted signature is smaller than a picture of a table.
_SCAN_FROM = 40 * 1024
_INLINE_SCAN_FROM = 150 * 1024
_LITTER = re.compile(r"(?:\._|~\$).*|\.ds_store|thumbs\.db|desktop\.ini", re.IGNORECASE)
_IMAGE = re.compile(rb"/Subtype\s*/Image\b|/FlateDecode\s*/DCTDecode|/DCTDecode\b")
_END_RECORD = 22
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b[^>]{0,500}>>\s*stream\r?\n")
_MACROS = (b"vbaProject.bin", "_VBA_PROJECT".encode("utf-16-le"))


def role_of(kind: str, name: str, data: bytes, *, inline: bool) -> Role:
    """The role of a file that is no container, by its type and then by its name."""
    ending = extension(name)
    if _LITTER.fullmatch(name):
        return Role.OTHER
    if kind in SPREADSHEETS or kind == "csv" or _is_sheet_page(kind, ending, data):
        return Role.WORKBOOK
    if kind in _PICTURES:
        floor = _INLINE_SCAN_FROM if inline else _SCAN_FROM
        return Role.SCAN if len(data) > floor else Role.OTHER
    if kind in _TEXTS or kind == "pdf":
        return Role.SCAN if kind == "pdf" and is_scanned_pdf(data) else Role.NARRATIVE
    return _role_by_name(kind, ending)


def _is_sheet_page(kind: str, ending: str, data: bytes) -> bool:
    return kind == "html" and ending in _PAGE_NAMES and bool(_OF_A_SHEET.search(data))


def _role_by_name(kind: str, ending: str) -> Role:
    """The role of a file whose bytes leave it open."""
    # In a compound file of no known kind the reader says what is wrong.
    if ending in _SHEET_NAMES or (kind == "ole" and ending not in _NAMED_OTHERWISE):
        return Role.WORKBOOK
    if ending in _TEXT_NAMES:
        return Role.NARRATIVE
    if ending in _ARCHIVE_NAMES:
        return Role.CONTAINER
    if ending in _PICTURE_NAMES and kind == "unknown":
        return Role.SCAN
    return Role.DOCUMENT if kind in _SHOWN else Role.OTHER


def problem_of(kind: str, role: Role, data: bytes) -> str | None:
    """The finding code of a file that cannot be of use, None when it may be read.

    A workbook of an unknown kind is left to the reader, which knows more of it.
    """
    if role is Role.OTHER:
        return None
    if kind == "empty":
        return "empty-file"
    if len(data) > MAX_FILE:
        return "too-big"
    if role is Role.WORKBOOK:
        return None
    broken = kind in ("unknown", "zip") or _is_cut(data)
    return "unreadable-file" if broken else None


def _is_cut(data: bytes) -> bool:
    """Whether a zip package lacks its end, where its directory stands."""
    if not data.startswith(b"PK\x03\x04"):
        return False
    end = data.rfind(b"PK\x05\x06")
    return end < 0 or len(data) - end < _END_RECORD


def is_scanned_pdf(data: bytes) -> bool:
    """Whether a PDF shows pictures and no text: it names no font anywhere."""
    if b"/Font" in data or _IMAGE.search(data) is None:
        return False
    # Newer writers keep their objects, fonts too, in compressed streams.
    for count, stream in enumerate(_OBJECT_STREAM.finditer(data)):
        if count >= 50 or b"/Font" in _inflated(data, stream.end()):
            return False
    return True


def _inflated(data: bytes, at: int) -> bytes:
    try:
        return zlib.decompressobj().decompress(data[at : at + 1_000_000], 1_000_000)
    except zlib.error:
        return b""


def has_macros(data: bytes) -> bool:
    """Whether an Office file carries a VBA project."""
    return any(mark in data for mark in _MACROS)
