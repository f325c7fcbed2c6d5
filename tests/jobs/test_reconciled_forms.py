"""Two forms at odds: the likelier one is asked for, and when it comes both are right."""

from email import message_from_bytes, policy

import pytest

from pipeline.demo.return_style import ReturnStyle
from pipeline.domain.people import Word
from pipeline.jobs import planner_decisions
from tests.builders.demo_world import shipped_round
from tests.builders.mails import figures, letter, narrative, workbooks
from tests.builders.workshop import World, open_world

FORMS = ("PL01", "PL02", "PL03")
# PL01 says the same total as PL02; its parts in PL02 say so too
WRONG = figures(**{"PL02:vl.tong:kh_n": 1})
DEFICIENT = letter((*workbooks(FORMS, WRONG), narrative()))
MENDED = letter(workbooks(("PL02",)), subject="Gửi lại PL02")


@pytest.fixture
def world(tmp_path) -> World:
    return open_world(tmp_path)


def letters(world: World) -> list[tuple[str, str]]:
    """Subject and text of the letters since the last call."""
    found = []
    for item in world.ledger.claim_letters(world.now, 100):
        message = message_from_bytes(item.data, policy=policy.default)
        body = message.get_body(("plain",))
        assert body is not None
        found.append((str(message["Subject"]), " ".join(body.get_content().split())))
    return found


def states(world: World) -> dict[str, str]:
    rows = world.ledger.coverage(shipped_round().id)
    own = [row for row in rows if row["province_code"] == "02"]
    return {row["form_id"]: row["state"] for row in own if row["form_id"] in FORMS}


def test_the_likelier_form_is_asked_for_and_the_other_only_if_needed(world: World) -> None:
    world.take(DEFICIENT)
    ((subject, said),) = letters(world)
    assert subject.endswith("đề nghị chỉnh sửa PL02")
    assert "1 phụ lục (PL02) có nội dung đề nghị Sở kiểm tra, chỉnh sửa" in said
    assert "gửi lại PL02; PL01 chỉ phải sửa, gửi lại nếu số liệu tại đó chưa đúng" in said
    assert "PL01: chưa khớp với PL02; chỉ gửi lại nếu số liệu tại đây chưa đúng" in said
    assert states(world) == {"PL01": "deficient", "PL02": "deficient", "PL03": "accepted"}


def test_the_mended_form_sets_the_other_right(world: World) -> None:
    world.take(DEFICIENT)
    letters(world)
    told = world.take(MENDED, 60)
    assert told["verdict"] == "incomplete"
    assert set(states(world).values()) == {"accepted"}
    ((_, said),) = letters(world)
    assert "PL01: đã ghi nhận từ thư trước" in said
    assert "Gửi lại PL01" not in said
    forms = {form["form"]: form["state"] for form in world.document(1)["forms"]}
    assert forms == {"PL01": "accepted", "PL02": "deficient", "PL03": "accepted"}
    actions = [event["action"] for event in world.ledger.event_page(1, None, 99)]
    assert actions.count("accept") == 1
    assert world.ledger.audit_chain() is None


def test_a_form_that_does_not_agree_stays_to_be_mended(world: World) -> None:
    world.take(DEFICIENT)
    letters(world)
    total = figures()["PL02", "vl.tong", "kh_n"] + 7
    parts = figures()["PL02", "vl.trong_nuoc", "kh_n"] + 7
    other = figures(**{"PL02:vl.tong:kh_n": total, "PL02:vl.trong_nuoc:kh_n": parts})
    world.take(letter(workbooks(("PL02",), other)), 60)
    assert states(world)["PL01"] == "deficient"
    ((_, said),) = letters(world)
    assert "Gửi lại PL01 theo nội dung đề nghị chỉnh sửa tại thư trước" in said


def test_a_form_with_a_fault_of_its_own_is_asked_for(world: World) -> None:
    own = dict(WRONG)
    del own["PL01", "th.viec_lam", "th_n2"], own["PL01", "th.tuyen_sinh", "kh_n"]
    world.take(letter((*workbooks(FORMS, own), narrative())))
    ((_, said),) = letters(world)
    assert "gửi lại PL01, PL02;" in said
    world.take(MENDED, 60)
    assert states(world)["PL01"] == "deficient"


def test_who_sends_both_is_answered_as_ever(world: World) -> None:
    world.take(DEFICIENT)
    letters(world)
    world.take(letter(workbooks(("PL01", "PL02"), style=ReturnStyle())), 60)
    assert set(states(world).values()) == {"accepted"}
    assert [event["action"] for event in world.ledger.event_page(1, None, 99)].count(
        "accept"
    ) == 0


def test_a_planner_who_takes_it_back_is_not_overruled(world: World) -> None:
    world.take(DEFICIENT)
    world.take(MENDED, 60)
    word = Word("lan", "hỏi lại Sở", world.now)
    planner_decisions.accept(world.ledger, 1, "PL01", word, undo=True)
    world.process()
    assert states(world)["PL01"] == "deficient"
    planner_decisions.reprocess(world.ledger, 2, word)
    world.process()
    assert states(world)["PL01"] == "deficient"
