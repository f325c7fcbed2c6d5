"""Facts of the letters that answer a message; the words are in templates/letters."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pipeline.domain.letters.beside import forms_beside
from pipeline.domain.letters.correction import forms_to_correct, name_of
from pipeline.domain.letters.letter import (
    LetterContext,
    LetterDraft,
    Thread,
    make_reference,
    make_reply_key,
    make_short_code,
)
from pipeline.domain.letters.letter_items import Home, describe_item, gather_items
from pipeline.domain.letters.letter_names import Names, clean_label, names_of
from pipeline.domain.letters.resend import change_facts, explained_facts
from pipeline.domain.letters.shortfalls import shortfall_facts, shortfall_percent
from pipeline.domain.mail.message import Envelope
from pipeline.domain.plan.finding import FindingState
from pipeline.domain.plan.form import FormState, Row
from pipeline.domain.plan.plan_round import Column, Form, PlanRound
from pipeline.domain.plan.punctuality import deadlines_of
from pipeline.domain.verdict import Decision, FormResult, Verdict
from pipeline.domain.writing.vietnamese import (
    moment,
    safe_path,
    safe_text,
    write_date,
    write_number,
)

FIGURES_OF_SUMMARY = 6
_STATE_WEIGHT = (FormState.UNREADABLE, FormState.DEFICIENT, FormState.ACCEPTED)


def compose(
    decision: Decision, envelope: Envelope, context: LetterContext
) -> tuple[LetterDraft, ...]:
    """The letter that a decision asks for, and a second one to each registered address.

    Empty when no letter is due. The second letters start a thread of their own, because
    their reader did not write the message, and say where it came from.
    """
    plan = decision.reply
    if plan.template == "none" or plan.to is None:
        return ()
    values = _state_facts(decision, context)
    thread = Thread(envelope.message_id, envelope.references or envelope.in_reply_to[:1])
    others = [to for to in dict.fromkeys(plan.also) if to != plan.to]
    first = {**values, "relay": None, "watched": bool(others)}
    relay = safe_text(envelope.sender or "", 60) or None
    second = {**values, "relay": relay, "watched": False}
    letters = [(plan.to, thread, first), *((to, Thread(), second) for to in others)]
    return tuple(
        LetterDraft(
            template=plan.template,
            to=to,
            reply_key=make_reply_key(context.account, decision.digest, plan.template, to),
            thread=answered,
            values=facts,
            suppressed=plan.suppressed,
        )
        for to, answered, facts in letters
    )


def _state_facts(decision: Decision, context: LetterContext) -> dict[str, Any]:
    """Everything that the templates may say, under the names that they use."""
    plan_round, province = context.plan_round, context.province
    names = names_of(plan_round)
    failing = [f for f in decision.findings if f.state is FindingState.FAIL]
    items = gather_items(failing, names, _homes(decision))
    forms = _form_facts(decision, context, names, forms_beside(items))
    return {
        "reference": _reference(decision.digest, context),
        "code": make_short_code(decision.digest),
        "today": moment(context.now),
        "received": moment(decision.received_at),
        "round": _round_facts(plan_round),
        "called": context.reader.called,
        "office": context.reader.office,
        "place": province.name if province else None,
        "contact": plan_round.contact,
        "due": _due_facts(decision, context),
        "kind": decision.kind.value,
        "reason": decision.reason,
        "accepted": decision.verdict is Verdict.ACCEPTED,
        "verified": decision.identity.verified,
        "forms": forms,
        "required": len(plan_round.forms_required),
        "mend": [f["id"] for f in forms if f["broken"] and not f["beside"]],
        "perhaps": [f["id"] for f in forms if f["beside"]],
        "pending": [f["id"] for f in forms if f["state"] == "earlier-deficient"],
        "missing": [
            {"id": form, "title": names.form_title(form)} for form in decision.forms_missing
        ],
        "narrative_missing": any(f.code == "narrative-missing" for f in failing),
        "narrative": decision.narrative,
        "scan": decision.scan,
        "figures": _read_back(decision.forms, plan_round),
        "points": [describe_item(n, item, names) for n, item in enumerate(items, 1)],
        "shortfalls": shortfall_facts(failing, names),
        "shortfall_percent": shortfall_percent(plan_round),
        "earlier": _earlier_facts(context),
        "correction": _correction_name(decision, context),
        "changes": change_facts(context.changes, names),
        "explained": explained_facts(decision.explanations, decision.proposals, names),
    }


def _correction_name(decision: Decision, context: LetterContext) -> str | None:
    """The file that goes with the letter; a letter that is not sent needs none."""
    plan = decision.reply
    if not context.corrections or plan.template != "deficiency" or plan.suppressed:
        return None
    if not forms_to_correct(decision, context.plan_round):
        return None
    return name_of(_reference(decision.digest, context))


def _homes(decision: Decision) -> list[Home]:
    forms = (result.appendix for result in decision.forms)
    return [Home(form.form, form.path, form.sheet) for form in forms]


def _reference(digest: str, context: LetterContext) -> str:
    code = context.province.code if context.province else None
    return make_reference(context.plan_round.plan_year, code, digest)


def _round_facts(plan_round: PlanRound) -> Mapping[str, Any]:
    return {
        "letter": plan_round.letter,
        "issued": write_date(plan_round.issued),
        "title": plan_round.title,
        "plan_year": plan_round.plan_year,
    }


def _due_facts(decision: Decision, context: LetterContext) -> Mapping[str, Any]:
    """The deadline; `late` is about this mail, `passed` about the moment of writing."""
    due = context.due or context.plan_round.due
    closes = deadlines_of(context.plan_round, context.due).closes
    shut = closes is not None and any(form.shut for form in decision.forms)
    return {
        **moment(due),
        "closed": moment(closes) if shut and closes else None,
        "extended": context.due is not None and context.due > context.plan_round.due,
        "passed": context.now > due,
        "late": decision.late is True,
    }


def _earlier_facts(context: LetterContext) -> Mapping[str, Any] | None:
    if context.earlier is None:
        return None
    earlier = context.earlier
    return {
        "reference": _reference(earlier.digest, context),
        "received": moment(earlier.received_at),
    }


def _form_facts(
    decision: Decision,
    context: LetterContext,
    names: Names,
    beside: Mapping[str, Sequence[str]],
) -> list[Mapping[str, Any]]:
    """Every form of the round and where it stands after this mail.

    State: accepted, deficient, unreadable (of this mail); shut (it came when the books were
    closed); earlier, earlier-deficient
    (of an older one); missing. `kept`: an older accepted version goes on counting.
    """
    here = _heaviest_results(decision.forms)
    required = context.plan_round.forms_required
    ids = sorted({*required, *here}, key=lambda form: (names.form_order(form), form))
    standing = context.standing
    facts: list[Mapping[str, Any]] = []
    for form in ids:
        result = here.get(form)
        stands = form in standing.accepted and (
            form in standing.verified or not decision.identity.verified
        )
        broken = result is not None and (
            result.shut or result.state is not FormState.ACCEPTED
        )
        facts.append(
            {
                "id": form,
                "title": names.form_title(form),
                "required": form in required,
                "state": _form_state(form, result, context),
                "kept": stands and broken,
                "broken": result is not None and result.state is not FormState.ACCEPTED,
                "beside": list(beside.get(form, ())),
                "rows": len(result.appendix.rows) if result else 0,
                "file": safe_path(result.appendix.path) if result else None,
                "sheet": safe_text(result.appendix.sheet) if result else None,
            }
        )
    return facts


def _heaviest_results(results: Iterable[FormResult]) -> dict[str, FormResult]:
    """One result for each form; of a form found twice the worse one."""
    kept: dict[str, FormResult] = {}
    for result in sorted(results, key=lambda r: _STATE_WEIGHT.index(r.state)):
        kept.setdefault(result.appendix.form, result)
    return kept


def _form_state(form: str, result: FormResult | None, context: LetterContext) -> str:
    if result is not None:
        waits = result.shut and result.state is FormState.ACCEPTED
        return "shut" if waits else result.state.value
    if form in context.standing.accepted:
        return "earlier"
    if form in context.standing.shut:
        return "shut"
    return "earlier-deficient" if form in context.standing.deficient else "missing"


def _read_back(
    results: Iterable[FormResult], plan_round: PlanRound
) -> list[Mapping[str, Any]]:
    """A few figures as they were read: more of the summary form, one of each other."""
    known = {form.id: form for form in plan_round.forms}
    here = _heaviest_results(results)
    summary = next(iter(plan_round.forms_required), None)
    shown: list[Mapping[str, Any]] = []
    for form in (f for f in known.values() if f.id in here):
        column = _key_column(form)
        limit = FIGURES_OF_SUMMARY if form.id == summary else 1
        if column is None:
            continue
        rows = list(islice(_figure_facts(form, column, here[form.id].appendix.rows), limit))
        if rows:
            shown.append({"form": form.id, "column": column.title, "rows": rows})
    return shown


def _key_column(form: Form) -> Column | None:
    """The first column of the plan year, else the last one that holds values."""
    columns = form.value_columns
    return next((c for c in columns if c.year == 0), columns[-1] if columns else None)


def _figure_facts(
    form: Form, column: Column, rows: Iterable[Row]
) -> Iterator[Mapping[str, str | None]]:
    by_key = {row.indicator: row for row in rows if row.column == column.key}
    for indicator in form.indicators:
        if indicator.key in by_key and (value := _figure_text(by_key[indicator.key])):
            label = clean_label(indicator.label)
            yield {"label": label, "unit": indicator.unit, "value": value}


def _figure_text(row: Row) -> str | None:
    if row.value is not None:
        return write_number(row.value)
    return safe_text(row.raw, 12) if row.missing else None
