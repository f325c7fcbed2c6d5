"""`matches`: a label in doubt, a planner's word on it, and how it is read from then on."""

import logging

import pytest

from pipeline.demo.sample_files import NamedFile
from tests.builders.mails import letter
from tests.builders.renamed_rows import LABEL, OURS, THEIRS, doubtful
from tests.contract.test_commands import Place

WHY = ("--why", "đã gọi điện", "--by", "lan")


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Place(tmp_path, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)


def send(place: Place, name: str, file: NamedFile, **mail) -> dict:
    """What a mail with one file says once it is ingested."""
    mail = {"subject": name, "text": name, "sender_name": "", **mail}
    _, said = place.json("ingest", place.mail(f"{name}.eml", letter([file], **mail)))
    return said[0]


def codes(document: dict) -> set[str]:
    return {finding["code"] for finding in document["findings"]}


def meant(place: Place, message: int) -> dict[str, tuple[str, str]]:
    """For each row that was not told by its words: the indicator and by what."""
    _, (shown,) = place.json("show", str(message))
    return {
        row["label"]: (row["indicator"], row["how"])
        for row in shown["matching"][0]["rows"]
        if row["how"] != "words"
    }


def test_a_label_in_doubt_is_listed_answered_and_read_by_the_answer(place) -> None:
    assert "row-uncertain" in codes(send(place, "a", doubtful()))
    (asked,) = place.json("matches", "list", "--province", "Hà Giang")[1]
    assert [(m["meaning"], m["taken"]) for m in asked["meanings"]] == [
        (OURS, True),
        (THEIRS, False),
    ]
    _, out, _ = place.run("matches", "list")
    assert "Số hộ nghèo cuối năm" in out
    assert "1 rows and columns in doubt" in out
    confirm = ("matches", "confirm", str(asked["finding"]), "A.3", *WHY)
    code, (said,) = place.json(*confirm)
    assert code == 0
    assert "row-uncertain" not in codes(said)
    assert meant(place, 1) == {LABEL: (THEIRS, "alias")}
    _, out, _ = place.run("show", "1")
    assert "by its code" not in out
    assert "alias" in out
    (kept,) = place.json("matches", "list", "--answered")[1]
    assert (kept["province"], kept["form"], kept["meaning"]) == ("02", "PL05", THEIRS)
    _, (said,) = place.json("matches", "withdraw", str(kept["alias"]), *WHY)
    assert "row-uncertain" in codes(said)
    _, out, _ = place.run("matches", "list", "--answered")
    assert "lan" in out
