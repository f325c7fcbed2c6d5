"""Encrypted workbooks: the password that Excel knows opens, every other one is told."""

from collections.abc import Callable
from random import Random

import pytest

from pipeline.adapters.workbook_reading import encryption
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import UnreadableWorkbookError
from tests.builders.locked_files import BUILT_IN, lock_xls, lock_xlsx
from tests.builders.raw_files import zipped
from tests.builders.reading import assert_read, read_return, told
from tests.builders.workbook_files import write_xls, write_xlsx
from tests.builders.workbooks import ROUND, draw

DRAWINGS = [draw(ROUND.form("PL02")), draw(ROUND.form("PL03"))]
LOCKED: dict[str, Callable[[str], bytes]] = {
    "xlsx": lambda password: lock_xlsx(write_xlsx(DRAWINGS), password),
    "xls": lambda password: lock_xls(write_xls(DRAWINGS), password),
}


def code_of(data: bytes) -> str:
    with pytest.raises(UnreadableWorkbookError) as caught:
        open_workbook(data, "a.xls")
    return caught.value.code


@pytest.mark.parametrize("kind", LOCKED)
def test_the_password_that_excel_knows_opens_a_workbook(kind: str) -> None:
    forms, findings = read_return(LOCKED[kind](BUILT_IN), f"PL.{kind}")
    assert told(findings) == []
    for drawing in DRAWINGS:
        assert_read(forms[drawing.name], drawing)


@pytest.mark.parametrize("kind", LOCKED)
def test_any_other_password_is_asked_for(kind: str) -> None:
    assert code_of(LOCKED[kind]("mat khau cua toi")) == "password-protected"


def test_the_type_is_the_one_behind_the_lock() -> None:
    assert open_workbook(LOCKED["xlsx"](BUILT_IN), "a.xls").type == "xlsx"


def test_a_locked_document_is_no_workbook() -> None:
    parts = {"word/document.xml": "<document/>", "word/a.png": Random(1).randbytes(9000)}
    assert code_of(lock_xlsx(zipped(parts))) == "unsupported-type"


def test_a_lock_within_a_lock_stays_shut() -> None:
    """Only one try is made, whatever is behind the first lock."""
    assert code_of(lock_xlsx(LOCKED["xlsx"](BUILT_IN))) == "password-protected"


@pytest.mark.parametrize("kind", LOCKED)
def test_a_damaged_lock_is_a_lock(kind: str) -> None:
    data = LOCKED[kind](BUILT_IN)
    for cut in (1600, len(data) // 2, len(data) - 700):
        assert code_of(data[:cut]) in ("password-protected", "unreadable-file")


def test_more_labour_than_any_program_asks_for_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(encryption, "_MOST_SPINS", 10)
    monkeypatch.setattr(encryption, "_LARGEST_XLS", 10)
    assert code_of(LOCKED["xlsx"](BUILT_IN)) == "password-protected"
    assert code_of(LOCKED["xls"](BUILT_IN)) == "password-protected"
