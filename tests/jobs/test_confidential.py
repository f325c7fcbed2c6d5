"""Mail that should not have come by mail: held, not copied, never answered."""

import pytest

from pipeline.demo.sample_files import NamedFile
from tests.builders.documents import docx, paragraph, word_table
from tests.builders.mails import letter, narrative, workbooks
from tests.builders.workbooks import Drawing
from tests.builders.workshop import World, open_world

PEOPLE = [
    ["STT", "Họ và tên", "Số CMND"],
    *[[str(n), f"Nguyễn Văn {'ABCDEF'[n]}", f"07312345{n}"] for n in range(6)],
]
LIST = NamedFile("Danh sach.csv", "\n".join(";".join(row) for row in PEOPLE).encode())


@pytest.fixture
def world(tmp_path) -> World:
    return open_world(tmp_path)


@pytest.mark.fault("T-27")
def test_a_list_of_persons_is_held_and_nothing_of_it_is_copied(world) -> None:
    document = world.take(letter((*workbooks(["PL09"]), LIST)))
    assert (document["state"], document["reason"]) == ("held", "persons-listed")
    assert (document["forms"], document["rows"]) == ([], [])
    assert [(f["code"], f["severity"], f["path"]) for f in document["findings"]][:1] == [
        ("persons-listed", "error", LIST.name)
    ]
    assert document["reply"]["suppressed"] == "N20"
    assert world.counting() == {}
    assert "07312345" not in str(document)
    assert "Nguyễn Văn" not in str(document)


def test_a_stranger_who_lists_persons_is_held_for_that(world) -> None:
    sent = letter((LIST,), sender="x@example.com", sender_name="", subject="x", text="x")
    document = world.take(sent)
    assert (document["state"], document["reason"]) == ("held", "persons-listed")
    assert world.letters() == []


@pytest.mark.fault("T-27")
def test_a_list_in_a_document_is_one_too(world) -> None:
    cells = {(r, c): text for r, row in enumerate(PEOPLE) for c, text in enumerate(row)}
    data = docx(paragraph("Danh sách") + word_table(Drawing("DS", cells)))
    file = NamedFile("Bao cao.docx", data)
    document = world.take(letter((file,)))
    assert (document["reason"], document["reply"]["suppressed"]) == (
        "persons-listed",
        "N20",
    )


def test_a_planner_may_release_it_and_still_nobody_is_answered(world) -> None:
    number = world.arrive(letter((*workbooks(["PL09"]), LIST)))
    world.process()
    world.ledger.hold(number, "an", "đã gọi điện", world.now, held=False)
    world.ledger.reopen(number, world.now)
    world.process()
    document = world.document(number)
    assert (document["state"], document["rows"]) == ("filed", [])
    assert document["reply"]["suppressed"] == "N20"
    assert all(state == "suppressed" for _, _, state in world.letters())


@pytest.mark.fault("T-28")
def test_what_bears_the_stamp_of_a_secret_is_not_copied_either(world) -> None:
    files = (*workbooks(["PL09"]), narrative())
    number = world.arrive(letter(files, text="MẬT\nKính gửi Vụ."))
    world.process()
    document = world.document(number)
    assert (document["state"], document["reason"]) == ("held", "state-secret")
    assert document["rows"] == []
    assert world.ledger.parsed(number).words == ""
    assert document["reply"]["suppressed"] == "N20"
