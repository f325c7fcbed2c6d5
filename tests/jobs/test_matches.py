"""What planners say of a label: kept for one province and form, and what it changes."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.demo.sample_files import NamedFile
from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Word
from pipeline.domain.reading.alias import Axis
from pipeline.jobs.matches import confirm_match, list_doubts, page_of_doubts, withdraw_match
from pipeline.jobs.planner_decisions import assign
from tests.builders import decisions as make
from tests.builders.demo_world import shipped_round
from tests.builders.mails import SENT, letter
from tests.builders.reading import changed
from tests.builders.renamed_rows import LABEL, OURS, THEIRS, doubtful
from tests.builders.workbooks import draw
from tests.builders.workshop import World, open_world
from tests.servers.ledgers import file_mail

ROUNDS = (shipped_round(),)
WORD = Word("lan", "đã gọi điện", SENT + timedelta(days=1))
OTHER = "so.caobang@example.com"


def mail(name: str, file, **more) -> bytes:
    return letter([file], subject=name, text=name, sender_name="", **more)


def plain_world(folder: Path) -> World:
    """A world whose letters bring no correction workbook, which takes its time."""
    made = open_world(folder)
    made.bench = replace(made.bench, write_correction=None)
    return made


@pytest.fixture
def world(tmp_path) -> World:
    """Hà Giang's mail (1) and the same from Cao Bằng (2)."""
    made = plain_world(tmp_path)
    made.arrive(mail("a", doubtful()))
    made.take(mail("b", doubtful("b.xlsx"), sender=OTHER))
    assign(made.ledger, 2, "04", WORD)
    made.process()
    yield made
    made.ledger.close()


def question(world: World, province: str = "02") -> str:
    (doubt,) = list_doubts(world.ledger, ROUNDS, province)
    return str(doubt.noted.id)


def confirm(world: World, meaning: str | None) -> list[int]:
    touched = confirm_match(world.ledger, ROUNDS, question(world), meaning, WORD)
    world.process()
    return touched


def told(world: World, message: int) -> dict[str, tuple[str, str]]:
    """By label the indicator and by what, of rows that were not told by their words."""
    (form,) = world.document(message)["matching"]
    rows = [row for row in form["rows"] if row["how"] != "words"]
    return {row["label"]: (row["indicator"], row["how"]) for row in rows}


def is_asked(world: World, message: int) -> bool:
    findings = world.document(message)["findings"]
    return "row-uncertain" in {finding["code"] for finding in findings}


def test_each_province_is_asked_once_with_both_candidates(world) -> None:
    doubts = list(list_doubts(world.ledger, ROUNDS, None))
    assert [doubt.noted.province for doubt in doubts] == ["04", "02"]
    assert [(m.key, m.taken) for m in doubts[0].meanings] == [(OURS, True), (THEIRS, False)]
    for number, meaning in (("9999", None), ("x", None), (question(world), "Z.9")):
        with pytest.raises(PermanentError):
            confirm_match(world.ledger, ROUNDS, number, meaning, WORD)


def test_a_page_asks_the_earlier_when_the_newest_has_nothing_to_choose(world) -> None:
    asked = [doubt.noted for doubt in list_doubts(world.ledger, ROUNDS, "02")]
    (noted,) = asked
    file_mail(world.ledger, "c", [make.form()], findings=(noted.finding,))
    (newest, _) = world.ledger.match_page(None, 9)
    assert (newest.message, newest.province) == (3, "02")
    page = page_of_doubts(world.ledger, ROUNDS, None, (9, 9))
    assert [d.noted for d in page.doubts if d.noted.province == "02"] == asked


def test_an_answer_holds_for_its_province_alone(world) -> None:
    assert confirm(world, "A.3") == [1]
    assert told(world, 1) == {LABEL: (THEIRS, "alias")}
    assert not is_asked(world, 1)
    world.take(mail("c", doubtful("again.xlsx", "Hộ xã Y")))
    assert told(world, 3) == {LABEL: (THEIRS, "alias")}
    assert not is_asked(world, 3)
    assert told(world, 2) == {LABEL: (OURS, "alike")}
    assert is_asked(world, 2)
    own = world.document(3)["matching"][0]["own_rows"]
    assert [row["label"] for row in own] == ["Hộ xã Y"]


def test_a_row_can_be_the_provinces_own(world) -> None:
    confirm(world, "none")
    form = world.document(1)["matching"][0]
    assert told(world, 1) == {}
    assert [row["label"] for row in form["own_rows"]] == [LABEL]
    # and such a row can be answered later, by the number of its finding
    (doubt,) = list_doubts(world.ledger, ROUNDS, "02")
    assert {meaning.key for meaning in doubt.meanings} == {OURS, THEIRS}
    confirm(world, OURS)
    assert told(world, 1) == {LABEL: (OURS, "alias")}
    assert [entry.withdrawn_by for entry in world.ledger.alias_entries(None)] == [
        "lan",
        None,
    ]


def test_an_answer_holds_until_it_is_taken_back(world) -> None:
    confirm(world, None)
    assert told(world, 1) == {LABEL: (OURS, "alias")}
    (kept,) = world.ledger.alias_entries("02")
    assert withdraw_match(world.ledger, str(kept.id), WORD) == [1]
    world.process()
    assert is_asked(world, 1)
    with pytest.raises(PermanentError, match="no alias holds"):
        withdraw_match(world.ledger, str(kept.id), WORD)
    assert world.ledger.audit_chain() is None


def test_a_column_can_be_the_provinces_own(tmp_path) -> None:
    """Two columns of one plan: the reader takes one and asks; the planner says which."""
    made = plain_world(tmp_path)
    drawing = draw(ROUNDS[0].form("PL02"))
    (right, _) = drawing.truth[("vl.tong", "kh_n")]
    made.take(mail("a", NamedFile("PL02.xlsx", changed(drawing, two_plans))))
    (doubt,) = list_doubts(made.ledger, ROUNDS, "02")
    assert (doubt.axis, doubt.label) == (Axis.COLUMN, SECOND)
    (other,) = doubt.elsewhere
    assert (other.key, other.label) == ("kh_n", "Kế hoạch năm 2014")
    confirm_match(made.ledger, ROUNDS, str(doubt.noted.id), "none", WORD)
    made.process()
    document = made.document(1)
    assert "column-uncertain" not in {f["code"] for f in document["findings"]}
    (column,) = [c for c in document["matching"][0]["columns"] if c["column"] == "kh_n"]
    assert (column["header"], column["sure"]) == ("Kế hoạch năm 2014", True)
    moved = f"{chr(ord(right[0]) + 1)}{right[1:]}"
    cells = {(r["indicator"], r["column"]): r["cell"] for r in document["rows"]}
    assert cells[("vl.tong", "kh_n")] == moved
    made.ledger.close()


SECOND = "Kế hoạch năm 2014 tỉnh giao"


def two_plans(sheet: Worksheet) -> None:
    """A second plan before the form's own."""
    (place,) = [
        (cell.row, cell.column)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value == "Kế hoạch năm 2014"
    ]
    sheet.insert_cols(place[1])
    sheet.cell(*place).value = SECOND
    for row in range(place[0] + 2, sheet.max_row - 1):
        sheet.cell(row, place[1]).value = 77_000 + row
