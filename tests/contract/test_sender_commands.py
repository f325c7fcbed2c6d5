"""`senders`: the registry on the command line, and what a confirmation decides again."""

import logging
from datetime import UTC, datetime

import pytest

from pipeline.demo.return_style import ReturnStyle
from tests.builders.mails import OURS, SENDER, letter, workbooks
from tests.contract.test_commands import Place

STRANGER = "lan.anh@example.com"
WHY = ("--why", "đã gọi điện", "--by", "lan")
NAMELESS = workbooks(["PL01"], style=ReturnStyle(letterhead=False), name="a.xlsx")
PLAIN = letter(NAMELESS, sender=STRANGER, sender_name="", subject="x", text="x")


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield Place(tmp_path, capsys)
    root.handlers[:] = handlers
    root.setLevel(level)


def states(place: Place) -> list[tuple[str, str | None]]:
    return [(row["state"], row["reason"]) for row in place.json("log")[1]]


@pytest.mark.fault("F-H-4")
def test_a_confirmation_decides_again_what_was_held(place) -> None:
    place.run("ingest", place.mail("a.eml", PLAIN))
    assert states(place) == [("held", "identity-none")]
    code, said = place.json("senders", "confirm", STRANGER, "Hà Giang", *WHY, "-n")
    assert (code, said[0]["messages"][0]["state"]) == (0, "filed")
    assert states(place) == [("held", "identity-none")]
    code, said = place.json("senders", "confirm", STRANGER.upper(), "02", *WHY)
    assert code == 0
    assert (said[0]["address"], said[0]["province"]) == (STRANGER, "02")
    assert [m["id"] for m in said[0]["messages"]] == [1]
    _, (shown,) = place.json("show", "1")
    assert (shown["state"], shown["province"]) == ("filed", "02")
    assert shown["identity"]["strength"] == "registered"
    assert place.run("audit")[0] == 0


def test_the_list_tells_where_an_entry_comes_from_and_when(place) -> None:
    _, listed = place.json("senders", "list")
    assert [(row["address"], row["source"]) for row in listed] == [(SENDER, "file")]
    place.run("senders", "confirm", STRANGER, "04", *WHY)
    place.run("senders", "retire", STRANGER, *WHY)
    code, listed = place.json("senders", "list")
    assert code == 0
    assert [(row["address"], row["source"]) for row in listed] == [
        (SENDER, "file"),
        (STRANGER, "planner"),
    ]
    assert listed[1]["confirmed_by"] == listed[1]["retired_by"] == "lan"
    assert listed[1]["retired_at"] >= listed[1]["confirmed_at"]
    _, out, _ = place.run("senders", "list")
    assert STRANGER in out


@pytest.mark.fault("F-H-4")
def test_a_retired_address_is_believed_no_more(place) -> None:
    """Also one of senders.csv; what it sent before stays as it is."""
    before = letter(NAMELESS, subject="x", text="x", sender_name="")
    place.run("ingest", place.mail("a.eml", before))
    assert place.json("senders", "retire", SENDER, *WHY, "-n")[0] == 0
    code, said = place.json("senders", "retire", SENDER, *WHY)
    assert (code, said) == (0, [{"address": SENDER, "province": "02"}])
    _, listed = place.json("senders", "list")
    assert [row["source"] for row in listed] == ["planner"]
    later = workbooks(["PL02"], style=ReturnStyle(letterhead=False), name="b.xlsx")
    after = letter(later, at=datetime(2999, 1, 1, tzinfo=UTC), subject="y", text="y")
    place.run("ingest", place.mail("b.eml", after))
    place.run("reprocess", "1")
    (_, second), first = states(place)
    assert second in ("identity-weak", "identity-none")
    assert first == ("filed", None)
    assert place.run("senders", "retire", SENDER, *WHY)[0] == 1


@pytest.mark.parametrize(
    ("address", "province", "problem"),
    [
        ("noreply@example.com", "02", "robot"),
        (OURS, "02", "our own"),
        ("nobody", "02", "not an e-mail address"),
        (SENDER, "04", "already speaks for 02"),
        (STRANGER, "Atlantis", "no province"),
    ],
)
def test_what_cannot_be_confirmed_is_refused(place, address, province, problem) -> None:
    code, _, err = place.run("senders", "confirm", address, province, *WHY)
    assert code == 1
    assert problem in err
    assert place.json("senders", "list")[1][0]["address"] == SENDER


def test_talk_for_people(place) -> None:
    place.run("ingest", place.mail("a.eml", PLAIN))
    code, out, _ = place.run("senders", "confirm", STRANGER, "02", *WHY)
    assert code == 0
    assert f"{STRANGER} speaks for Hà Giang; 1 messages decided again." in out
    code, out, _ = place.run("senders", "retire", STRANGER, *WHY)
    assert f"{STRANGER} does not speak for Hà Giang any more." in out
    assert place.run("senders", "confirm", STRANGER, "02", *WHY)[0] == 0
    with pytest.raises(SystemExit):
        place.run("senders")
