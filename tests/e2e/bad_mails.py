"""Mail that goes wrong, each from another registered office, and what must become of it."""

import csv
import io
from dataclasses import dataclass

from openpyxl import load_workbook

from pipeline.demo.sample_files import NamedFile, write_locked_book
from tests.builders.bombs import BOMBS
from tests.builders.mails import letter, workbooks
from tests.builders.raw_mails import zipped
from tests.e2e.program import OURS

SUBJECT = "Gửi báo cáo kế hoạch năm 2014"
TEXT = "Kính gửi Vụ Kế hoạch - Tài chính, xin gửi báo cáo."
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Fate:
    """What must become of a mail; `code` is the finding that says why."""

    state: str
    reason: str | None = None
    code: str | None = None
    template: str = "none"


ASKED_AGAIN = "resend-as-workbook"
FATES = {
    "cut-off.xlsx": Fate("filed", code="unreadable-file", template=ASKED_AGAIN),
    "noise.xls": Fate("filed", code="unreadable-file", template=ASKED_AGAIN),
    "empty.xls": Fate("filed", code="empty-file", template=ASKED_AGAIN),
    "locked.xlsx": Fate("filed", code="password-protected", template=ASKED_AGAIN),
    "locked.zip": Fate("filed", code="encrypted-archive", template=ASKED_AGAIN),
    "inflating.zip": Fate("filed", code="too-big", template=ASKED_AGAIN),
    "crowded.zip": Fate("filed", code="too-big", template=ASKED_AGAIN),
    "nested.zip": Fate("filed", code="too-big", template=ASKED_AGAIN),
    "shared-strings.xlsx": Fate("filed", code="too-big", template=ASKED_AGAIN),
    "entities.xlsx": Fate("filed", code="unreadable-file", template=ASKED_AGAIN),
    "far-cell.xlsx": Fate("filed", code="form-unrecognised", template="deficiency"),
    "return-with-far-cell.xlsx": Fate("filed", template="acknowledgement"),
    "deep": Fate("quarantined", "limits"),
    "long subject": Fate("quarantined", "limits"),
    "many parameters": Fate("quarantined", "limits"),
    "many recipients": Fate("filed", template="acknowledgement"),
    "nested comments": Fate("filed", template="acknowledgement"),
    "no header": Fate("ignored", "no-content"),
    "good": Fate("filed", template="acknowledgement"),
}


def bad_mails(senders: str) -> dict[str, bytes]:
    """The raw mails by name; `senders` is the text of a senders.csv. The last is good."""
    offices = csv.DictReader(io.StringIO(senders))
    return {
        name: _mail(name, row["address"], row["province_code"])
        for name, row in zip(FATES, offices, strict=False)
    }


def huge_mail(sender: str) -> bytes:
    """Sixty megabytes."""
    head = letter((), sender=sender, recipient=OURS, subject=SUBJECT, text=TEXT)
    return head + b"xin gui bao cao\r\n" * (60 * MEGABYTE // 17)


def _mail(name: str, sender: str, province: str) -> bytes:
    files = _files(province)
    file = files.get(name)
    if name in BOMBS:
        file = NamedFile(name, BOMBS[name]())
    raw = letter(
        [file or files["good"]],
        sender=sender,
        sender_name="",
        recipient=OURS,
        subject=SUBJECT,
        text=TEXT,
    )
    return _spoilt(name, raw)


def _files(province: str) -> dict[str, NamedFile]:
    (book,) = workbooks(province=province)
    return {
        "cut-off.xlsx": NamedFile("PL.xlsx", book.data[: len(book.data) // 2]),
        "noise.xls": NamedFile("PL.xls", bytes(range(256)) * 40),
        "empty.xls": NamedFile("PL.xls", b""),
        "locked.xlsx": NamedFile("PL.xlsx", write_locked_book("e2e")),
        "locked.zip": NamedFile("bao cao.zip", _locked(zipped((book.name, book.data)))),
        "return-with-far-cell.xlsx": NamedFile(book.name, _with_far_cell(book.data)),
        "good": book,
    }


def _locked(archive: bytes) -> bytes:
    """The archive with the mark of encryption on its member, in both directories."""
    data = bytearray(archive)
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def _with_far_cell(workbook: bytes) -> bytes:
    """The workbook with a full stop in the last cell of its first sheet."""
    book = load_workbook(io.BytesIO(workbook))
    book.worksheets[0]["XFD1048576"] = "."
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _spoilt(name: str, raw: bytes) -> bytes:
    """The mail with a header or a structure that no mail program would write."""
    if name == "deep":
        return _wrapped(raw, 3000)
    if name == "no header":
        return b"\r\n\r\nxin chao\r\n"
    lines = {
        "long subject": b"Subject: " + b"\r\n ".join([b"bao cao"] * 100_000),
        "many parameters": b"Content-Type: text/plain"
        + b"".join(b";\r\n a*%d*=x" % n for n in range(20_000)),
        "many recipients": b"Cc: " + b",\r\n ".join([b", ".join([b"a@b.vn"] * 50)] * 400),
        "nested comments": b"Cc: " + b"(" * 3000 + b")" * 3000 + b" a@b.vn",
    }
    return lines[name] + b"\r\n" + raw if name in lines else raw


def _wrapped(raw: bytes, depth: int) -> bytes:
    """The mail in multiparts, one inside the other."""
    head, _, body = raw.partition(b"Content-Type:")
    opening = b"".join(
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n)
        for n in range(depth)
    )
    closing = b"".join(b"\r\n--b%d--\r\n" % n for n in reversed(range(depth)))
    return head + opening + b"Content-Type:" + body + closing
