"""No damage to a workbook makes a reader raise anything but UnreadableWorkbookError."""

import io
import random
import zipfile
from collections.abc import Callable
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.adapters.workbook_reading.document_text import read_word
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import UnreadableWorkbookError
from tests.builders.documents import write_docx
from tests.builders.mails import workbooks
from tests.builders.workbook_files import write_csv, write_html, write_ods
from tests.builders.workbooks import ROUND, draw

_SIGNS = (
    b'"',
    b"<",
    b">",
    b"/>",
    b"</c>",
    b' t="s"',
    b' t="e"',
    b' r="A1"',
    b' r="XFD1048576"',
    b' s="9"',
    b"<v>-1</v>",
    b"<v>99999999</v>",
    b"<v>1e999</v>",
    b"<f>A1</f>",
    b'<mergeCell ref="A1:A9"/>',
    b"&amp;",
    b"&#0;",
    b"<!--",
    b"<![CDATA[",
    b"\x00",
    b"\xff",
)
Read = Callable[[bytes, str], object]


def _damaged(data: bytes, dice: random.Random) -> bytes:
    """Bytes changed, left out, put in or doubled."""
    raw = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        at = dice.randrange(len(raw) + 1)
        match dice.randrange(4):
            case 0:
                raw[at : at + 1] = bytes([dice.randrange(256)])
            case 1:
                del raw[at : at + dice.randrange(1, 40)]
            case 2:
                raw[at:at] = dice.choice(_SIGNS)
            case _:
                raw[at:at] = raw[at : at + dice.randrange(1, 200)]
    return bytes(raw)


def _damaged_within(data: bytes, dice: random.Random) -> bytes:
    """A sound archive with one of its parts damaged or left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(out, "w") as made:
        victim = dice.choice(whole.namelist())
        for name in whole.namelist():
            part = whole.read(name)
            if name == victim:
                if dice.random() < 0.1:
                    continue
                part = _damaged(part, dice)
            made.writestr(name, part)
    return out.getvalue()


_DRAWN = [draw(ROUND.form("PL08"))]
_SEEDS: dict[str, tuple[bytes, Read]] = {
    "xlsx": (workbooks(["PL08"])[0].data, open_workbook),
    "ods": (write_ods(_DRAWN), open_workbook),
    "html": (write_html(_DRAWN[0]), open_workbook),
    "csv": (write_csv(_DRAWN[0]), open_workbook),
    "docx": (write_docx({"PL08": _DRAWN[0]}), read_word),
}
_HEADS = (b"", b"PK\x03\x04", b"\x09\x08", b"<html>", b"<?xml?>", b"a;b\n", b"%PDF-1.4\n")


@pytest.mark.fault("F-S10-5")
@pytest.mark.parametrize("kind", _SEEDS)
def test_any_damage_to_a_file(kind: str) -> None:
    """Old .xls are not among them: calamine may abort on one; only the child reads it."""
    whole, read = _SEEDS[kind]

    @given(st.integers(min_value=0))
    @settings(max_examples=60, deadline=None)
    def survives(seed: int) -> None:
        dice = random.Random(seed)
        packed = whole.startswith(b"PK") and dice.random() < 0.7
        data = (_damaged_within if packed else _damaged)(whole, dice)
        with suppress(UnreadableWorkbookError):
            assert read(data, f"PL.{kind}") is not None

    survives()


@given(st.binary(max_size=600), st.sampled_from(_HEADS))
@settings(max_examples=150, deadline=None)
def test_any_bytes(data: bytes, head: bytes) -> None:
    with suppress(UnreadableWorkbookError):
        assert open_workbook(head + data, "PL.xls").sheets is not None
