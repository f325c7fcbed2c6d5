"""Sick and odd workbooks through the real worker: every outcome has a name."""

import pytest

from bench.reading.torture import Outcome, faults, read_all
from bench.reading.torture_files import TortureFile, torture_files
from bench.reading.torture_kinds import kinds
from pipeline.adapters.workbook_reading.workbook_reader import open_workbook
from pipeline.domain.reading.sheet import UnreadableWorkbookError

SEED, SHARE = 11, 0.3
REFUSED = ("unreadable-file", "unsupported-type", "password-protected")


@pytest.fixture(scope="module")
def outcomes() -> list[Outcome]:
    return read_all(torture_files(SEED, SHARE))


@pytest.mark.fault("F-S8-6")
def test_nothing_is_left_without_a_name_or_past_the_limits(outcomes) -> None:
    assert len(outcomes) > 100
    assert faults(outcomes) == []


def test_every_sound_file_is_read_whole(outcomes) -> None:
    sound = [outcome for outcome in outcomes if outcome.is_sound]
    assert len(sound) > 30
    assert [outcome.file.kind for outcome in sound if not outcome.is_whole] == []


@pytest.mark.parametrize(
    ("name", "cells", "data"),
    [pytest.param(name, n, data, id=kind) for kind, name, n, data in kinds()],
)
def test_every_cell_of_every_kind_is_seen(name, cells, data) -> None:
    if cells is None:
        assert named(data, name) in ("", *REFUSED)
    else:
        book = open_workbook(data, name)
        assert sum(len(sheet.cells) for sheet in book.sheets) == cells


def named(data: bytes, name: str) -> str:
    try:
        open_workbook(data, name)
    except UnreadableWorkbookError as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        (("", 0, 1.0, 50.0), "no name: x"),
        (("!WorkerBugError: at", 0, 1.0, 50.0), "x: !WorkerBugError: at"),
        (("read", 9, 31.0, 50.0), "x: 31 s"),
        (("read", 9, 1.0, 1100.0), "x: 1100 MB"),
        (("form-unrecognised", 0, 1.0, 50.0), "sound, read as empty: x"),
        (("read", 8, 1.0, 50.0), "only 0 of 1 sound files read whole"),
    ],
)
def test_what_does_not_hold_is_told(outcome, told) -> None:
    file = TortureFile("x", "PL.xlsx", b"", 9)
    assert told in faults([Outcome(file, *outcome)])
