"""Reminders: what a province owes, once a step, whatever happens in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from email import message_from_bytes, policy
from random import Random

import pytest

from pipeline.adapters.public_holidays import VIETNAM
from pipeline.domain.errors import PermanentError, TransientError
from pipeline.domain.letters.letter import LetterDraft
from pipeline.domain.letters.reply import Letter
from pipeline.domain.reminders import ReminderHours, ReminderOutcome
from pipeline.domain.senders.province import Sender
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.remind import Order, ReminderDesk, RemindReport, remind
from tests.builders.demo_world import shipped_round
from tests.builders.mails import SENDER, letter, narrative, workbooks
from tests.builders.workshop import Faulty, World, open_world
from tests.golden.cases import GOLDEN

HOURS = ReminderHours(time(8), HANOI, VIETNAM)
SECOND = "khtc.hagiang@example.vn"
CAO_BANG = "caobang@example.vn"
CLEAN = letter((*workbooks(), narrative()))


def july(day: int, hour: int = 9) -> datetime:
    return datetime(2013, 7, day, hour, tzinfo=HANOI)


@pytest.fixture
def world(tmp_path) -> World:
    return open_world(tmp_path, (Sender(SENDER, "02"), Sender(SECOND, "02")))


def run(world: World, now: datetime, **asked: object) -> RemindReport:
    return remind(ReminderDesk(world.bench, world.ledger, HOURS), now, Order(**asked))


def reminders(world: World) -> list[tuple[str, str]]:
    return [
        (to, state) for template, to, state in world.letters() if template == "reminder"
    ]


def test_each_registered_address_gets_a_letter_of_its_own(world) -> None:
    report = run(world, july(5))
    assert [(r.note.province, r.note.step) for r in report.written] == [("02", "d-5")]
    assert sorted(reminders(world)) == [(SECOND, "queued"), (SENDER, "queued")]
    claimed = world.ledger.claim_letters(july(5), 9)
    message = message_from_bytes(claimed[0].data, policy=policy.default)
    assert (message["To"], message["Cc"], message["In-Reply-To"]) == (
        claimed[0].recipient,
        None,
        None,
    )
    assert message["Auto-Submitted"] == "auto-generated"


def test_provinces_without_an_address_are_told_and_wait_for_one(world) -> None:
    report = run(world, july(5))
    assert len(report.unaddressed) == 62
    assert "04" in {r.note.province for r in report.unaddressed}
    sender = Sender(CAO_BANG, "04", "Lan", "", "an")
    world.ledger.confirm_sender(sender, "an", "gọi điện", july(8))
    report = run(world, july(8))
    assert [r.letters[0].recipient for r in report.written] == [CAO_BANG]
    assert len(report.unaddressed) == 61


def test_whose_mail_waits_for_us_is_not_reminded(world) -> None:
    """What is missing may lie here; a planner may remind it all the same."""
    world.take(CLEAN)
    world.ledger.hold(1, "an", "xem lại", july(4), held=True)
    world.ledger.reopen(1, july(4))
    world.process()
    report = run(world, july(5))
    assert [r.note.province for r in report.undecided] == ["02"]
    assert report.written == []
    (reminder,) = run(world, july(5), step="d-5", by="an").written
    assert reminder.note.province == "02"


def test_a_step_is_written_once(world) -> None:
    run(world, july(5))
    for hour in (9, 10, 17):
        assert run(world, july(5, hour)).written == []
    assert run(world, july(8)).written == []
    assert [r.note.step for r in run(world, july(11)).written] == ["d-1"]
    assert len(reminders(world)) == 4


def test_of_missed_steps_only_the_newest_is_written(world) -> None:
    report = run(world, july(15))
    assert [r.note.step for r in report.written] == ["d+1"]
    passed = [n.step for n in report.over if n.province == "02"]
    assert passed == ["d-5", "d-1"]
    assert len(reminders(world)) == 2


def test_a_round_long_over_reminds_nobody(world) -> None:
    report = run(world, datetime(2013, 10, 1, 9, tzinfo=HANOI))
    assert (report.written, report.unaddressed) == ([], [])
    assert reminders(world) == []


def test_who_sent_everything_is_left_alone(world) -> None:
    document = world.take(CLEAN)
    assert document["verdict"] == "accepted"
    report = run(world, july(15))
    steps = {(n.step, n.outcome) for n in report.over if n.province == "02"}
    assert ("d+1", ReminderOutcome.COMPLETE) in steps
    assert reminders(world) == []


def test_only_what_is_owed_is_named(world) -> None:
    world.take(letter(workbooks(["PL01", "PL02"])))
    (reminder,) = run(world, july(11)).written
    missing = [form.form for form in reminder.gap.forms if form.errors is None]
    assert missing == [f"PL0{n}" for n in range(3, 10)]
    assert reminder.gap.narrative


def test_where_nobody_asks_for_the_report_it_is_not_named(world) -> None:
    world.policy(narrative="ignore")
    assert not run(world, july(5)).written[0].gap.narrative


def test_a_reminder_that_has_not_left_is_withdrawn_when_all_comes(world) -> None:
    world.policy(replies="approve")
    run(world, july(5))
    assert {state for _, state in reminders(world)} == {"waiting"}
    world.take(CLEAN)
    assert run(world, july(11)).withdrawn == 2
    assert {state for _, state in reminders(world)} == {"suppressed"}


def test_the_first_letters_of_a_round_wait_for_a_planner(world) -> None:
    world.policy(approve_first=1)
    run(world, july(5))
    assert sorted(state for _, state in reminders(world)) == ["queued", "waiting"]


def test_a_deadline_of_its_own_is_heeded(world) -> None:
    due = datetime(2013, 7, 24, 23, 59, 59, tzinfo=HANOI)
    world.ledger.extend(shipped_round().id, "02", due, "an", "bão", july(4))
    assert run(world, july(11)).written == []
    (reminder,) = run(world, july(17)).written
    assert reminder.note.step == "d-5"
    (item, _) = world.ledger.claim_letters(july(17), 9)
    text = message_from_bytes(item.data, policy=policy.default).get_body(("plain",))
    assert "24/7/2013 (đã gia hạn cho Sở)" in " ".join(text.get_content().split())


@pytest.mark.parametrize("now", [july(5, 6), july(5, 18), july(6), july(7)])
def test_outside_working_hours_nothing_is_made(world, now) -> None:
    with pytest.raises(TransientError, match="07:00"):
        run(world, now)
    assert run(world, now, dry_run=True).over == []
    assert world.ledger.reminders(shipped_round().id) == []


def test_with_letters_off_nothing_is_made_or_noted(world) -> None:
    world.policy(replies="off")
    with pytest.raises(PermanentError, match="off"):
        run(world, july(11))
    assert world.ledger.reminders(shipped_round().id) == []


def test_a_dry_run_shows_and_stores_nothing(world) -> None:
    report = run(world, july(15), dry_run=True)
    assert len(report.written[0].letters) == 2
    assert (world.letters(), world.ledger.reminders(shipped_round().id)) == ([], [])


def test_a_named_step_is_made_before_its_day_and_once(world) -> None:
    assert [r.note.step for r in run(world, july(3), step="d-1", by="an").written] == [
        "d-1"
    ]
    assert run(world, july(3), step="d-1").written == []
    assert run(world, july(11)).written == []


def test_a_named_step_that_passed_may_still_be_written(world) -> None:
    run(world, july(15))
    assert len(run(world, july(15), step="d-5").written) == 1
    assert run(world, july(15), step="d-5").written == []


def test_a_step_that_only_passed_comes_back_with_a_new_deadline(world) -> None:
    run(world, datetime(2013, 9, 4, 9, tzinfo=HANOI))
    run(world, datetime(2013, 9, 5, 9, tzinfo=HANOI))
    due = datetime(2013, 9, 20, 23, 59, 59, tzinfo=HANOI)
    world.ledger.extend(shipped_round().id, "02", due, "an", "bão", july(4))
    (reminder,) = run(world, datetime(2013, 9, 16, 9, tzinfo=HANOI)).written
    assert (reminder.note.province, reminder.note.step) == ("02", "d-5")


def test_a_step_of_two_open_rounds_needs_the_name_of_one(world) -> None:
    later = replace(shipped_round(), id="ke-hoach-2015")
    world.bench = replace(world.bench, rounds=(shipped_round(), later))
    with pytest.raises(PermanentError, match=r"--round: ke-hoach-2014, ke-hoach-2015"):
        run(world, july(5), step="d-1")
    (reminder,) = run(world, july(5), step="d-1", round=shipped_round().id).written
    assert reminder.note.round == shipped_round().id


def test_an_unknown_step_is_told(world) -> None:
    with pytest.raises(PermanentError, match=r"d\+9: no such step"):
        run(world, july(5), step="d+9")


def test_a_ledger_that_was_lost_makes_the_same_letter_again(world, tmp_path) -> None:
    """The send journal knows it by its key: it does not leave twice."""
    run(world, july(5))
    (tmp_path / "other").mkdir()
    other = open_world(tmp_path / "other", (Sender(SENDER, "02"), Sender(SECOND, "02")))
    run(other, july(8))
    ours, theirs = (
        {i.reply_key for i in w.ledger.claim_letters(july(8), 9)} for w in (world, other)
    )
    assert ours == theirs


def test_the_reminder_reads_as_the_golden_one(world) -> None:
    """`reminder.txt` beside the golden mail is the letter as a province reads it."""
    case = GOLDEN / "incomplete" / "missing-forms"
    world.take((case / "letter.eml").read_bytes())
    run(world, july(15))
    reminded = (i for i in world.ledger.claim_letters(july(15), 9) if i.recipient == SECOND)
    message = message_from_bytes(next(reminded).data, policy=policy.default)
    text = message.get_body(("plain",)).get_content().replace("\r\n", "\n")
    told = f"To: {message['To']}\nSubject: {message['Subject']}\n\n{text}"
    assert told == (case / "reminder.txt").read_text(encoding="utf-8")


class KilledError(Exception):
    """The daemon, killed."""


def dying(random: Random, call: Callable[..., object]) -> Callable[..., object]:
    """A call that kills its caller now and then, before it or right after."""

    def die_or(*words: object) -> object:
        if random.random() < 0.25:
            raise KilledError
        done = call(*words)
        if random.random() < 0.25:
            raise KilledError
        return done

    return die_or


@pytest.mark.parametrize("seed", range(8))
def test_killed_at_random_and_away_for_days_nothing_is_lost_or_made_twice(
    tmp_path, seed: int
) -> None:
    """The daemon dies before or after it notes a step, and sleeps over days."""
    random = Random(seed)
    senders = tuple(Sender(f"so{code:02}@example.vn", f"{code:02}") for code in (2, 4, 1))
    world = open_world(tmp_path, senders)

    mortal = Faulty(
        world.ledger,
        note_reminder=dying(random, world.ledger.note_reminder),
        close_reminders=dying(random, world.ledger.close_reminders),
    )
    now = july(1, 8)
    while now < datetime(2013, 8, 20, tzinfo=HANOI):
        if VIETNAM.is_open(now):
            try:
                remind(ReminderDesk(world.bench, mortal, HOURS), now)
            except KilledError:
                now += timedelta(minutes=1)
                continue
        now += timedelta(days=random.choice((1, 1, 1, 2, 3)))
    notes = world.ledger.reminders(shipped_round().id)
    for sender in senders:
        own = [n for n in notes if n.province == sender.province]
        assert sorted(n.step for n in own) == ["d+1", "d+5", "d-1", "d-5"]
        written = [n.step for n in own if n.outcome is ReminderOutcome.WRITTEN]
        letters = [to for to, _ in reminders(world) if to == sender.address]
        assert len(letters) == len(written)
        assert "d+5" in written


def test_a_letter_that_cannot_be_written_keeps_nobody_else_from_being_reminded(
    tmp_path,
) -> None:
    senders = (Sender(SENDER, "02"), Sender(CAO_BANG, "04"))
    world = open_world(tmp_path, senders, ("02", "04"))
    writer = world.bench.writer

    def write(draft: LetterDraft, now: datetime) -> Letter:
        if draft.to == SENDER:
            raise PermanentError("letter reminder: a name is missing")
        return writer.write(draft, now)

    world.bench = replace(world.bench, writer=Faulty(writer, write=write))
    report = run(world, july(5))
    assert [r.note.province for r in report.written] == ["04"]
    ((left_out, fault),) = report.faulty
    assert (left_out.note.province, str(fault)) == (
        "02",
        "letter reminder: a name is missing",
    )
    world.bench = replace(world.bench, writer=writer)
    assert [r.note.province for r in run(world, july(5)).written] == ["02"]
