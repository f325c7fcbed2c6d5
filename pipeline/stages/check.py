"""Check a return: required cells, and the round's rules on every form of a mail."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

from pipeline.domain.plan.expression import names
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.form import Appendix, Row
from pipeline.domain.plan.last_round import NOTHING_KNOWN
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.rule_kinds import KINDS
from pipeline.domain.rules.blame import Blame
from pipeline.domain.rules.figures import CheckContext, FigureBook, Operand
from pipeline.domain.rules.glance import glance
from pipeline.domain.rules.grounds import grounds
from pipeline.domain.rules.kinds import EVALUATORS
from pipeline.domain.rules.outcome import Outcome, Result
from pipeline.domain.rules.required import missing
from pipeline.domain.rules.terms import comparison, rows_spoken_of
from pipeline.domain.rulings import basis_of
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.verdict import Checked
from pipeline.domain.writing.number_text import DIGITS_AT_MOST, canonical

__all__ = ["CheckContext", "check", "check_alone"]


# what these say depends on the round before, and they never tell that a figure is right
_LOOKING_BACK = frozenset(("change", "unit_scale"))


def check(
    forms: Sequence[Appendix], context: CheckContext, ahead: Checked | None = None
) -> tuple[Finding, ...]:
    """All findings on the contents of the forms of one mail, form by form.

    A form that came twice is checked each time for itself, and takes no part in rules
    between forms. Blocked findings carry the state `blocked`; a rule between forms whose
    left-hand form was accepted earlier gives a query at most. What was found `ahead` is
    taken where all that came after it has nothing to add.
    """
    if ahead is not None and (context.accepted or grounds(context) != ahead.grounds):
        ahead = None
    if ahead is not None and context.last_round == NOTHING_KNOWN:
        return ahead.findings
    books = _books(forms, context)
    if ahead is not None and not _look_back(ahead, (book for _, book in books)):
        return ahead.findings
    findings: list[Finding] = []
    for appendices, book in books:
        for appendix in appendices:
            findings.extend(missing(appendix, book.forms[appendix.form]))
        findings.extend(_rule_findings(book))
    order = [form.id for form in context.plan_round.forms]
    return tuple(sorted(findings, key=lambda found: order.index(found.form or "")))


def check_alone(
    forms: Sequence[Appendix],
    plan_round: PlanRound,
    gazetteer: Gazetteer,
    province: str | None,
) -> Checked:
    """What `check` finds where nothing came before, on the word that it is a province's."""
    context = CheckContext(plan_round, province, gazetteer)
    return Checked(grounds(context), check(forms, context))


def _books(
    forms: Sequence[Appendix], context: CheckContext
) -> list[tuple[Sequence[Appendix], FigureBook]]:
    """The forms that take part in rules together, with their figures."""
    times = Counter(form.form for form in forms)
    once = [form for form in forms if times[form.form] == 1]
    alone = replace(context, accepted=())
    twice = [form for form in forms if times[form.form] > 1]
    return [
        (once, FigureBook(context, once)),
        *(([form], FigureBook(alone, [form])) for form in twice),
    ]


def _look_back(ahead: Checked, books: Iterable[FigureBook]) -> bool:
    """Whether a rule that looks at the round before says anything, with it or without.

    It may then bear on what other rules suspect.
    """
    said = {found.rule for found in ahead.findings}
    return any(
        rule.id in said or any(EVALUATORS[rule.kind](rule, book))
        for book in books
        for rule in _rules(book)
        if _looks_back(rule)
    )


def _looks_back(rule: Rule) -> bool:
    if rule.kind in _LOOKING_BACK:
        return True
    return rule.kind == "identity" and any(name.last for name in names(comparison(rule)))


def _rule_findings(book: FigureBook) -> Iterator[Finding]:
    seen = glance(book)
    outcomes = _outcomes(seen.doubted, book)
    told = list(_said_once(outcomes))
    if not told:
        return
    # whom to suspect is weighed by the rules that hold as well
    failed = {cell[:3] for each in told for cell in (each.seat, *each.others)}
    blame = Blame(book, [*outcomes, *_outcomes(seen.bearing_on(failed), book)])
    for outcome in told:
        cells = (outcome.seat, *outcome.others)
        place = next((cell.row for cell in cells if cell.row is not None), None)
        # without a cell in this mail, it was said when the earlier mail came
        if place is not None:
            yield _finding(outcome, place, blame)


def _outcomes(rules: Iterable[Rule], book: FigureBook) -> list[Outcome]:
    """What comes of these rules, as far as they are this mail's affair."""
    ours = (rule for rule in rules if _is_ours(rule, book))
    return [outcome for rule in ours for outcome in EVALUATORS[rule.kind](rule, book)]


def _said_once(outcomes: Iterable[Outcome]) -> Iterator[Outcome]:
    """Failed and blocked outcomes; two bounds that forbid one figure are one."""
    out_of_range: set[tuple[str, str, str]] = set()
    for outcome in outcomes:
        if outcome.result not in (Result.FAIL, Result.BLOCKED):
            continue
        seat = outcome.seat
        key = (seat.form, seat.indicator, seat.column)
        if outcome.rule.kind == "bound":
            if key in out_of_range:
                continue
            out_of_range.add(key)
        yield outcome


def _rules(book: FigureBook) -> Iterator[Rule]:
    """Rules of this mail's forms, and those of earlier forms that look at them."""
    for form in book.context.plan_round.forms:
        for rule in form.rules:
            if rule.state == "active" and _is_ours(rule, book):
                yield rule


def _is_ours(rule: Rule, book: FigureBook) -> bool:
    return rule.form in book.appendices or _looks_at(rule, book)


def _looks_at(rule: Rule, book: FigureBook) -> bool:
    return any(
        form in book.appendices
        for field, (form, _) in rows_spoken_of(rule)
        if field != "except"
    )


def _finding(outcome: Outcome, place: Row, blame: Blame) -> Finding:
    """A finding on the rule's own form; `place` is the first cell of it in this mail."""
    rule, seat = outcome.rule, outcome.seat
    severity = outcome.severity or rule.severity
    if rule.form not in blame.book.appendices and severity.blocks:
        # the form came with an earlier mail and was accepted: asked about, not accused
        severity = Severity.QUERY
    suspects = blame.suspects(outcome) if outcome.result is Result.FAIL else ()
    return Finding(
        code=KINDS[rule.kind].code,
        severity=severity,
        state=FindingState.FAIL if outcome.result is Result.FAIL else FindingState.BLOCKED,
        form=rule.form,
        indicator=seat.indicator,
        column=seat.column,
        path=place.path,
        sheet=place.sheet,
        cell=seat.row.cell if seat.row else None,
        found=_text(seat.value),
        expected=_text(outcome.expected),
        rule=rule.id,
        suspect=tuple(_address(row, place) for row in suspects),
        basis=basis_of(_figure(cell) for cell in (seat, *outcome.others)),
    )


def _figure(cell: Operand) -> tuple[str, str, str, str]:
    """A cell and what stands in it: the number in its own unit, else how it stands."""
    value = cell.value
    said = cell.standing.value if value is None else str(value.normalize())
    return cell.form, cell.indicator, cell.column, said


def _text(value: Decimal | None) -> str | None:
    """Canonical text; none for a number so long that nobody would read it."""
    if value is None or abs(value.adjusted()) >= DIGITS_AT_MOST:
        return None
    return canonical(value)


def _address(row: Row, place: Row) -> str:
    """A cell's name, with its sheet when that is another one."""
    if (row.path, row.sheet) == (place.path, place.sheet):
        return row.cell
    return f"{row.sheet}!{row.cell}"
