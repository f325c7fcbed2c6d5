"""Every container is opened within bounds; what stays shut is named."""

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator

import pytest

from pipeline.domain.mail.archive import ArchiveError, Budget, Member
from pipeline.domain.mail.message import Part, Role
from pipeline.domain.mail.tnef import open_tnef
from pipeline.stages.unpack import Unpacked, unpack
from tests.builders.raw_mails import (
    in_cp1258,
    in_tcvn3,
    mail,
    multipart,
    named,
    tnef,
    workbook,
    zipped,
    zipped_raw,
)

FILE = workbook()
NAME = "Phụ lục.xlsx"
MEGABYTE = 1024 * 1024


def opened(data: bytes, name: str = "a.zip", *, inline: bool = False) -> Unpacked:
    return unpack((Part(name, name, "", data, inline=inline),))


def paths(found: Unpacked) -> list[str]:
    return [part.path for part in found.parts]


def codes(found: Unpacked) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.path) for finding in found.findings]


def test_containers_are_opened_recursively_with_their_path() -> None:
    inner = zipped(("PL2.xlsx", FILE), ("PL2.xlsx", FILE))
    found = opened(zipped(("bao cao/PL1.xlsx", FILE), ("in.zip", inner), ("empty/", b"")))
    assert paths(found) == [
        "a.zip/bao cao/PL1.xlsx",
        "a.zip/in.zip/PL2.xlsx",
        "a.zip/in.zip/PL2 (2).xlsx",
    ]
    described = [(one.path, one.type, one.role) for one in found.attachments]
    assert described[0] == ("a.zip", "zip", Role.CONTAINER)
    assert described[2] == ("a.zip/in.zip", "zip", Role.CONTAINER)
    assert found.findings == ()
    assert found.attachments[1].size == len(FILE)


@pytest.mark.parametrize(
    "raw",
    [NAME.encode(), in_cp1258(NAME), in_tcvn3(NAME)],
    ids=["utf-8 without its flag", "windows-1258", "tcvn3"],
)
def test_names_of_members_are_restored(raw: bytes) -> None:
    assert paths(opened(zipped_raw(raw, FILE))) == [f"a.zip/{NAME}"]


def test_flagged_and_unicode_path_names_are_believed() -> None:
    assert paths(opened(zipped((NAME, FILE)))) == [f"a.zip/{NAME}"]
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("x.xlsx")
        name = b"\1" + struct.pack("<I", zlib.crc32(b"x.xlsx")) + NAME.encode()
        info.extra = struct.pack("<HH", 1, 0) + struct.pack("<HH", 0x7075, len(name)) + name
        archive.writestr(info, FILE)
    assert paths(opened(stream.getvalue())) == [f"a.zip/{NAME}"]


@pytest.mark.fault("F-S8-7", "T-15")
@pytest.mark.parametrize(
    ("member", "path"),
    [
        ("../../etc/a.xlsx", "a.zip/etc/a.xlsx"),
        ("/abs/a.xlsx", "a.zip/abs/a.xlsx"),
        ("C:\\x\\a.xlsx", "a.zip/x/a.xlsx"),
        ("..", "a.zip/file"),
        ("a\u202exslx", "a.zip/axslx"),
    ],
)
def test_no_member_name_leads_anywhere(member: str, path: str) -> None:
    assert paths(opened(zipped((member, FILE)))) == [path]


@pytest.mark.fault("F-S8-7", "T-15")
def test_links_are_no_members() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        info = zipfile.ZipInfo("link.xlsx")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    found = opened(stream.getvalue())
    assert found.parts == ()
    assert codes(found) == [("empty-file", "a.zip")]


def flagged(data: bytes, bits: int) -> bytes:
    changed = bytearray(data)
    changed[6] |= bits
    at = data.index(b"PK\x01\x02")
    changed[at + 8] |= bits
    return bytes(changed)


def damaged(data: bytes) -> bytes:
    return data[:60] + bytes(byte ^ 255 for byte in data[60:80]) + data[80:]


def method(data: bytes, number: int) -> bytes:
    changed = bytearray(data)
    changed[8] = number
    changed[data.index(b"PK\x01\x02") + 10] = number
    return bytes(changed)


@pytest.mark.fault("F-S8-7")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (flagged(zipped(("a.xls", b"x" * 99)), 1), "encrypted-archive"),
        (method(zipped(("a.xls", b"x" * 99)), 99), "encrypted-archive"),
        (method(zipped(("a.xls", b"x" * 99)), 12), "unsupported-type"),
        (zipped(("a.xls", b"x" * 99))[:-10], "unreadable-file"),
        (damaged(zipped(("a.xls", bytes(range(256)) * 9))),
         "unreadable-file"),
        (zipped(), "empty-file"),
        (zipped(("a.bin", b"0" * 300 * MEGABYTE)), "too-big"),
        (zipped(*((f"{n}.txt", b"") for n in range(1200))), "too-big"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 20_000, "too-big"),
        (b"Rar!\x1a\x07\x00", "unsupported-type"),
        (b"7z\xbc\xaf\x27\x1c", "unsupported-type"),
    ],
    ids=["password", "aes", "method", "cut", "damaged", "none", "ratio", "many", "crowded",
         "rar", "7z"],
)  # fmt: skip
def test_what_stays_shut_is_one_fatal_finding(data: bytes, code: str) -> None:
    found = opened(data)
    assert codes(found) == [(code, "a.zip")]
    assert found.attachments[0].problem == code


@pytest.mark.fault("F-S8-7")
def test_an_encrypted_member_does_not_hide_its_neighbours() -> None:
    data = zipped(("a.xls", b"x"), (NAME, FILE))
    found = opened(flagged(data, 1))
    assert codes(found) == [("encrypted-archive", "a.zip")]
    assert paths(found) == [f"a.zip/{NAME}"]


@pytest.mark.fault("T-15")
def test_members_that_share_bytes_are_refused() -> None:
    data = zipped(("a.xls", b"x" * 50), ("b.xls", b"y" * 50), ("c.xls", b"z" * 50))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    changed = bytearray(data)
    changed[second + 42 : second + 46] = struct.pack("<I", 0)
    found = opened(bytes(changed))
    assert ("unreadable-file", "a.zip") in codes(found)
    assert paths(found) == ["a.zip/c.xls"]


@pytest.mark.fault("T-15", "T-36")
def test_the_budget_counts_over_all_containers() -> None:
    block = bytes(range(256)) * 4096 * 40
    found = unpack(
        tuple(Part(f"{n}.gz", f"{n}.gz", "", gzip.compress(block, 1)) for n in range(6))
    )
    assert [code for code, _ in codes(found)][-1] == "too-big"
    assert sum(len(part.data) for part in found.parts) <= 200 * MEGABYTE


def test_nesting_is_bounded() -> None:
    data = zipped(("a.xlsx", FILE))
    for _ in range(8):
        data = zipped(("n.zip", data))
    found = opened(data)
    assert codes(found) == [("too-big", "a.zip" + "/n.zip" * 5)]


def tarred(*members: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return stream.getvalue()


@pytest.mark.fault("T-36")
def test_tar_and_gzip() -> None:
    packed = gzip.compress(tarred(("thư mục/PL1.xlsx", FILE)))
    assert paths(opened(packed, "x.tar.gz")) == ["x.tar.gz/x.tar/thư mục/PL1.xlsx"]
    assert paths(opened(packed, "x.tgz")) == ["x.tgz/x.tar/thư mục/PL1.xlsx"]
    assert paths(opened(gzip.compress(FILE), "PL1.xlsx")) == ["PL1.xlsx/PL1.xlsx"]
    twice = gzip.compress(FILE[:50]) + gzip.compress(FILE[50:])
    assert opened(twice, "PL1.xlsx.gz").parts[0].data == FILE


@pytest.mark.fault("T-36")
@pytest.mark.parametrize(
    ("data", "code"),
    [
        (gzip.compress(b"0" * 300 * MEGABYTE), "too-big"),
        (gzip.compress(FILE)[:-20], "unreadable-file"),
        (b"\x1f\x8b" + b"junk" * 9, "unreadable-file"),
        (b"x" * 257 + b"ustar" + b"y" * 500, "unreadable-file"),
        (tarred(("a.xlsx", FILE))[:700], "unreadable-file"),
    ],
)
def test_broken_tar_and_gzip(data: bytes, code: str) -> None:
    assert code in [found for found, _ in codes(opened(data, "x.gz"))]


@pytest.mark.fault("F-S8-5")
def test_winmail_dat_gives_its_files() -> None:
    data = tnef([("Phụ lục 1.xlsx", FILE), ("b.xlsx", FILE)])
    found = opened(data, "winmail.dat")
    assert paths(found) == ["winmail.dat/Phụ lục 1.xlsx", "winmail.dat/b.xlsx"]
    assert codes(opened(data[:-200], "winmail.dat")) == [("unreadable-file", "winmail.dat")]


def tnef_of(*attributes: tuple[int, bytes]) -> bytes:
    """A winmail.dat of these attributes: (id, data)."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(
        struct.pack("<BII", 2, kind, len(data)) + data + b"\0\0"
        for kind, data in attributes
    )


def mapi(*properties: bytes) -> bytes:
    return struct.pack("<I", len(properties)) + b"".join(properties)


def text_property(number: int, text: bytes, *, name: bytes = b"") -> bytes:
    padded = text + b"\0" * (-len(text) % 4)
    head = struct.pack("<HH", 0x1E, number) + name
    return head + struct.pack("<II", 1, len(text)) + padded


@pytest.mark.fault("T-36")
def test_winmail_dat_in_its_odder_shapes() -> None:
    kept = struct.pack("<HHII", 0x102, 0x3701, 1, len(FILE)) + FILE + b"\0" * 4
    named_by_text = b"\0" * 16 + struct.pack("<II", 1, 4) + b"a\0b\0"
    short = mapi(
        text_property(0x8002, b"x\0", name=named_by_text),
        text_property(0x3704, b"S.XLS\0"),
        kept,
    )
    unknown = mapi(struct.pack("<HH", 0x0FFE, 1), text_property(0x3707, b"lost.xls\0"))
    data = tnef_of(
        (0x00069005, short),
        (0x00069002, b""),
        (0x00069005, short),
        (0x00069002, b""),
        (0x00011111, b"x"),
        (0x0006800F, FILE),
        (0x00069005, unknown),
        (0x00069002, b""),
        (0x0006800F, FILE),
        (0x00069005, b"\1"),
    )
    found = opened(data, "winmail.dat")
    assert paths(found) == [
        "winmail.dat/S.XLS",
        "winmail.dat/winmail.bin",
        "winmail.dat/winmail (2).bin",
    ]
    with pytest.raises(ArchiveError):
        list(open_tnef(b"no tnef", "x", Budget()))


def test_a_saved_mail_is_opened_and_a_lost_file_in_it_is_named() -> None:
    line, body = multipart(named(FILE, "PL1.xlsx"))
    found = opened(mail(line, body=body), "cu.eml")
    assert paths(found) == ["cu.eml/PL1.xlsx"]
    lost = opened(mail(body=b"x\r\n" + FILE), "cu.eml")
    assert codes(lost) == [("unreadable-file", "cu.eml")]
    parts = b"--b\r\n\r\nx\r\n" * 300
    deep = opened(mail("Content-Type: multipart/mixed; boundary=b", body=parts), "cu.eml")
    assert codes(deep) == [("too-big", "cu.eml")]
    text = opened(mail(body=b"x"), "ghi chu.txt")
    assert [one.role for one in text.attachments] == [Role.OTHER]


def test_other_containers_can_be_added() -> None:
    def open_rar(data: bytes, name: str, budget: Budget) -> Iterator[Member]:
        yield Member("PL1.xlsx", FILE)
        raise ArchiveError("encrypted-archive")

    part = Part("a.rar", "a.rar", "", b"Rar!\x1a\x07\x00")
    found = unpack((part,), {"rar": open_rar})
    assert paths(found) == ["a.rar/PL1.xlsx"]
    assert codes(found) == [("encrypted-archive", "a.rar")]


TEXT_PDF = b"%PDF-1.4\n1 0 obj<</Type/Font>>endobj /Subtype /Image"
SCAN_PDF = b"%PDF-1.4\n1 0 obj<</Subtype /Image/Filter/DCTDecode>>stream"
STREAMED = SCAN_PDF + b" <</Type /ObjStm /N 1>>\nstream\n" + zlib.compress(b"<</Font 1>>")
NOT_STREAMED = SCAN_PDF + b" <</Type /ObjStm /N 1>>\nstream\nnot deflated"
DOCUMENT = zipped(("word/document.xml", b"<x/>"))
MACRO_BOOK = zipped(("xl/workbook.xml", b"x"), ("xl/vbaProject.bin", b"x"))
PICTURE = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("name", "data", "role", "problem"),
    [
        ("PL1.xlsx", FILE, Role.WORKBOOK, None),
        ("PL1.dat", FILE, Role.WORKBOOK, None),
        ("PL1.xls", b"<html><table></table></html>", Role.WORKBOOK, None),
        ("PL1.xls", b"\0\1\2\3" * 9, Role.WORKBOOK, None),
        ("PL1.csv", b"a;b;c\n1;2;3\n", Role.WORKBOOK, None),
        ("PL1.xls", b"", Role.WORKBOOK, "empty-file"),
        ("PL1.xlsx", FILE[:60], Role.WORKBOOK, None),
        ("bc.docx", DOCUMENT, Role.NARRATIVE, None),
        ("bc.docx", DOCUMENT[:-9], Role.NARRATIVE, "unreadable-file"),
        ("bc.doc", b"\0\1\2\3" * 9, Role.NARRATIVE, "unreadable-file"),
        ("bc.rtf", b"{\\rtf1 x}", Role.NARRATIVE, None),
        ("bc.pdf", TEXT_PDF, Role.NARRATIVE, None),
        ("bc.pdf", STREAMED, Role.NARRATIVE, None),
        ("bc.pdf", NOT_STREAMED, Role.SCAN, None),
        ("bc.pdf", SCAN_PDF, Role.SCAN, None),
        ("logo.png", PICTURE + b"x" * 900, Role.OTHER, None),
        ("bang.png", PICTURE + b"x" * 90_000, Role.SCAN, None),
        ("bang.jpg", b"\0\1\2\3" * 9, Role.SCAN, "unreadable-file"),
        ("a.rar", b"\0\1\2\3" * 9, Role.CONTAINER, "unreadable-file"),
        ("a.exe", b"MZ\0\1\2\3" * 9, Role.OTHER, None),
        ("~$PL1.xlsx", b"\0\1\2\3" * 9, Role.OTHER, None),
        ("._PL1.xlsx", b"", Role.OTHER, None),
        ("note.txt", b"xin chao", Role.DOCUMENT, None),
        ("", b"", Role.OTHER, None),
        ("to.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 31 * MEGABYTE,
         Role.WORKBOOK, "too-big"),
    ],
)  # fmt: skip
def test_roles_and_problems(
    name: str, data: bytes, role: Role, problem: str | None
) -> None:
    found = opened(data, name)
    (one,) = found.attachments
    assert (one.role, one.problem) == (role, problem)
    assert bool(found.parts) == (problem is None)


def test_a_big_picture_in_the_body_may_be_a_table() -> None:
    small, big = PICTURE + b"x" * 90_000, PICTURE + b"x" * 900_000
    assert opened(small, "a.png", inline=True).attachments[0].role is Role.OTHER
    assert opened(big, "a.png", inline=True).attachments[0].role is Role.SCAN


@pytest.mark.fault("F-S10-4", "T-34")
def test_macros_are_told() -> None:
    assert codes(opened(MACRO_BOOK, "PL1.xlsm")) == [("macro-present", "PL1.xlsm")]
