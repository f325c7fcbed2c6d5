"""Every golden case comes out as the contract says, to the letter."""

import json
from pathlib import Path

import pytest

from tests.golden.cases import GOLDEN, differences, golden_cases, play

LARGEST = 120_000


@pytest.mark.parametrize(
    "case", golden_cases(), ids=lambda case: str(case.relative_to(GOLDEN))
)
def test_case(case: Path, tmp_path: Path) -> None:
    outcome = play(case, tmp_path)
    expected = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert differences(expected, outcome.document) == []
    reply = case / "reply.txt"
    if reply.exists():
        assert outcome.reply == reply.read_text(encoding="utf-8")
    overdue = case / "overdue.txt"
    if overdue.exists():
        assert outcome.overdue == overdue.read_text(encoding="utf-8")


def test_every_case_is_small_and_says_what_it_expects() -> None:
    assert len(golden_cases()) >= 25
    for case in golden_cases():
        assert (case / "expected.json").is_file(), case
        for file in case.iterdir():
            assert file.stat().st_size < LARGEST, file


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"state": "filed"}, {"state": "held"}),
        ({"state": "filed"}, {}),
        ({"forms": [{"form": "PL01"}]}, {"forms": []}),
        ({"forms": [{"form": "PL01"}]}, {"forms": [{"form": "PL02"}]}),
        (
            {"rows": [{"cell": "H9", "value": "1"}]},
            {"rows": [{"cell": "H9", "value": "2"}]},
        ),
        ({"findings": []}, {"findings": [{"code": "late", "form": None, "cell": None}]}),
    ],
)
def test_a_difference_is_seen(expected, actual) -> None:
    assert differences(expected, actual) != []


def test_what_a_case_does_not_name_may_be_anything() -> None:
    actual = {"state": "filed", "rows": [{"cell": "H9"}, {"cell": "H8", "value": "2"}]}
    assert differences({"rows": [{"cell": "H8"}]}, actual) == []
