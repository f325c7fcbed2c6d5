"""Night digest: once a night and round, a letter to each planner.

    gather | compose | write | post

A letter's key says round, night and planner: whoever dies in between makes the same
letters again, and none goes twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.night_digest import Faults, HeldMail, NightDigest, standing_of
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.question_register import overdue
from pipeline.domain.run_changes import FIRST_RUN, RunChanges, changes_between
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.jobs.judge import Bench
from pipeline.ports import Ledger
from pipeline.stages.compose_night_digest import compose_night_digest

DAEMON = "daemon"
DAY = timedelta(days=1)
LOST = (LetterState.FAILED, LetterState.UNKNOWN, LetterState.BOUNCED)


@dataclass(frozen=True, slots=True)
class DigestDesk:
    """What night digests are made with; no letter where `planners` is empty."""

    bench: Bench
    ledger: Ledger
    planners: tuple[str, ...]


def send_digests(desk: DigestDesk, night: datetime, now: datetime) -> int:
    """Put the digests of a night into the outbox; how many are new.

    `night` is when the night run was planned. Nothing where letters are switched off.
    Raises TransientError when the ledger is out of reach.
    """
    if not desk.planners or desk.bench.policy.replies == "off":
        return 0
    sent = 0
    for plan_round in desk.bench.rounds:
        facts = gather(desk.ledger, plan_round, night, now)
        places = (plan_round, desk.bench.gazetteer)
        letters = [
            desk.bench.writer.write(
                compose_night_digest(facts, places, desk.bench.account, to), now
            )
            for to in desk.planners
        ]
        sent += desk.ledger.post_digests(letters, DAEMON, now)
    return sent


def gather(
    ledger: Ledger, plan_round: PlanRound, night: datetime, now: datetime
) -> NightDigest:
    """How a round stands now, and what came in the day before the night."""
    since = night - DAY
    mine = (plan_round.id, None)
    received: dict[str, int] = {}
    for row in ledger.messages({"since": since.isoformat()}):
        if row["round_id"] in mine:
            received[row["state"]] = received.get(row["state"], 0) + 1
    waiting = ledger.messages({"state": State.HELD.value})
    held = [  # those of registered senders first: only so many are named
        HeldMail(row["id"], row["province_code"], row["reason"])
        for row in sorted(waiting, key=lambda row: not row["verified"])
        if row["round_id"] in mine
    ]
    questions = [q for q in ledger.questions() if q.round in mine]
    outbox: dict[str, int] = {}
    for row in ledger.outbox():
        outbox[row["state"]] = outbox.get(row["state"], 0) + 1
    lost = {state.value: outbox[state] for state in LOST if outbox.get(state)}
    return NightDigest(
        night=night.astimezone(HANOI).date().isoformat(),
        now=now,
        since=since,
        received=received,
        held=held,
        letters_waiting=outbox.get(LetterState.WAITING, 0),
        standing=standing_of(ledger.coverage(plan_round.id)),
        moved=_moved(ledger, plan_round, now),
        overdue=overdue(questions, now),
        questions_open=sum(1 for question in questions if question.waits),
        faults=Faults(
            jobs={
                job: outcome
                for job, (_, outcome) in ledger.beats().items()
                if outcome != "ok"
            },
            letters=lost,
            quarantined=sum(1 for _ in ledger.messages({"state": State.QUARANTINED.value})),
        ),
    )


def _moved(ledger: Ledger, plan_round: PlanRound, now: datetime) -> RunChanges:
    """What the newest run found since the one before it."""
    newest = ledger.run_before(plan_round.id, now + timedelta(microseconds=1))
    if newest is None:
        return FIRST_RUN
    return changes_between(ledger.run_before(plan_round.id, newest.as_of), newest)
