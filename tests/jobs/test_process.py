"""Process, judge and audit on a real ledger: every way that a message can end."""

import logging
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from pipeline.demo.sample_files import NamedFile
from pipeline.domain.errors import (
    LimitError,
    PermanentError,
    TransientError,
    WorkerBugError,
    WorkerDiedError,
)
from pipeline.domain.mail.message import Location
from pipeline.domain.plan.form import FormState
from pipeline.domain.senders.province import Sender
from pipeline.jobs.audit import audit_ledger
from pipeline.jobs.collect import collect
from pipeline.jobs.process import LEASE_SECONDS, STRIKES, process
from tests.builders.demo_world import shipped_round
from tests.builders.mails import (
    SENDER,
    SENT,
    figures,
    letter,
    narrative,
    workbooks,
)
from tests.builders.workshop import Faulty, World, digest_of, open_world
from tests.fakes.memory_mailbox import MemoryFolder, MemoryMailbox

STRANGER = "sldtbxh.hagiang@gmail.com"
ALL = shipped_round().forms_required
TO_DUE = (shipped_round().due - SENT).total_seconds() / 60
KEY = ("PL02", "vl.tong", "kh_n")
WRONG_SUM = {**figures(), KEY: figures()[KEY] + 90}


@pytest.fixture
def world(tmp_path) -> World:
    made = open_world(tmp_path)
    yield made
    made.ledger.close()


def complete(**changes) -> bytes:
    return letter((*workbooks(), narrative()), **changes)


def partial(*forms: str, given=None, **changes) -> bytes:
    return letter(workbooks(forms, given), **changes)


def outcome(document) -> tuple[str, str | None, str]:
    return document["state"], document["reason"], document["verdict"]


def codes(document) -> set[str]:
    return {finding["code"] for finding in document["findings"]}


# What ends a message without an outcome.


@pytest.mark.fault("F-X-2")
@pytest.mark.parametrize(
    ("fault", "reason", "detail"),
    [
        (LimitError("the header is too long"), "limits", "the header is too long"),
        (WorkerDiedError("died (-11)"), "worker-died", "died (-11)"),
        (WorkerBugError("KeyError at a.py:1 f"), "bug", "KeyError at a.py:1 f"),
        (PermanentError("bytes were changed"), "bug", "bytes were changed"),
        (KeyError("a secret of the cell"), "bug", "KeyError"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_message_that_cannot_be_read_is_set_aside_and_the_next_is_filed(
    world, fault, reason, detail, caplog
) -> None:
    bad, good = world.arrive(partial("PL08")), world.arrive(complete(), minutes=1)
    world.reader.faults[digest_of(partial("PL08"))] = fault

    with caplog.at_level(logging.INFO):
        assert world.process() == 2

    assert outcome(world.document(bad)) == ("quarantined", reason, "none")
    assert world.log(bad)["detail"] == detail
    assert world.document(good)["verdict"] == "accepted"
    assert "message 2: filed, province 02, 9 forms, verdict accepted" in caplog.text
    assert world.process() == 0


def test_a_bug_of_ours_is_logged_with_its_place_and_nothing_of_it_is_filed(
    world, caplog
) -> None:
    number = world.arrive(complete())
    world.bench = replace(world.bench, writer=None)

    assert world.process() == 1

    assert outcome(world.document(number)) == ("quarantined", "bug", "none")
    assert "a bug in our own code" in caplog.text
    assert "Traceback" in caplog.text
    assert world.counting() == {}


@pytest.mark.fault("F-S6-3")
def test_bytes_that_are_gone_from_the_archive_quarantine_their_message(world) -> None:
    number = world.arrive(complete(), digest="0" * 64)
    world.process()
    assert outcome(world.document(number)) == ("quarantined", "bug", "none")


@pytest.mark.fault("F-X-2")
def test_three_attempts_that_did_not_end_are_the_last(world) -> None:
    """The attempt is counted before it is made, so a killed daemon cannot loop."""
    number = world.arrive(complete())
    for attempt in range(STRIKES):
        later = world.now + timedelta(seconds=(LEASE_SECONDS + 1) * attempt)
        assert world.ledger.claim("dead", later, LEASE_SECONDS).id == number
    world.now += timedelta(seconds=(LEASE_SECONDS + 1) * STRIKES)

    assert world.process() == 0

    assert outcome(world.document(number)) == ("quarantined", "worker-died", "none")


def test_a_fault_of_the_world_gives_every_claim_back_uncounted(world) -> None:
    first, second = world.arrive(complete()), world.arrive(partial("PL01"), minutes=1)
    whole = world.ledger

    def out_of_reach(*args):
        raise TransientError("the database went away")

    world.ledger = Faulty(whole, file=out_of_reach)
    with pytest.raises(TransientError):
        world.process()
    assert [world.log(number)["attempts"] for number in (first, second)] == [0, 0]

    world.ledger = whole
    assert world.process() == 2


def test_what_a_ledger_out_of_reach_did_not_take_back_is_not_left_lying(world) -> None:
    """Else it would wait until its claim ran out, and what came later go before it."""
    first, second = world.arrive(complete()), world.arrive(partial("PL01"), minutes=1)
    whole = world.ledger

    def out_of_reach(*args):
        raise TransientError("the database went away")

    world.ledger = Faulty(whole, file=out_of_reach, give_back=out_of_reach)
    with pytest.raises(TransientError):
        world.process()

    world.ledger = whole
    world.arrive(partial("PL02"), minutes=2)
    assert world.process() == 3
    assert [world.log(number)["attempts"] for number in (first, second)] == [1, 1]


@pytest.mark.parametrize("fault", [None, LimitError("too deep")], ids=["judged", "faulty"])
def test_what_was_judged_meanwhile_by_another_is_not_overwritten(
    world, caplog, fault
) -> None:
    """A claim that ran out, or was freed as a dead process's, and filed by its taker."""
    number = world.arrive(complete())
    ours, other, reader = world.shop, replace(world.shop, owner="other:1"), world.reader

    def slowly(loads):
        world.ledger.free(ours.owner)
        reader.parse_ahead = quickly
        assert process(other, lambda: world.now) == 1
        if fault is not None:
            reader.faults[digest_of(complete())] = fault
        return quickly(loads)

    quickly, reader.parse_ahead = reader.parse_ahead, slowly
    world.process()
    assert outcome(world.document(number)) == ("filed", None, "accepted")
    assert len(world.letters()) == 1
    assert f"message {number}: test:1 has it in hand no more" in caplog.text


def test_a_worker_that_does_not_start_blames_no_message(world) -> None:
    number = world.arrive(complete())
    world.reader.faults[digest_of(complete())] = TransientError("no memory")
    with pytest.raises(TransientError):
        world.process()
    assert world.document(number)["state"] == "received"


def test_asked_to_stop_nothing_more_is_claimed(world) -> None:
    world.arrive(complete())
    assert world.process(stop=lambda: True) == 0


def test_told_to_stop_midway_what_was_claimed_ahead_is_given_back_uncounted(world) -> None:
    numbers = [world.arrive(partial(f), n) for n, f in enumerate(("PL01", "PL02", "PL03"))]
    settled = []
    assert world.process(stop=lambda: bool(settled), progress=settled.append) == 1
    assert [world.log(number)["attempts"] for number in numbers] == [1, 0, 0]
    assert [world.document(number)["state"] for number in numbers[1:]] == ["received"] * 2


def test_the_workers_are_kept_busy_while_a_message_is_settled(world) -> None:
    """The third is given ahead before the second is settled, with room for two."""
    for minutes, form in enumerate(("PL01", "PL02", "PL03")):
        world.arrive(partial(form), minutes)
    given = []
    ahead = world.reader.parse_ahead
    world.reader.parse_ahead = lambda loads: given.append(len(loads)) or ahead(loads)
    told = []
    world.process(progress=lambda done: told.append(len(given)))
    assert told == [2, 3, 3]


def test_progress_is_told_message_by_message(world) -> None:
    told = []
    for minutes, form in enumerate(("PL01", "PL02", "PL03")):
        world.arrive(partial(form), minutes)
    assert world.process(progress=told.append) == 3
    assert told == [1, 2, 3]


# What a return comes to.


def test_a_complete_return_is_accepted_and_acknowledged(world) -> None:
    document = world.take(complete())
    assert outcome(document) == ("filed", None, "accepted")
    assert document["identity"]["strength"] == "registered"
    assert document["reply"]["to"] == SENDER
    assert document["reply"]["subject"].startswith("[KHTC 2014-02-")
    assert world.letters() == [("acknowledgement", SENDER, "queued")]
    assert set(world.counting()) == set(ALL)


def test_what_was_checked_ahead_is_not_kept(world) -> None:
    """Rules and registry may be others when the message is judged again."""
    number = world.arrive(complete())
    world.process()
    kept = world.ledger.parsed(number)
    assert kept is not None
    assert (kept.checked, len(kept.appendices)) == (None, len(ALL))


def test_forms_over_two_mails_are_incomplete_and_then_accepted(world) -> None:
    first = world.take(letter((*workbooks(ALL[:5]), narrative())))
    assert outcome(first) == ("filed", None, "incomplete")
    assert first["forms_missing"] == list(ALL[5:])
    second = world.take(partial(*ALL[5:]), minutes=60)
    assert outcome(second) == ("filed", None, "accepted")
    assert [template for template, *_ in world.letters()] == [
        "incomplete",
        "acknowledgement",
    ]


@pytest.mark.fault("T-06")
def test_a_newer_deficient_version_does_not_replace_an_accepted_one(world) -> None:
    first = world.take(complete())
    second = world.take(partial("PL02", given=WRONG_SUM), minutes=60)
    assert outcome(second) == ("filed", None, "deficient")
    assert "total-mismatch" in codes(second)
    assert world.counting()["PL02"] == first["digest"]
    mended = {**figures(), KEY: figures()[KEY]}
    third = world.take(partial("PL02", given=mended), minutes=120)
    assert world.counting()["PL02"] == third["digest"]


def test_a_deficient_version_counts_until_a_better_one_comes(world) -> None:
    document = world.take(partial("PL02", given=WRONG_SUM))
    (form,) = document["forms"]
    assert form["state"] == FormState.DEFICIENT
    assert world.counting() == {"PL02": document["digest"]}
    assert world.letters() == [("deficiency", SENDER, "queued")]


def test_one_form_twice_with_different_figures_counts_neither(world) -> None:
    (right,) = workbooks(["PL02"])
    (wrong,) = workbooks(["PL02"], WRONG_SUM)
    older = world.take(letter((right,)))
    files = (right, NamedFile("b.xlsx", wrong.data), *workbooks(["PL01"]))
    document = world.take(letter(files), minutes=60)
    assert outcome(document) == ("filed", None, "deficient")
    assert codes(document) >= {"form-twice"}
    assert {f["state"] for f in document["forms"] if f["form"] == "PL02"} == {"unreadable"}
    assert world.counting() == {"PL01": document["digest"], "PL02": older["digest"]}


def test_a_deficiency_letter_carries_the_workbook_that_it_announces(world) -> None:
    world.take(partial("PL02", given=WRONG_SUM))
    (item,) = world.ledger.claim_letters(world.now, 10)
    (workbook,) = enclosures(item)
    assert workbook.get_filename() == "ban-chinh-sua-2014-02-48290.xlsx"
    assert workbook.get_filename() in text_of(item)


def test_without_a_writer_of_corrections_the_letter_goes_without_one(world) -> None:
    world.bench = replace(world.bench, write_correction=None)
    world.take(partial("PL02", given=WRONG_SUM))
    (item,) = world.ledger.claim_letters(world.now, 10)
    assert enclosures(item) == []
    assert "ban-chinh-sua" not in text_of(item)


def enclosures(item):
    return list(message_from_bytes(item.data, policy=default).iter_attachments())


def text_of(item) -> str:
    body = message_from_bytes(item.data, policy=default).get_body(("plain",))
    return body.get_content()


# The same again.


@pytest.mark.fault("T-06")
def test_the_same_bytes_again_are_a_duplicate_that_nobody_answers(world) -> None:
    raw = complete()
    world.take(raw)
    elsewhere = replace(_arrival(world, raw), location=_place("Archive"))
    world.archive.record(elsewhere)
    number = world.ledger.arrive(elsewhere)
    assert world.process() == 0
    assert audit_ledger(world.ledger, world.archive).problems == ()
    assert outcome(world.document(number)) == ("duplicate", "same-bytes", "none")
    assert len(world.letters()) == 1


def _place(folder: str):
    from pipeline.domain.mail.message import Location

    return Location(folder, 9, 1)


def _arrival(world: World, raw: bytes):
    return next(each for each in world.archive.arrivals() if each.digest == digest_of(raw))


def test_the_same_files_in_new_mails_get_one_letter_about_it(world) -> None:
    first = world.take(complete())
    again = world.take(complete(subject="Gửi lại"), minutes=10)
    assert outcome(again) == ("duplicate", "same-content", "none")
    assert again["reply"]["suppressed"] is None
    third = world.take(complete(subject="Gửi lại lần nữa"), minutes=20)
    assert outcome(third) == ("duplicate", "same-content", "none")
    assert third["reply"]["suppressed"] == "N17"
    assert [(t, s) for t, _, s in world.letters()] == [
        ("acknowledgement", "queued"),
        ("duplicate", "queued"),
        ("duplicate", "suppressed"),
    ]
    assert set(world.counting().values()) == {first["digest"]}
    other = workbooks(["PL01"])
    world.take(letter(other), minutes=30)
    repeated = world.take(letter(other, subject="PL01"), minutes=40)
    assert repeated["reply"]["suppressed"] is None


def test_reading_a_duplicate_again_changes_nothing_that_was_told(world) -> None:
    world.take(complete())
    number = world.arrive(complete(subject="Gửi lại"), minutes=10)
    world.process()
    before, letters = world.document(number), world.letters()
    world.ledger.reopen(number, world.now)
    world.process()
    assert (world.document(number), world.letters()) == (before, letters)


@pytest.mark.fault("T-07")
def test_the_same_files_of_another_province_are_no_duplicate(world) -> None:
    senders = (*world.bench.senders, Sender("khac@caobang.gov.vn", "04"))
    world.bench = replace(world.bench, senders=senders)
    files = [NamedFile("PL.xlsx", b"no workbook at all, the same everywhere")]
    world.take(letter(files))
    other = world.take(letter(files, sender="khac@caobang.gov.vn", subject="PL"), minutes=1)
    assert other["state"] == "filed"


# Who is believed.


def test_an_unknown_sender_with_strong_evidence_is_filed_unverified_and_told_on(
    world,
) -> None:
    document = world.take(complete(sender=STRANGER))
    assert outcome(document) == ("filed", None, "accepted")
    assert document["identity"]["strength"] == "strong"
    assert document["identity"]["verified"] is False
    assert world.letters() == [
        ("acknowledgement", STRANGER, "queued"),
        ("acknowledgement", SENDER, "queued"),
    ]
    figures_now = list(world.ledger.figures(shipped_round().id, None))
    assert not any(figure.verified for figure in figures_now)


@pytest.mark.fault("T-01")
def test_an_unknown_sender_may_not_replace_what_a_known_one_sent(world) -> None:
    first = world.take(complete())
    changed = {**figures(), **dict(figures(seed=2))}
    document = world.take(letter(workbooks(["PL01"], changed), sender=STRANGER), minutes=60)
    assert outcome(document) == ("held", "identity-weak", "held")
    assert document["reply"] == {
        "template": "none",
        "to": None,
        "also": [],
        "subject": None,
        "suppressed": "N13",
    }
    assert set(world.counting().values()) == {first["digest"]}


def test_an_unknown_sender_who_is_late_is_held_and_a_known_one_is_not(world) -> None:
    late = TO_DUE + 60
    document = world.take(complete(sender=STRANGER), minutes=late)
    assert (outcome(document), document["late"]) == (
        ("held", "identity-weak", "held"),
        True,
    )
    known = world.take(complete(subject="Báo cáo"), minutes=late + 1)
    assert (outcome(known), known["late"]) == (("filed", None, "accepted"), True)


def test_a_planner_assigns_a_held_mail_and_it_counts(world) -> None:
    number = world.arrive(complete(sender=STRANGER), minutes=TO_DUE + 60)
    world.process()
    world.ledger.assign(number, "02", "an", "gọi điện xác nhận", world.now)
    world.ledger.reopen(number, world.now)
    world.process()
    document = world.document(number)
    assert outcome(document) == ("filed", None, "accepted")
    assert document["identity"]["verified"] is True
    assert world.letters() == [("acknowledgement", STRANGER, "queued")]


@pytest.mark.fault("T-39")
@pytest.mark.parametrize("sender", [SENDER, STRANGER])
def test_no_words_of_a_mail_decide_anything(world, sender) -> None:
    number = world.arrive(complete(sender=STRANGER), minutes=TO_DUE + 60)
    world.process()
    before = world.document(number)
    orders = (
        f"Đề nghị chấp nhận báo cáo, bỏ giữ thư số {number}, đăng ký {STRANGER}.\n"
        f"assign {number} 02\nrelease {number}\nsenders confirm {STRANGER} 02"
    )
    world.take(letter((), sender=sender, subject=f"release {number}", text=orders))
    world.ledger.reopen(number, world.now)
    world.process()
    after = world.document(number)
    assert (outcome(after), after["identity"]) == (outcome(before), before["identity"])
    assert after["state"] == "held"


def test_a_planner_holds_and_releases(world) -> None:
    number = world.arrive(complete())
    world.process()
    for held, expected in ((True, "held"), (False, "filed")):
        world.ledger.hold(number, "an", "kiểm tra", world.now, held=held)
        world.ledger.reopen(number, world.now)
        world.process()
        assert world.document(number)["state"] == expected
    assert world.letters() == [
        ("acknowledgement", SENDER, "queued"),
        ("received", SENDER, "queued"),
    ]


def test_an_address_that_a_planner_confirmed_wins_over_the_file(world) -> None:
    world.ledger.confirm_sender(Sender(STRANGER, "02"), "an", "xác nhận", world.now)
    document = world.take(complete(sender=STRANGER))
    assert document["identity"]["strength"] == "registered"
    assert document["reply"]["to"] == STRANGER


def test_mail_that_names_no_round_is_judged_under_the_first(world) -> None:
    document = world.take(letter((), text="Xin hỏi hạn gửi báo cáo là bao giờ?"))
    assert outcome(document) == ("held", "question", "held")
    assert (document["round"], document["reply"]["template"]) == (None, "received")


def test_spam_folders_are_swept_for_registered_senders_only(world) -> None:
    known = world.take(complete(), spam_folder=True)
    assert outcome(known) == ("filed", None, "accepted")
    assert known["reply"]["suppressed"] == "N15"
    offer = letter((), sender="ban@hang.example", subject="Khuyến mại", text="Mua ngay!")
    assert outcome(world.take(offer, spam_folder=True)) == ("ignored", "spam", "none")


# Letters that wait.


def test_with_the_policy_approve_every_letter_waits_for_a_planner(world) -> None:
    world.policy(replies="approve")
    world.take(complete(sender=STRANGER))
    assert [state for *_, state in world.letters()] == ["waiting", "waiting"]
    assert world.ledger.claim_letters(world.now, 10) == []


def test_the_first_letters_of_a_round_wait_when_the_policy_says_so(world) -> None:
    world.policy(approve_first=3)
    world.take(partial("PL01"))
    world.take(letter(workbooks(["PL02"]), sender=STRANGER), minutes=5)
    world.take(partial("PL03"), minutes=10)
    assert [state for *_, state in world.letters()] == ["waiting"] * 3 + ["queued"]


def test_a_letter_that_may_not_go_does_not_use_up_the_first_ones(world) -> None:
    world.policy(approve_first=1)
    robot = letter(workbooks(["PL01"]), headers=(("Auto-Submitted", "auto-generated"),))
    world.take(robot)
    world.take(partial("PL02"), minutes=5)
    world.take(partial("PL03"), minutes=10)
    assert [state for *_, state in world.letters()] == ["suppressed", "waiting", "queued"]


def test_with_replies_off_letters_are_kept_unsent(world) -> None:
    world.policy(replies="off")
    document = world.take(complete())
    assert document["reply"]["suppressed"] == "N01"
    assert [state for *_, state in world.letters()] == ["suppressed"]


# The audit.


def test_an_untouched_ledger_balances(world) -> None:
    world.take(complete())
    world.take(letter((), headers=(("Auto-Submitted", "auto-replied"),)), minutes=5)
    read: list[None] = []
    report = audit_ledger(world.ledger, world.archive, step=lambda: read.append(None))
    assert (report.messages, report.problems, len(read)) == (2, (), 2)
    (folder,) = report.folders
    assert (folder["all"], folder["filed"], folder["ignored"]) == (2, 1, 1)


def test_the_audit_finds_lost_and_changed_bytes_and_what_the_ledger_lost(
    world, tmp_path
) -> None:
    world.take(complete())
    stray = replace(
        _arrival(world, complete()),
        digest=world.archive.store(b"From: a@b.vn\n\nx"),
        location=_place("INBOX"),
    )
    world.archive.record(stray)
    raw = digest_of(complete())
    (file,) = [p for p in (tmp_path / "archive").rglob(f"{raw}*") if p.suffix != ".json"]
    file.chmod(0o600)
    file.write_bytes(b"changed")
    problems = audit_ledger(world.ledger, world.archive).problems
    assert {(p["what"], p["where"]) for p in problems} == {
        ("lost", raw),
        ("unledgered", stray.digest),
    }


def test_the_audit_asks_the_mailbox_for_what_was_not_collected(world) -> None:
    world.take(complete())
    uid = _arrival(world, complete()).location.uid
    inbox = MemoryFolder(1, {uid: complete(), 7: b"a", 5: b"b"})
    mailbox = MemoryMailbox({"INBOX": inbox, "Spam": MemoryFolder()}, ("INBOX", "Spam"))
    report = audit_ledger(world.ledger, world.archive, mailbox)
    assert report.mailbox
    assert report.problems == (
        {"what": "uncollected", "where": "INBOX 1", "detail": "5, 7"},
    )


def test_the_audit_knows_a_mail_that_came_while_it_read_the_archive(world) -> None:
    """Reading every mail takes minutes, and the daemon collects meanwhile."""
    world.take(complete())
    uid = _arrival(world, complete()).location.uid
    mailbox = MemoryMailbox({"INBOX": MemoryFolder(1, {uid: complete(), uid + 1: b"a"})})

    def meanwhile() -> None:
        collect(mailbox, world.archive, world.ledger, lambda: world.now)

    report = audit_ledger(world.ledger, world.archive, mailbox, step=meanwhile)
    assert report.problems == ()
    assert len(world.ledger.placed("INBOX", 1)) == 2


def test_the_audit_knows_a_mail_that_the_server_would_not_give(world) -> None:
    """Its row says held, and no further cycle would change that."""
    place = Location("INBOX", 1, 7)
    world.ledger.refuse(place, 0, "fetch-failed", world.now)
    mailbox = MemoryMailbox({"INBOX": MemoryFolder(1, {7: b""})})
    report = audit_ledger(world.ledger, world.archive, mailbox)
    assert report.problems == ()
    assert [(row["all"], row["held"]) for row in report.folders] == [(1, 1)]


def test_the_audit_says_when_counts_or_the_chain_do_not_hold(world) -> None:
    world.take(complete())
    (row,) = world.ledger.balance()
    lying = Faulty(
        world.ledger,
        balance=lambda: [{**row, "filed": 5}],
        audit_chain=lambda: "event 3",
    )
    problems = audit_ledger(lying, world.archive).problems
    assert problems == (
        {"what": "count", "where": "INBOX 1", "detail": "5/1"},
        {"what": "chain", "where": "audit", "detail": "event 3"},
    )
