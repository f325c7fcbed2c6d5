"""Every letter from sample data: to look at, and to prove the templates at start."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from pipeline.domain.letters.letter import Earlier, LetterContext, LetterDraft, Standing
from pipeline.domain.mail.message import Envelope, Kind, State
from pipeline.domain.plan.explanation import Explanation
from pipeline.domain.plan.figure_change import FigureChange
from pipeline.domain.plan.finding import Finding
from pipeline.domain.plan.finding_codes import FILE_CODES
from pipeline.domain.plan.form import Appendix, FormState, Row
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.question_register import Question, QuestionState
from pipeline.domain.questions.request import RequestKind
from pipeline.domain.reminders import Gap, OpenForm, ReminderNote, ReminderOutcome
from pipeline.domain.senders.identity import Identity, Strength
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.verdict import Decision, FormResult, ReplyPlan, Verdict
from pipeline.jobs.sample_digests import sample_digests
from pipeline.jobs.sample_findings import PATH, sample_findings
from pipeline.ports import LetterWriter
from pipeline.stages.compose import compose
from pipeline.stages.compose_answer import LINES_QUOTED, compose_answer
from pipeline.stages.compose_reminder import compose_reminder

SENDER = "so.ldtbxh@example.gov.vn"
REGISTERED = "khtc.so@example.gov.vn"
DIGEST = "3fa912bc" * 8
ANSWER = ("sample",) * 2


def preview_letters(
    writer: LetterWriter,
    plan_round: PlanRound,
    places: Gazetteer,
    now: datetime,
    answer: Sequence[str] = ANSWER,
) -> Mapping[str, bytes]:
    """File names and contents: each sample letter as .txt, .html and .eml.

    `answer` is what a planner might say to a question, by paragraphs.
    """
    files: dict[str, bytes] = {}
    for name, draft in sample_letters(plan_round, places, now, answer):
        texts = writer.render(draft)
        files[f"{name}.txt"] = f"{texts.subject}\n\n{texts.text}".encode()
        files[f"{name}.html"] = texts.html.encode()
        files[f"{name}.eml"] = writer.write(draft, now).data
    return files


def sample_letters(
    plan_round: PlanRound,
    places: Gazetteer,
    now: datetime,
    answer: Sequence[str] = ANSWER,
) -> Iterator[tuple[str, LetterDraft]]:
    """Named drafts that together pass through every branch of every template.

    They go to the first of the places.
    """
    context, unknown = _context(plan_round, places, now), places.addressee(None)
    late = replace(context, now=plan_round.due + timedelta(days=3))
    blank = replace(context, province=None, reader=unknown)
    extended = replace(context, due=plan_round.due + timedelta(days=5, seconds=-25199))
    older = replace(extended, earlier=Earlier("9c41d2e0" * 8, now - timedelta(days=1)))
    clean = _decision(plan_round, Verdict.ACCEPTED, "acknowledgement")
    few = _decision(plan_round, Verdict.INCOMPLETE, "incomplete", forms=2)
    faulty = _decision(plan_round, Verdict.DEFICIENT, "deficiency", forms=5)
    findings = sample_findings(plan_round)
    faulty = _with_faults(faulty, findings)
    stranger = Identity(Strength.STRONG, places.provinces[0].code, verified=False)
    to_both = replace(faulty.reply, also=(REGISTERED,))
    standing = Standing(frozenset({faulty.forms[0].appendix.form}))
    held = _decision(plan_round, Verdict.HELD, "received", forms=0)
    files = tuple(f for f in findings if f.code in FILE_CODES)
    scan = _decision(plan_round, Verdict.DEFICIENT, "resend-as-workbook", forms=0)
    same = _decision(plan_round, Verdict.NONE, "duplicate")
    asked = tuple(f for f in findings if f.code == "narrative-missing")
    told = {"change", "shortfall", "narrative-missing"}
    explained = tuple(f for f in findings if f.code in told)
    first = plan_round.forms[0]
    again = replace(context, changes=_changes(first))
    cases = {
        "acknowledgement": (clean, context),
        "acknowledgement-queries": (replace(clean, findings=explained), extended),
        "incomplete": (few, context),
        "incomplete-late": (replace(few, late=True, received_at=late.now), late),
        "incomplete-narrative": (
            replace(clean, verdict=few.verdict, reply=few.reply, findings=asked),
            context,
        ),
        "deficiency": (faulty, context),
        "deficiency-unverified": (
            replace(faulty, identity=stranger, reply=to_both),
            replace(context, standing=standing),
        ),
        "deficiency-resent": (replace(faulty, explanations=_EXPLAINED), again),
        "deficiency-unread": (replace(faulty, forms=(), findings=files), blank),
        "received": (replace(held, reason="match-uncertain"), context),
        "received-explanation": (
            replace(held, reason="explanation", explanations=_EXPLAINED),
            context,
        ),
        "received-question": (replace(held, kind=Kind.QUESTION), blank),
        "duplicate": (same, older),
        "duplicate-unknown": (same, context),
        "resend-as-workbook": (replace(scan, findings=files), context),
    }
    for name, (decision, its_context) in cases.items():
        for n, draft in enumerate(compose(decision, _ENVELOPE, its_context)):
            yield (f"{name}-registered" if n else name), draft
    for kind, its_context in (
        (RequestKind.QUESTION, blank),
        (RequestKind.RECOMMENDATION, context),
    ):
        name = "answer-question" if its_context is blank else "answer"
        question = _question(kind, plan_round)
        yield name, compose_answer(question, DIGEST, _ENVELOPE, answer, its_context)
    for some in (_after_the_close(context, (clean, few)), _reminders(plan_round, context)):
        yield from some
    yield from sample_digests(context, _question(RequestKind.QUESTION, plan_round))


def _after_the_close(
    context: LetterContext, decisions: Iterable[Decision]
) -> Iterator[tuple[str, LetterDraft]]:
    """What came when the books were closed, at first and once more."""
    closed = replace(context.plan_round, closes=context.plan_round.due + timedelta(days=10))
    shut = Standing(shut=frozenset(closed.forms_required[-1:]))
    its_context = replace(context, plan_round=closed, standing=shut)
    for decision in decisions:
        forms = tuple(replace(form, shut=True) for form in decision.forms)
        late = replace(decision, forms=forms, late=True)
        for draft in compose(late, _ENVELOPE, its_context):
            yield f"{draft.template}-closed", draft


def _context(plan_round: PlanRound, places: Gazetteer, now: datetime) -> LetterContext:
    reader = places.addressee(places.provinces[0])
    return LetterContext(
        "sample", plan_round, places.provinces[0], reader, now, corrections=True
    )


def _reminders(
    plan_round: PlanRound, context: LetterContext
) -> Iterator[tuple[str, LetterDraft]]:
    """Before the deadline nothing came; after it some forms need correction."""
    place = context.province.code if context.province else ""
    owed = tuple(OpenForm(form) for form in plan_round.forms_required)
    mended = tuple(OpenForm(form, n) for n, form in enumerate(plan_round.forms_required))
    late = replace(context, now=plan_round.due + timedelta(days=3))
    longer = replace(late, due=plan_round.due + timedelta(days=1))
    for name, gap, its_context in (
        ("reminder", Gap(owed, narrative=True), context),
        ("reminder-open", Gap(owed[:1] + mended[1:3], narrative=True), longer),
        ("reminder-unread", Gap(mended[:1]), late),
        ("reminder-narrative", Gap(narrative=True), late),
    ):
        note = ReminderNote(plan_round.id, place, name, ReminderOutcome.WRITTEN)
        yield name, compose_reminder(note, gap, REGISTERED, its_context)


def _question(kind: RequestKind, plan_round: PlanRound) -> Question:
    received = plan_round.due - timedelta(days=2)
    asks = kind is RequestKind.QUESTION
    return Question(
        id=1,
        message=1,
        kind=kind,
        round=plan_round.id,
        province=None,
        sender=SENDER,
        subject="",
        path=None if asks else "Thuyet minh.docx",
        text="sample" if asks else "1. sample\n" * LINES_QUOTED + "2. sample",
        topic=None,
        received_at=received,
        due=received,
        state=QuestionState.OPEN,
    )


_EXPLAINED = (Explanation("PL02", "PL02.3", None, "sample"),)


def _changes(form: Form) -> tuple[FigureChange, ...]:
    column = form.value_columns[0].key
    keys = [indicator.key for indicator in form.indicators[:3]]
    said = (("1234", "1243"), (None, "5"), ("7", None))
    return tuple(
        FigureChange(form.id, key, column, *pair, _cell(0, row))
        for row, (key, pair) in enumerate(zip(keys, said, strict=False))
    )


_ENVELOPE = Envelope(
    message_id="<20130710.1@example.gov.vn>",
    in_reply_to=(),
    references=(),
    subject="",
    sender=SENDER,
    sender_name="",
    recipients=(),
    date_claimed=None,
    received_top=None,
    content_type="multipart/mixed",
    text="",
)


def _decision(
    plan_round: PlanRound, verdict: Verdict, template: str, forms: int | None = None
) -> Decision:
    """A decision on a mail that carries the first `forms` forms of a round."""
    here = plan_round.forms[:forms]
    missing = tuple(f for f in plan_round.forms_required if f not in {h.id for h in here})
    return Decision(
        digest=DIGEST,
        kind=Kind.SUBMISSION,
        state=State.FILED,
        reason=None,
        round=plan_round.id,
        identity=Identity(Strength.REGISTERED, None, verified=True),
        received_at=plan_round.due - timedelta(days=2, hours=14, minutes=47),
        late=False,
        forms=tuple(
            FormResult(_appendix(f, n), FormState.ACCEPTED) for n, f in enumerate(here)
        ),
        forms_missing=missing if template != "received" else (),
        narrative=True,
        scan=False,
        findings=(),
        verdict=verdict,
        reply=ReplyPlan(template, to=SENDER),
    )


def _with_faults(decision: Decision, findings: tuple[Finding, ...]) -> Decision:
    faulty = {f.form for f in findings if f.severity.blocks}
    forms = (
        replace(r, state=FormState.DEFICIENT) if r.appendix.form in faulty else r
        for r in decision.forms
    )
    return replace(decision, forms=tuple(forms), findings=findings)


def _appendix(form: Form, number: int) -> Appendix:
    rows = tuple(
        Row(
            form=form.id,
            indicator=indicator.key,
            column=column.key,
            value=_value(indicator.unit, r + c),
            missing=None,
            unit=indicator.unit,
            unit_written=None,
            raw="",
            path=PATH,
            sheet=form.id,
            cell=_cell(c, r),
        )
        for r, indicator in enumerate(form.indicators)
        for c, column in enumerate(form.value_columns)
    )
    return Appendix(form.id, PATH, form.id, 1.0, (), (), rows)


def _value(unit: str, place: int) -> Decimal:
    return Decimal("12.5") + place if "%" in unit else Decimal(1234567 // (place + 1))


def _cell(column: int, row: int) -> str:
    return f"{'DEFGHIJKL'[column % 9]}{row + 9}"
