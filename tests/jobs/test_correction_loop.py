"""The correction workbook on its way: out with the letter, mended, and back."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline.adapters.letters.correction_workbook import correction_workbook
from pipeline.demo.sample_files import NamedFile
from pipeline.domain.letters.correction import Correction
from pipeline.domain.letters.letter import Enclosure
from tests.builders.corrections import WRITER, enclosed
from tests.builders.demo_world import shipped_round
from tests.builders.mails import SENDER, figures, letter, narrative, workbooks
from tests.builders.workshop import World, open_world
from tests.servers.libreoffice import convert

KEY = ("PL02", "vl.tong", "kh_n")
WRONG = {**figures(), KEY: figures()[KEY] + 90}
CELL = "H14"


class Scribe:
    """ports.CorrectionWriter that counts what it wrote."""

    def __init__(self) -> None:
        self.written: list[Correction] = []

    def __call__(self, correction: Correction, /) -> Enclosure:
        self.written.append(correction)
        return correction_workbook(correction, WRITER.tell)


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()


@pytest.fixture
def world(tmp_path: Path, scribe: Scribe) -> World:
    made = open_world(tmp_path)
    made.bench = replace(made.bench, write_correction=scribe)
    yield made
    made.ledger.close()


def sent(world: World) -> list[Enclosure | None]:
    """What goes with each letter that is ready to leave."""
    return [enclosed(item.data) for item in world.ledger.claim_letters(world.now, 9)]


def mended(enclosure: Enclosure, **cells: object) -> NamedFile:
    book = load_workbook(io.BytesIO(enclosure.data))
    for name, value in cells.items():
        sheet, _, cell = name.partition("_")
        book[sheet][cell].value = value
    stream = io.BytesIO()
    book.save(stream)
    return NamedFile(enclosure.name, stream.getvalue())


def test_a_deficiency_letter_carries_the_workbook(world: World, scribe: Scribe) -> None:
    document = world.take(letter((*workbooks(given=WRONG), narrative())))
    assert document["reply"]["template"] == "deficiency"
    enclosure = sent(world)[0]
    assert enclosure is not None
    (correction,) = scribe.written
    assert enclosure.name == correction.name
    assert {form.form.id for form in correction.forms} == {
        form["form"] for form in document["forms"] if form["state"] == "deficient"
    }


def test_mended_in_place_the_return_is_accepted(world: World) -> None:
    """One letter, one cell typed over, and the round of this province is done."""
    first = world.take(letter((*workbooks(given=WRONG), narrative())))
    enclosure = sent(world)[0]
    back = mended(enclosure, **{f"PL02_{CELL}": int(figures()[KEY])})
    second = world.take(letter((back,), text="Sở gửi bản đã sửa."), minutes=60)
    assert (second["state"], second["verdict"]) == ("filed", "accepted")
    assert [f for f in second["findings"] if f["severity"] not in ("info", "warn")] == []
    deficient = {f["form"] for f in first["forms"] if f["state"] == "deficient"}
    assert {form["form"] for form in second["forms"]} == deficient
    read = {(r["form"], r["indicator"], r["column"]): r["value"] for r in second["rows"]}
    before = {(r["form"], r["indicator"], r["column"]): r["value"] for r in first["rows"]}
    changed = {key for key, value in read.items() if before[key] != value}
    assert changed == {KEY}
    assert len(read) == sum(key[0] in deficient for key in before)


def test_sent_back_as_it_was_it_says_the_same_again(world: World, tmp_path: Path) -> None:
    """From LibreOffice as .xls, nothing mended: the very findings of the first letter."""
    first = world.take(letter((*workbooks(given=WRONG), narrative())))
    enclosure = sent(world)[0]
    (tmp_path / enclosure.name).write_bytes(enclosure.data)
    old = convert(tmp_path / enclosure.name, "xls", tmp_path / "out")
    again = world.take(letter((NamedFile(old.name, old.read_bytes()),)), minutes=60)
    assert blunders(again) == blunders(first) != []
    assert again["verdict"] == "deficient"
    assert again["province"] == "02"


def blunders(document) -> list[tuple[str, str, str, str]]:
    return sorted(
        (f["code"], f["form"], f["indicator"], f["column"])
        for f in document["findings"]
        if f["severity"] in ("fatal", "error", "query")
    )


def test_blank_forms_left_blank_are_missing_and_no_fault(world: World) -> None:
    """A part of the forms came; the others go out blank and come back blank."""
    first = world.take(letter((*workbooks(("PL02", "PL03"), WRONG), narrative())))
    assert len(first["forms_missing"]) == 7
    back = mended(sent(world)[0], **{f"PL02_{CELL}": int(figures()[KEY])})
    second = world.take(letter((back,)), minutes=60)
    assert {form["form"] for form in second["forms"]} == {"PL02"}
    assert second["verdict"] == "incomplete"
    assert "form-unrecognised" not in {f["code"] for f in second["findings"]}


def test_a_file_that_is_no_form_gets_the_blank_forms(world: World, scribe: Scribe) -> None:
    """The letter asks for the official layout, and brings it."""
    book = NamedFile("danh sach.csv", b"a;b\n1;2\n")
    document = world.take(letter((book,)))
    assert document["reply"]["template"] == "deficiency"
    (correction,) = scribe.written
    assert [form.form.id for form in correction.forms] == list(
        shipped_round().forms_required
    )
    assert all(form.appendix is None for form in correction.forms)


def test_other_letters_carry_nothing(world: World, scribe: Scribe) -> None:
    world.take(letter((*workbooks(), narrative())))
    assert (sent(world)[0], scribe.written) == (None, [])


def test_for_a_suppressed_letter_no_workbook_is_built(world: World, scribe: Scribe) -> None:
    world.policy(replies="off")
    document = world.take(letter((*workbooks(given=WRONG), narrative())))
    assert document["reply"]["template"] == "deficiency"
    assert document["reply"]["suppressed"] == "N01"
    assert scribe.written == []


def test_both_letters_of_a_stranger_carry_the_same_workbook(
    world: World, scribe: Scribe
) -> None:
    raw = letter((*workbooks(given=WRONG), narrative()), sender="sldtbxh.hagiang@gmail.com")
    document = world.take(raw)
    assert document["reply"]["also"] == [SENDER]
    found = sent(world)
    assert len(found) == 2
    assert found[0] == found[1]
    assert found[0] is not None
    assert len(scribe.written) == 1
