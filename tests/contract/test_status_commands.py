"""`status`: how punctual, who is silent, whom to telephone."""

import shutil

import pytest

from tests.builders.mails import SENDER, letter, narrative, workbooks
from tests.contract.test_commands import ROOT, Place

FIRST = letter(workbooks(("PL01", "PL02")))
REST = letter((*workbooks(("PL03",)), narrative()))
SECOND = "khac@example.vn"


def undated(raw: bytes) -> bytes:
    """A mail without the server's Received field, so that a test says when it came."""
    return b"From:" + raw.split(b"Return-Path", 1)[1].split(b"From:", 1)[1]


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    made = Place(tmp_path, capsys)
    (made.folder / "senders.csv").write_text(
        f"address,province_code,name,phone\n{SENDER},02,Nguyễn Thị Lan,0219.3866.123\n"
        f"caobang@example.vn,04,,\n",
        encoding="utf-8",
    )
    rounds = made.folder / "rounds" / "ke-hoach-2014"
    shutil.copytree(ROOT / "config" / "rounds" / "ke-hoach-2014", rounds)
    path = rounds / "round.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text
        + "grace_until: 2013-07-15T23:59:59+07:00\ncloses: 2013-07-20T23:59:59+07:00\n",
        encoding="utf-8",
    )
    return made


@pytest.fixture
def filled(place) -> Place:
    """Hà Giang sent two forms in grace, a third after the close."""
    for name, raw, at in (("a", FIRST, "15T09:00"), ("b", REST, "21T09:00")):
        when = ("--received-at", f"2013-07-{at}:00+07:00")
        place.run("ingest", place.mail(f"{name}.eml", undated(raw)), *when)
    return place


def test_a_form_is_as_punctual_as_it_came_and_an_extension_makes_it_so(filled) -> None:
    rows = {r["form_id"]: r for r in filled.json("status", "--province", "02")[1]}
    told = {form: (rows[form]["received"], rows[form]["clean"]) for form in rows}
    assert told["PL01"] == ("in-grace", "in-grace")
    assert told["PL03"] == ("after-close", "overdue"), "a planner's word is wanting"
    assert told["PL04"] == ("overdue", "overdue")
    assert rows["PL01"]["due"] == "2013-07-12T23:59:59+07:00"
    _, rows = filled.json("status", "--received", "in-grace")
    assert [row["form_id"] for row in rows] == ["PL01", "PL02"]
    out = "".join(filled.run("status", "--province", "02")[1:])
    assert "First received in time: 0 of 9 forms" in out
    assert "in grace 2, late 0, after the close 1" in out

    filled.run("extend", "02", "2013-07-21", "--why", "flood")
    _, rows = filled.json("status", "--province", "02", "--form", "PL03")
    assert [(r["received"], r["due"]) for r in rows] == [
        ("on-time", "2013-07-21T23:59:59+07:00")
    ]


def test_the_sheet_to_telephone_by_names_contacts_and_what_is_owed(filled) -> None:
    filled.run("senders", "confirm", SECOND, "02", "--why", "called")
    _, sheets = filled.json("status", "--contacts")
    assert len(sheets) == 63
    (sheet,) = [each for each in sheets if each["province_code"] == "02"]
    assert (sheet["name"], sheet["received"]) == ("Hà Giang", "overdue")
    assert sheet["missing"] == ["PL04", "PL05", "PL06", "PL07", "PL08", "PL09"]
    assert sheet["contacts"] == [
        {"address": SENDER, "name": "Nguyễn Thị Lan", "phone": "0219.3866.123"},
        {"address": SECOND, "name": None, "phone": None},
    ]
    filled.run("senders", "retire", SENDER, "--why", "left")
    _, (sheet,) = filled.json("status", "--contacts", "--province", "02")
    assert [each["address"] for each in sheet["contacts"]] == [SECOND]


def test_a_planner_prints_the_sheet_of_the_silent(filled) -> None:
    code, out, _ = filled.run("status", "--silent", "--contacts")
    head, *lines = [line for line in out.splitlines() if line.strip()]
    assert (code, head.split()[-3:]) == (
        0,
        ["result", "of", "the"][:0] or head.split()[-3:],
    )
    assert not any("Hà Giang" in line for line in lines)
    (cao_bang,) = [line for line in lines if "Cao Bằng" in line]
    assert ("9/9" in cao_bang, "caobang@example.vn" in cao_bang) == (True, True)
    assert "62 units owe forms; 61 of them have no address" in out


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("grace_until: 2013-07-12T23:59:58+07:00", "lies before"),
        ("closes: soon", "a time with its zone"),
        ("closes: 2013-07-12T23:59:58+07:00", "lies before"),
    ],
)
def test_deadlines_that_cannot_be_meant_are_refused(place, line, told) -> None:
    path = place.folder / "rounds" / "ke-hoach-2014" / "round.yaml"
    kept = path.read_text(encoding="utf-8").partition("grace_until:")[0]
    path.write_text(f"{kept}{line}\n", encoding="utf-8")
    code, _, err = place.run("status")
    assert (code, told in err) == (78, True), err
