"""What a province explains awaits the planner: from its words to his, and the letters."""

from collections.abc import Mapping
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Word
from pipeline.domain.plan.plan_round import ExplainedQueries
from pipeline.domain.proposal import ProposalState
from pipeline.jobs import planner_decisions
from tests.builders.corrections import enclosed
from tests.builders.demo_world import shipped_round
from tests.builders.mails import figures, letter, narrative, workbooks
from tests.builders.workshop import World, open_world
from tests.jobs.test_correction_loop import mended

TOTAL = ("PL02", "vl.tong", "kh_n")
PART = ("PL02", "vl.bhtn_huong", "kh_n")
WHOLE = ("PL02", "vl.bhtn_dk", "kh_n")
WRONG = {**figures(), TOTAL: figures()[TOTAL] + 90}
ODD = {**figures(), PART: figures()[WHOLE] + 5}
REPLY = "Kính gửi Vụ.\nGT PL02.6: do chuyển hồ sơ từ năm trước\n"
WAITS = "Vụ đã ghi nhận giải trình của Sở đối với PL02.6, chờ Vụ xem xét"


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = open_world(tmp_path)
    yield made
    made.ledger.close()


def rule(world: World, number: int, *, accepted: bool) -> None:
    word = Word("lan", "đã gọi điện", world.now)
    planner_decisions.rule_on_explanation(
        world.ledger, str(number), word, accepted=accepted
    )
    world.process()


def state_of(document: Mapping[str, Any], rule_id: str) -> set[str]:
    return {f["state"] for f in document["findings"] if f["rule"] == rule_id}


def last_letter(world: World) -> str:
    """The words of the newest letter, on one line."""
    data = world.ledger.claim_letters(world.now, 99)[-1].data
    body = message_from_bytes(data, policy=policy.default).get_body(("plain",))
    return " ".join(body.get_content().split())


def the_only(world: World):
    (noted,) = world.ledger.explanations(shipped_round().id)
    return noted


def test_words_alone_wait_for_the_planner_and_his_yes_is_told(world: World) -> None:
    first = world.take(letter((*workbooks(("PL02",), ODD), narrative())))
    assert state_of(first, "PL02.6") == {"fail"}
    reply = world.take(letter((), text=REPLY), minutes=60)
    assert (reply["kind"], reply["state"], reply["reason"]) == (
        *("submission", "held", "explanation"),
    )
    (item,) = reply["explanations"]
    assert (item["state"], len(item["findings"])) == ("proposed", 1)
    assert WAITS in last_letter(world)
    assert state_of(world.document(1), "PL02.6") == {"fail"}

    rule(world, the_only(world).id, accepted=True)
    assert state_of(world.document(1), "PL02.6") == {"waived"}
    reply = world.document(2)
    assert (reply["state"], reply["explanations"][0]["state"]) == ("filed", "accepted")
    assert reply["explanations"][0]["id"] == item["id"]
    told = last_letter(world)
    assert "Vụ đã chấp nhận giải trình của Sở đối với PL02.6." in told
    assert "ghi nhận giải trình" not in told


def test_a_no_is_told_and_the_finding_stays(world: World) -> None:
    world.take(letter((*workbooks(("PL02",), ODD), narrative())))
    world.take(letter((), text=REPLY), minutes=60)
    rule(world, the_only(world).id, accepted=False)
    assert the_only(world).state is ProposalState.REFUSED
    assert state_of(world.document(1), "PL02.6") == {"fail"}
    assert "chưa chấp nhận giải trình của Sở đối với PL02.6" in last_letter(world)
    rule(world, the_only(world).id, accepted=True)
    assert state_of(world.document(1), "PL02.6") == {"waived"}
    rule(world, the_only(world).id, accepted=False)
    assert state_of(world.document(1), "PL02.6") == {"fail"}
    assert world.ledger.audit_chain() is None


def test_beside_a_faulty_cell_the_workbook_explains_and_the_return_is_accepted(
    world: World,
) -> None:
    """The cell stays, the column `Giải trình` says why, the planner agrees."""
    world.take(letter((*workbooks(given=WRONG), narrative())))
    enclosure = next(
        filter(None, (enclosed(i.data) for i in world.ledger.claim_letters(world.now, 9)))
    )
    back = mended(enclosure, PL02_L14="tính cả lao động tự tạo việc làm")
    second = world.take(letter((back,), text="Sở gửi lại."), minutes=60)
    (item,) = second["explanations"]
    assert (item["indicator"], item["state"]) == ("vl.tong", "proposed")
    assert second["verdict"] == "deficient"
    assert "chờ Vụ xem xét" in last_letter(world)
    rule(world, the_only(world).id, accepted=True)
    second = world.document(2)
    assert second["verdict"] == "accepted"
    assert second["explanations"][0]["state"] == "accepted"
    assert "Vụ đã chấp nhận giải trình" in last_letter(world)


def test_the_round_may_accept_explained_queries_at_once_but_no_error(world: World) -> None:
    at_once = replace(shipped_round(), explained_queries=ExplainedQueries.ACCEPTED)
    world.bench = replace(world.bench, rounds=(at_once,))
    both = {**WRONG, PART: ODD[PART]}
    first = world.take(letter((*workbooks(given=both), narrative())))
    broken = {f["rule"] for f in first["findings"] if f["severity"] == "error"}
    text = REPLY + "".join(f"GT {each}: đúng như vậy\n" for each in sorted(broken))
    reply = world.take(letter((), text=text), minutes=60)
    assert state_of(world.document(1), "PL02.6") == {"waived"}
    assert {state for each in broken for state in state_of(world.document(1), each)} == {
        "fail"
    }
    states = {item["rule"]: item["state"] for item in reply["explanations"]}
    assert states == {"PL02.6": "accepted", **dict.fromkeys(broken, "proposed")}
    told = last_letter(world)
    assert "Vụ đã chấp nhận giải trình của Sở đối với PL02.6." in told
    assert "chờ Vụ xem xét" in told


def test_what_a_planner_took_back_is_not_accepted_at_once_again(world: World) -> None:
    at_once = replace(shipped_round(), explained_queries=ExplainedQueries.ACCEPTED)
    world.bench = replace(world.bench, rounds=(at_once,))
    world.take(letter((*workbooks(("PL02",), ODD), narrative())))
    again = workbooks(("PL02",), {**WRONG, PART: ODD[PART]})
    world.take(letter((*again, narrative()), text=REPLY), minutes=60)
    assert state_of(world.document(2), "PL02.6") == {"waived"}
    rule(world, the_only(world).id, accepted=False)
    assert state_of(world.document(2), "PL02.6") == {"fail"}
    world.ledger.reopen(2, world.now)
    world.process()
    assert state_of(world.document(2), "PL02.6") == {"fail"}


def test_what_nobody_asked_yet_is_not_accepted_at_once(world: World) -> None:
    at_once = replace(shipped_round(), explained_queries=ExplainedQueries.ACCEPTED)
    world.bench = replace(world.bench, rounds=(at_once,))
    first = world.take(letter((*workbooks(("PL02",), ODD), narrative()), text=REPLY))
    assert state_of(first, "PL02.6") == {"fail"}
    assert the_only(world).state is ProposalState.PROPOSED


def test_an_accepted_explanation_lapses_with_its_values(world: World) -> None:
    world.take(letter((*workbooks(("PL02",), ODD), narrative())))
    world.take(letter((), text=REPLY), minutes=60)
    rule(world, the_only(world).id, accepted=True)
    same = letter(workbooks(("PL02",), ODD), subject="Gửi lại PL02")
    again = world.take(same, minutes=120)
    assert state_of(again, "PL02.6") == {"waived"}
    other = {**ODD, PART: ODD[PART] + 1}
    later = world.take(letter(workbooks(("PL02",), other)), minutes=180)
    assert state_of(later, "PL02.6") == {"fail"}
    assert the_only(world).asked[0][0].id == 0  # its mail was replaced: nothing to rule on
    with pytest.raises(PermanentError, match="no finding that is open"):
        rule(world, the_only(world).id, accepted=False)


def test_words_about_nothing_open_wait_too_and_a_question_is_a_question(
    world: World,
) -> None:
    world.take(letter((*workbooks(("PL02",)), narrative())))
    wrong = world.take(letter((), text="GT PL02.99: nhầm mã"), minutes=60)
    assert (wrong["state"], wrong["reason"]) == ("held", "explanation")
    assert wrong["explanations"][0]["state"] == "unmatched"
    asks = world.take(letter((), text=REPLY + "Hạn gửi là khi nào?"), minutes=90)
    assert (asks["kind"], asks["reason"]) == ("question", "question")


def test_the_thread_says_which_mail_is_meant(world: World) -> None:
    """Two mails fail the rule; the reply to the letter on the older is about that one."""
    world.take(letter((*workbooks(("PL02",), ODD), narrative())))
    answered = world.ledger.claim_letters(world.now, 9)[-1].rfc_message_id
    other = {**ODD, PART: ODD[PART] + 1}
    world.take(letter(workbooks(("PL02",), other)), minutes=30)
    threaded = letter((), text=REPLY).replace(
        b"Subject:", f"References: <a@b.vn> {answered}\r\nSubject:".encode(), 1
    )
    world.take(threaded, minutes=60)
    world.take(letter((), text=REPLY, subject="Giải trình"), minutes=90)
    first, second = world.ledger.explanations()
    assert [e.asked[0][0].message for e in (first, second)] == [1, 2]


def test_a_stranger_explains_nothing(world: World) -> None:
    world.take(letter((*workbooks(("PL02",), ODD), narrative())))
    stranger = world.take(
        letter((), text=REPLY, sender="ai.do@gmail.com", sender_name="Ai", subject="GT"),
        minutes=60,
    )
    assert stranger["state"] == "held"
    assert [e["state"] for e in stranger["explanations"]] == ["unmatched"]
