"""Bytes of a workbook to typed cells, whatever the format and whoever wrote it."""

from collections.abc import Callable, Mapping

from pipeline.adapters.workbook_reading.around_cells import comments_of
from pipeline.adapters.workbook_reading.calamine_values import CalamineBook
from pipeline.adapters.workbook_reading.encryption import decrypted
from pipeline.adapters.workbook_reading.exchange_files import read_dif, read_slk
from pipeline.adapters.workbook_reading.ods_book import read_flat_ods, read_ods
from pipeline.adapters.workbook_reading.ooxml_parts import read_parts
from pipeline.adapters.workbook_reading.ooxml_sheet import read_sheet
from pipeline.adapters.workbook_reading.package import Package
from pipeline.adapters.workbook_reading.raw import (
    RawSheet,
    check_bounds,
    finish,
)
from pipeline.adapters.workbook_reading.spreadsheet_ml import read_spreadsheet_ml
from pipeline.adapters.workbook_reading.text_tables import read_csv, read_html
from pipeline.adapters.workbook_reading.two_readers import differences
from pipeline.adapters.workbook_reading.web_archive import read_web_archive
from pipeline.adapters.workbook_reading.xlrd_book import read_xls
from pipeline.adapters.workbook_reading.xls_extent import asks_too_much
from pipeline.adapters.workbook_reading.xlsb_book import read_xlsb, widest
from pipeline.adapters.workbook_reading.xml_mending import mended
from pipeline.domain.mail import file_type
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.reading.sheet import UnreadableWorkbookError, Workbook

_LARGEST_AREA = 2_000_000
_LARGEST_FILE = 30 * 1024 * 1024
_TEXT_READERS: Mapping[str, Callable[[bytes], list[RawSheet]]] = {
    "html": read_html,
    "mhtml": read_web_archive,
    "csv": read_csv,
    "xml-sheet": read_spreadsheet_ml,
    "fods": read_flat_ods,
    "slk": read_slk,
    "dif": read_dif,
}
_PACKAGES = frozenset(("xlsx", "xlsm", "xlsb", "ods"))
_OF_XML = frozenset(("xlsx", "xlsm", "ods", "fods", "xml-sheet"))


def sniff(data: bytes) -> str:
    """The type of a file by its magic bytes (`pipeline.domain.mail.file_type`)."""
    return file_type.sniff(data)


def open_workbook(data: bytes, path: str, known: str = "") -> Workbook:
    """Every sheet of a workbook with decoded text and exact numbers.

    `path` is kept as the origin of every cell. A package that is `known` to be one need
    not be asked for its type again. Raises UnreadableWorkbookError with the
    finding code when the bytes give no cells. Cells in which two readers see different
    values are marked `disputed` in their sheet.
    """
    kind = known if known in _PACKAGES else file_type.sniff(data, path)
    if kind == "empty":
        raise UnreadableWorkbookError("empty-file", path)
    if len(data) > _LARGEST_FILE:
        raise UnreadableWorkbookError("too-big", f"{path}: {len(data)} bytes")
    if kind == "ole-encrypted":
        data = decrypted(data)
        kind = file_type.sniff(data, path)
    sheets, findings = _read_or_mended(data, path, kind)
    check_bounds(sheets)
    return Workbook(
        path=path,
        type=kind,
        sheets=tuple(finish(sheet) for sheet in sheets),
        findings=tuple(findings),
    )


_Read = tuple[list[RawSheet], list[Finding]]


def _read_or_mended(data: bytes, path: str, kind: str) -> _Read:
    """The sheets; of a file whose XML no parser takes, after its XML was mended."""
    try:
        return _read(data, path, kind)
    except UnreadableWorkbookError as error:
        if error.code != "unreadable-file" or kind not in _OF_XML:
            raise
    if kind in ("fods", "xml-sheet"):
        return _read(mended(data), path, kind)
    return _read(data, path, kind, mend=True)


def _read(data: bytes, path: str, kind: str, *, mend: bool = False) -> _Read:
    if kind in ("xlsx", "xlsm"):
        return _read_ooxml(Package(data, mend=mend), data, path)
    if kind == "xls":
        return _read_xls(data), []
    if kind == "ods":
        return _compared(data, read_ods(Package(data, mend=mend))), []
    if kind == "xlsb":
        return _read_xlsb(data), []
    return _read_text(data, kind), []


def _read_text(data: bytes, kind: str) -> list[RawSheet]:
    if kind in _TEXT_READERS:
        return _TEXT_READERS[kind](data)
    if kind == "ole-encrypted":
        raise UnreadableWorkbookError("password-protected", "a lock within a lock")
    broken = kind in ("ole", "zip", "unknown")
    raise UnreadableWorkbookError(
        "unreadable-file" if broken else "unsupported-type", f"{kind} is no workbook"
    )


def _read_ooxml(package: Package, data: bytes, path: str) -> _Read:
    """All of an .xlsx from its XML, compared cell by cell with what calamine sees."""
    parts = read_parts(package)
    sheets = []
    for listed in parts.sheets:
        sheet = RawSheet(listed.name, listed.hidden)
        part = package.read(listed.part)
        if part:
            read_sheet(sheet, part, listed.part, parts)
            sheet.comments.extend(comments_of(package, listed.part))
        sheets.append(sheet)
    if parts.lost and not any(sheet.cells for sheet in sheets):
        raise UnreadableWorkbookError("unreadable-file", f"{path}: no worksheet in it")
    macros = [Finding("macro-present", Severity.INFO, path=path)] if parts.macros else []
    return _compared(data, sheets), macros


def _read_xls(data: bytes) -> list[RawSheet]:
    """An .xls by xlrd, compared with calamine.

    What xlrd refuses it reads once more without formats and with less scruple; what it
    refuses then as well is left to calamine alone.
    """
    try:
        sheets = read_xls(data)
    except UnreadableWorkbookError as error:
        if error.code == "password-protected":
            return read_xls(decrypted(data))
        try:
            return read_xls(data, formats=False)
        except UnreadableWorkbookError:
            return _by_calamine(data)
    if asks_too_much(data):
        return sheets
    seen = any(sheet.cells for sheet in sheets)
    return _compared(data, sheets) if seen else _seen_by_another(data, sheets)


def _by_calamine(data: bytes) -> list[RawSheet]:
    """An .xls by calamine alone, which makes room for all that a file says it holds."""
    if asks_too_much(data, look_at_cells=True):
        raise UnreadableWorkbookError("unreadable-file", "sizes that no file has")
    return CalamineBook(data).sheets()


def _read_xlsb(data: bytes) -> list[RawSheet]:
    """An .xlsb from its records, compared with calamine; by it alone when they are odd."""
    package = Package(data)
    try:
        sheets = read_xlsb(package)
    except UnreadableWorkbookError as error:
        if error.code != "unreadable-file" or widest(package) > _LARGEST_AREA:
            raise
        return CalamineBook(data).sheets()
    return _compared(data, sheets)


def _seen_by_another(data: bytes, sheets: list[RawSheet]) -> list[RawSheet]:
    """What calamine sees in a file that has no cell for xlrd: macro sheets, for one."""
    try:
        return _by_calamine(data) or sheets
    except UnreadableWorkbookError:
        return sheets


def _compared(data: bytes, sheets: list[RawSheet]) -> list[RawSheet]:
    """The sheets with the cells marked in which calamine reads another value.

    It allocates the whole rectangle of each sheet, so a cell far out keeps it away.
    """
    if sum(sheet.area for sheet in sheets) > _LARGEST_AREA:
        return sheets
    try:
        book = CalamineBook(data)
        seen = [book.values(sheet.name) for sheet in sheets]
    except UnreadableWorkbookError:
        return sheets
    for sheet, values in zip(sheets, seen, strict=True):
        sheet.disputed = differences(sheet, values)
    return sheets
