"""`admit` and `status` where the books were closed."""

import shutil
from datetime import datetime

import pytest

from pipeline.domain.writing.vietnamese import HANOI
from tests.builders.mails import letter, workbooks
from tests.builders.totals import ROUND_FOLDER
from tests.contract.test_commands import Place

LONG_AFTER = datetime(2013, 8, 20, 9, tzinfo=HANOI)
RETURN = letter(workbooks(("PL01", "PL02")), at=LONG_AFTER)


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    made = Place(tmp_path, capsys)
    rounds = made.folder / "rounds" / "ke-hoach-2014"
    shutil.copytree(ROUND_FOLDER, rounds)
    text = (rounds / "round.yaml").read_text(encoding="utf-8")
    due = "due: 2013-07-12T23:59:59+07:00\n"
    closing = text.replace(due, due + "closes: 2013-07-31T23:59:59+07:00\n")
    (rounds / "round.yaml").write_text(closing, encoding="utf-8")
    made.run("ingest", made.mail("a.eml", RETURN))
    return made


def counted(place: Place) -> int:
    return int(place.json("explain", "PL02", "vl.tong", "kh_n")[1][0]["reported"])


def test_a_form_after_the_close_counts_on_a_planners_word(place: Place) -> None:
    rows = place.json("status", "--province", "02")[1]
    shut = [row["form_id"] for row in rows if row["shut"]]
    assert shut == ["PL01", "PL02"]
    assert [row["received"] for row in rows][:2] == ["after-close", "after-close"]
    out = place.run("status", "--province", "02")[1]
    assert "!#" in out
    assert "2 forms came after the close (#) and wait for a word" in out
    assert counted(place) == 0
    why = ("--why", "the province telephoned")
    (tried,) = place.json("admit", "1", "--form", "PL02", "-n", *why)[1]
    assert [form["shut"] for form in tried["forms"]] == [True, False]
    assert counted(place) == 0
    assert place.run("admit", "1", *why)[0] == 0
    assert counted(place) == 1
    assert place.run("admit", "1", "--withdraw", *why)[0] == 0
    assert counted(place) == 0
