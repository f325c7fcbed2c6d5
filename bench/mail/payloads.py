"""Files as provinces attach them, small and real."""

import gzip
import random
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO

from pipeline.demo.sample_files import write_narrative, write_scan
from tests.builders.archives import attached, outlook, rar, seven_zip
from tests.builders.mails import workbooks
from tests.builders.old_files import write_biff5
from tests.builders.raw_mails import in_cp1258, tnef, zipped, zipped_raw
from tests.builders.workbooks import ROUND, draw, recoded, to_tcvn3


@dataclass(frozen=True, slots=True)
class Payload:
    """A file: what it is, how its name ends, its bytes, the type it should declare."""

    kind: str
    ending: str
    data: bytes
    declared: str


@cache
def book(form: str = "PL09") -> bytes:
    """A workbook with one form."""
    return workbooks([form])[0].data


@cache
def old_book() -> bytes:
    """The same out of Excel 5."""
    return write_biff5(recoded(draw(ROUND.form("PL09")), to_tcvn3))


def _tar() -> bytes:
    stream = BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        entry = tarfile.TarInfo("PL9.xlsx")
        entry.size = len(book())
        archive.addfile(entry, BytesIO(book()))
    return stream.getvalue()


_MAKERS: Mapping[str, tuple[str, str, Callable[[], bytes]]] = {
    "xlsx": (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        book,
    ),
    "xls": ("xls", "application/vnd.ms-excel", old_book),
    "docx": ("docx", "application/msword", lambda: write_narrative(["Tình hình 2013."])),
    "pdf": ("pdf", "application/pdf", lambda: write_scan("1/02")),
    "zip": ("zip", "application/zip", lambda: zipped(("Biểu/PL9.xlsx", book()))),
    "zip-cp1258": (
        "zip",
        "application/zip",
        lambda: zipped_raw(in_cp1258("Biểu số 9.xlsx"), book()),
    ),
    "zip-in-zip": (
        "zip",
        "application/x-zip-compressed",
        lambda: zipped(("a.zip", zipped(("PL9.xlsx", book())))),
    ),
    "rar": ("rar", "application/octet-stream", lambda: rar(("PL9.xlsx", book()))),
    "7z": ("7z", "application/octet-stream", lambda: seven_zip(("PL9.xlsx", book()))),
    "gz": ("xls.gz", "application/gzip", lambda: gzip.compress(old_book(), mtime=0)),
    "tgz": ("tgz", "application/gzip", _tar),
    "msg": (
        "msg",
        "application/vnd.ms-outlook",
        lambda: outlook(attached("b.xlsx", book())),
    ),
    "tnef": ("dat", "application/ms-tnef", lambda: tnef([("PL9.xlsx", book())])),
}


@cache
def payload(kind: str) -> Payload:
    """The file of a kind."""
    ending, declared, make = _MAKERS[kind]
    return Payload(kind, ending, make(), declared)


def every_kind() -> tuple[str, ...]:
    """All kinds of file."""
    return tuple(_MAKERS)


def drawn(rng: random.Random) -> Payload:
    """A file, workbooks most often."""
    return payload(rng.choice(("xlsx", "xls", "xlsx", "xls", *_MAKERS)))
