"""Night digests from sample data: every branch of their templates."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from pipeline.domain.letters.letter import LetterContext, LetterDraft
from pipeline.domain.night_digest import Faults, HeldMail, NightDigest, Standing
from pipeline.domain.question_register import Question
from pipeline.domain.run_changes import RunChanges, TotalChange, VersionChange, VersionStep
from pipeline.domain.senders.province import Gazetteer
from pipeline.stages.compose_night_digest import LISTED, MOVED, NAMED, compose_night_digest

PLANNER = "khtc.can-bo@example.gov.vn"


def sample_digests(
    context: LetterContext, question: Question
) -> Iterator[tuple[str, LetterDraft]]:
    """A busy morning, and a quiet one without a consolidation before it."""
    plan_round, now = context.plan_round, context.now
    province = context.province
    places = (plan_round, Gazetteer((province,) if province else ()))
    code = province.code if province else None
    cells = [
        (form.id, form.indicators[0].key, column.key)
        for form in plan_round.forms
        for column in form.value_columns
    ]
    pairs: tuple[tuple[Decimal | None, Decimal | None], ...] = (
        (Decimal(100), Decimal("112.5")),
        (None, Decimal(7)),
        (Decimal(7), None),
    )
    moved = [
        TotalChange(cell, (pairs[n % 3][0],) * 2, (pairs[n % 3][1],) * 2)
        for n, cell in enumerate(cells[: MOVED + 1])
    ]
    came = VersionChange(code or "01", plan_round.forms[0].id, VersionStep.CAME, None, None)
    busy = NightDigest(
        night=now.date().isoformat(),
        now=plan_round.due + timedelta(days=2),
        since=plan_round.due + timedelta(days=1),
        received={"filed": 9, "held": 2, "ignored": 1, "duplicate": 1, "quarantined": 1},
        held=[
            HeldMail(number, code if number % 2 else None, "identity-none")
            for number in range(1, LISTED + 2)
        ],
        letters_waiting=3,
        standing=Standing(
            {"accepted": 400, "deficient": 40, "missing": 127},
            63,
            40,
            tuple(f"{number:02}" for number in range(NAMED + 2)),
            late=6,
            shut=2,
        ),
        moved=RunChanges(plan_round.due, moved, [came]),
        overdue=[question],
        questions_open=4,
        faults=Faults({"deliver": "sample fault"}, {"failed": 1, "bounced": 2}, 1),
    )
    quiet = NightDigest(
        busy.night, now, now - timedelta(days=1), standing=Standing(units=63)
    )
    for name, facts in (("night-digest", busy), ("night-digest-quiet", quiet)):
        yield name, compose_night_digest(facts, places, context.account, PLANNER)
