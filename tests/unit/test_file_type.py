"""What a file is by its bytes, whatever it is called."""

import struct

import pytest

from pipeline.domain.mail.compound_file import MAGIC
from pipeline.domain.mail.file_type import sniff
from tests.builders import raw_files
from tests.builders.workbook_files import write_ods, write_xls, write_xlsx
from tests.builders.workbooks import ROUND, draw

OLE = bytes.fromhex("D0CF11E0A1B11AE1")
DRAWING = draw(ROUND.forms[6])


def ole(*streams: str) -> bytes:
    return OLE + b"\0" * 1000 + b"".join(f"{s}\0".encode("utf-16-le") for s in streams)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b" \r\n\0", "empty"),
        (write_xlsx([DRAWING]), "xlsx"),
        (write_xls([DRAWING]), "xls"),
        (write_ods([DRAWING]), "ods"),
        (write_xlsx([DRAWING])[:-200], "xlsx"),
        (raw_files.zipped({"xl/workbook.bin": "x"}), "xlsb"),
        (raw_files.zipped({"XL\\vbaProject.bin": "x", "xl/workbook.xml": ""}), "xlsm"),
        (raw_files.zipped({"word/document.xml": "x"}), "docx"),
        (raw_files.zipped({"ppt/presentation.xml": "x"}), "pptx"),
        (raw_files.zipped({"mimetype": "application/vnd.oasis.opendocument.text"}), "odt"),
        (raw_files.zipped({"mimetype": "application/epub", "a": "b"}), "zip"),
        (raw_files.zipped({"a.xlsx": write_xlsx([DRAWING])}), "zip"),
        (b"PK\x03\x04 nothing more", "zip"),
        (ole("EncryptedPackage", "Workbook"), "ole-encrypted"),
        (ole("Workbook"), "xls"),
        (ole("WordDocument"), "doc"),
        (ole("__properties_version1.0"), "msg"),
        (ole("Other"), "ole"),
        (OLE + b"\0" * 504 + b"\x09\x08\x10\x00" + b"\1" * 20, "xls"),
        (b"\x09\x08\x10\x00\x00\x06", "xls"),
        (b"%PDF-1.5", "pdf"),
        (b"Rar!\x1a\x07\x01\x00", "rar"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"\x1f\x8b\x08", "gz"),
        (b"a" * 257 + b"ustar" + b"0" * 10, "tar"),
        (b"{\\rtf1", "rtf"),
        (b"\x89PNG\r\n\x1a\n", "png"),
        (b"\xff\xd8\xff\xe0", "jpg"),
        (b"II*\x00abc", "tiff"),
        (b"GIF89a", "gif"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><html>", "html"),
        ("<table><tr>".encode("utf-16"), "html"),
        (raw_files.spreadsheet_ml(""), "xml-sheet"),
        (b"Received: from a\r\n by b\r\nFrom: x@y\r\n\r\nhi", "eml"),
        (b"a;b;c\n1;2;3\n4;5;6\n", "csv"),
        ("a;b;c\n1;2;3\n4;5;6\n".encode("utf-16-le"), "csv"),
        ("a;b;c\n1;2;3\n4;5;6\n".encode("utf-16-be"), "csv"),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n\r\n", "mhtml"),
        (b"MIME-Version: 1.0\r\nSubject: X-Document-Type: Workbook\r\n\r\n", "eml"),
        (b"ID;PWXL;N;E\r\n", "slk"),
        (b"xin chao\n", "txt"),
        (b"\x01\x02\x03\x04\x05\x06abc", "unknown"),
        (b"abc\0def", "unknown"),
    ],
)
def test_types(data: bytes, kind: str) -> None:
    assert sniff(data) == kind


def test_the_name_tells_only_what_text_is() -> None:
    assert sniff(b"a,b\n1,2\n", "PL.CSV") == "csv"
    assert sniff(b"a,b\n1,2\n", "PL.xls") == "csv"
    assert sniff(b"a,b\n1,2\n", "ghi chu") == "txt"
    assert sniff(b"%PDF-1.5", "PL.xls") == "pdf"


def test_a_saved_mail_is_no_workbook_for_having_one_attached() -> None:
    def entry(name: str, kind: int, right: int = -1, child: int = -1) -> bytes:
        wide = name.encode("utf-16-le")
        head = wide.ljust(64, b"\0") + struct.pack(
            "<HBBiii", len(wide) + 2, kind, 1, -1, right, child
        )
        return head.ljust(128, b"\0")

    entries = (
        entry("Root Entry", 5, child=1)
        + entry("__properties_version1.0", 2, right=2)
        + entry("__attach_version1.0_#00000000", 1, child=3)
        + entry("Workbook", 2)
    )
    header = bytearray(MAGIC.ljust(512, b"\0"))
    struct.pack_into("<H", header, 30, 9)
    struct.pack_into("<I", header, 48, 1)
    struct.pack_into("<109i", header, 76, 0, *[-1] * 108)
    table = struct.pack("<128i", -3, -2, *[-1] * 126)
    assert sniff(bytes(header) + table + entries) == "msg"


def test_a_mimetype_that_ends_too_early_is_no_error_of_the_program() -> None:
    data = bytearray(raw_files.ods("<office:spreadsheet/>"))
    struct.pack_into("<H", data, 28, 0xFFFF)  # its first byte would stand behind the file
    assert sniff(bytes(data)) == "zip"
