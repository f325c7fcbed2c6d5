"""After `closes`: what comes is read, answered and kept, and counts on a planner's word."""

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest

from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Word
from pipeline.jobs import planner_decisions
from tests.builders.demo_world import shipped_round
from tests.builders.mails import SENT, figures, letter, narrative, workbooks
from tests.builders.workshop import World, open_world

DUE = shipped_round().due
CLOSES = DUE + timedelta(days=3)
ROUND = replace(shipped_round(), closes=CLOSES)
IN_TIME, CLOSED = 0, (CLOSES - SENT) / timedelta(minutes=1) + 60
TOTAL = ("PL02", "vl.tong", "kh_n")
FORMS = ("PL01", "PL02", "PL03")
RETURN = letter((*workbooks(FORMS), narrative()))
GIVEN = figures(**{"PL01:th.viec_lam:kh_n": 14709, "PL02:vl.tong:kh_n": 14709})


@pytest.fixture
def world(tmp_path) -> World:
    made = open_world(tmp_path)
    made.bench = replace(made.bench, rounds=(ROUND,))
    return made


def word(world: World) -> Word:
    return Word("lan", "gọi điện", world.now)


def admit(world: World, message: int, form: str | None = None, *, undo: bool = False):
    planner_decisions.admit(world.ledger, message, form, word(world), undo=undo)
    world.process()


def coverage(world: World) -> dict[str, tuple[str, int]]:
    rows = world.ledger.coverage(ROUND.id)
    return {
        row["form_id"]: (row["state"], row["shut"])
        for row in rows
        if row["province_code"] == "02"
    }


def gap(world: World):
    return world.ledger.gaps(ROUND.id)["02"]


def words_of_letters(world: World) -> str:
    claimed = world.ledger.claim_letters(world.now, 100)
    bodies = (
        message_from_bytes(item.data, policy=policy.default).get_body(("plain",))
        for item in claimed
    )
    return " ".join(" ".join(body.get_content().split()) for body in bodies if body)


def test_a_form_after_the_close_is_answered_and_waits(world: World) -> None:
    told = world.take(RETURN, CLOSED)
    assert (told["state"], told["verdict"], told["late"]) == ("filed", "incomplete", True)
    assert {form["state"] for form in told["forms"]} == {"accepted"}
    assert all(form["shut"] for form in told["forms"])
    shut = [f["form"] for f in told["findings"] if f["code"] == "after-close"]
    assert shut == list(FORMS)
    assert world.counting() == {}
    assert {coverage(world)[form] for form in FORMS} == {("deficient", 1)}
    assert not {owed.form for owed in gap(world).forms} & set(FORMS)
    letter_said = words_of_letters(world)
    assert "sau khi kỳ báo cáo đã khóa sổ (23 giờ 59 phút ngày 15/7/2013)" in letter_said
    assert "đã được lưu, chưa đưa vào tổng hợp" in letter_said
    assert "để tổng hợp." not in letter_said
    assert "PL03: đến sau khi khóa sổ, chờ Vụ xem xét" in letter_said


def test_a_planner_admits_forms_and_takes_it_back(world: World) -> None:
    world.take(RETURN, CLOSED)
    admit(world, 1, "PL02")
    assert set(world.counting()) == {"PL02"}
    assert coverage(world)["PL02"] == ("accepted", 0)
    assert coverage(world)["PL03"] == ("deficient", 1)
    admit(world, 1)
    assert set(world.counting()) == set(FORMS)
    told = world.document(1)
    assert not any(form["shut"] for form in told["forms"])
    assert [f["code"] for f in told["findings"] if f["code"] == "after-close"] == []
    with pytest.raises(PermanentError, match="no form that came after the close"):
        admit(world, 1)
    admit(world, 1, "PL02", undo=True)
    assert "PL02" not in world.counting()
    with pytest.raises(PermanentError, match="no form of it was admitted"):
        admit(world, 1, "PL02", undo=True)
    actions = [event["action"] for event in world.ledger.event_page(1, None, 99)]
    assert (actions.count("admit"), "admit-undo" in actions) == (2, True)


def test_what_came_in_time_goes_on_counting(world: World) -> None:
    world.take(RETURN, IN_TIME)
    before = world.counting()
    again = letter(workbooks(("PL01", "PL02"), GIVEN), subject="Gửi lại PL01, PL02")
    world.take(again, CLOSED)
    assert world.counting() == before
    assert coverage(world)["PL02"] == ("accepted", 1)
    assert coverage(world)["PL03"] == ("accepted", 0)
    letter_said = words_of_letters(world)
    assert "chờ Vụ xem xét; bản ghi nhận trước đó vẫn được dùng" in letter_said
    admit(world, 2)
    assert {
        form for form, digest in world.counting().items() if digest != before[form]
    } == {
        "PL01",
        "PL02",
    }
    assert coverage(world)["PL02"] == ("accepted", 0)


def test_a_later_mail_does_not_miss_what_waits(world: World) -> None:
    world.take(letter(workbooks(("PL01", "PL02"))), CLOSED)
    told = world.take(letter(workbooks(("PL03",))), CLOSED + 5)
    assert "PL01" not in told["forms_missing"]
    assert "PL04" in told["forms_missing"]
    assert "PL01: đến sau khi khóa sổ, chờ Vụ xem xét" in words_of_letters(world)


def test_faults_after_the_close_are_still_told(world: World) -> None:
    wrong = figures(**{"PL02:vl.tong:kh_n": 1})
    told = world.take(letter((*workbooks(FORMS, wrong), narrative())), CLOSED)
    assert told["verdict"] == "deficient"
    owed = {open_form.form for open_form in gap(world).forms}
    assert owed & set(FORMS) == {"PL01", "PL02"}
    admit(world, 1, "PL02")
    assert set(world.counting()) == {"PL02"}
    assert coverage(world)["PL02"] == ("deficient", 0)


def test_an_extension_moves_the_close(world: World) -> None:
    world.take(RETURN, CLOSED)
    touched = planner_decisions.extend(
        world.ledger, ROUND.id, "02", CLOSES + timedelta(days=2), word(world)
    )
    world.process()
    assert list(touched) == [1]
    assert set(world.counting()) == set(FORMS)
    planner_decisions.extend(world.ledger, ROUND.id, "02", None, word(world))
    world.process()
    assert world.counting() == {}


def test_to_the_very_second_it_is_open(world: World) -> None:
    at_the_close = (CLOSES - SENT) / timedelta(minutes=1)
    told = world.take(RETURN, at_the_close)
    assert (told["late"], any(form["shut"] for form in told["forms"])) == (True, False)
    assert set(world.counting()) == set(FORMS)


def test_what_waits_sets_no_other_form_right_until_it_is_admitted(world: World) -> None:
    """PL01 disagrees with PL02 only, which comes mended, but when the books are closed."""
    wrong = figures(**{"PL02:vl.tong:kh_n": 1})
    world.take(letter((*workbooks(FORMS, wrong), narrative())), IN_TIME)
    world.take(letter(workbooks(("PL02",)), subject="Gửi lại PL02"), CLOSED)
    assert coverage(world)["PL01"] == ("deficient", 0)
    assert coverage(world)["PL02"] == ("deficient", 1)
    admit(world, 2)
    assert (coverage(world)["PL01"], coverage(world)["PL02"]) == (("accepted", 0),) * 2


def test_who_sent_it_mended_after_the_close_is_not_reminded_of_the_old_faults(
    world: World,
) -> None:
    wrong = figures(**{"PL02:vl.tong:kh_n": 1})
    world.take(letter((*workbooks(FORMS, wrong), narrative())), IN_TIME)
    assert "PL02" in {owed.form for owed in gap(world).forms}
    world.take(letter(workbooks(FORMS), subject="Gửi lại"), CLOSED)
    assert not {owed.form for owed in gap(world).forms} & set(FORMS)


class Hasty:
    """A ledger that another daemon works on: what is open again is judged at once."""

    def __init__(self, world: World) -> None:
        self._world = world

    def reopen(self, message: int, now: datetime) -> None:
        self._world.ledger.reopen(message, now)
        self._world.process()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world.ledger, name)


def test_a_daemon_that_is_quick_does_not_miss_the_planners_word(world: World) -> None:
    wrong = figures(**{"PL02:vl.tong:kh_n": 1})
    world.take(letter((*workbooks(FORMS, wrong), narrative())), CLOSED)
    planner_decisions.admit(Hasty(world), 1, "PL02", word(world), undo=False)
    assert set(world.counting()) == {"PL02"}
    planner_decisions.accept(Hasty(world), 1, "PL02", word(world), undo=False)
    assert coverage(world)["PL02"] == ("accepted", 0)
