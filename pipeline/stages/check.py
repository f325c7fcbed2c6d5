"""Check a return: required cells, and the round's rules on every form of a mail."""

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.domain.finding import Finding, FindingState, Severity
from pipeline.domain.form import Appendix, Row
from pipeline.domain.interval import canonical
from pipeline.domain.rule import Rule
from pipeline.domain.rule_kinds import KINDS
from pipeline.domain.rules.blame import Blame
from pipeline.domain.rules.figures import CheckContext, FigureBook
from pipeline.domain.rules.kinds import EVALUATORS
from pipeline.domain.rules.outcome import Outcome, Result
from pipeline.domain.rules.required import missing
from pipeline.domain.rules.terms import rows_spoken_of

__all__ = ["CheckContext", "check"]


def check(forms: Sequence[Appendix], context: CheckContext) -> tuple[Finding, ...]:
    """All findings on the contents of the forms of one mail, form by form.

    A form that came twice is checked each time for itself, and takes no part in rules
    between forms. Blocked findings carry the state `blocked`; a rule between forms whose
    left-hand form was accepted earlier gives a query at most.
    """
    times = Counter(form.form for form in forms)
    once = [form for form in forms if times[form.form] == 1]
    books = [(once, FigureBook(context, once))]
    books += [([form], FigureBook(context, [form])) for form in forms if form not in once]
    findings: list[Finding] = []
    for appendices, book in books:
        for appendix in appendices:
            findings.extend(missing(appendix, book.forms[appendix.form]))
        findings.extend(_rule_findings(book))
    order = [form.id for form in context.plan_round.forms]
    return tuple(sorted(findings, key=lambda found: order.index(found.form or order[0])))


def _rule_findings(book: FigureBook) -> Iterator[Finding]:
    outcomes = [
        outcome for rule in _rules(book) for outcome in EVALUATORS[rule.kind](rule, book)
    ]
    blame = Blame(book, outcomes)
    out_of_range: set[tuple[str, str, str]] = set()
    for outcome in outcomes:
        if outcome.result not in (Result.FAIL, Result.BLOCKED):
            continue
        if outcome.rule.kind == "bound":
            # two bounds may both forbid the same figure: it is said once
            seat = outcome.seat
            key = (seat.form, seat.indicator, seat.column)
            if key in out_of_range:
                continue
            out_of_range.add(key)
        yield _finding(outcome, blame)


def _rules(book: FigureBook) -> Iterator[Rule]:
    """Rules of this mail's forms, and those of earlier forms that look at them."""
    for form in book.context.plan_round.forms:
        for rule in form.rules:
            if rule.state == "active" and rule.kind in EVALUATORS:
                if form.id in book.appendices or _looks_at(rule, book):
                    yield rule


def _looks_at(rule: Rule, book: FigureBook) -> bool:
    return any(form in book.appendices for _, (form, _) in rows_spoken_of(rule))


def _finding(outcome: Outcome, blame: Blame) -> Finding:
    rule, seat = outcome.rule, outcome.seat
    severity = outcome.severity or rule.severity
    place = seat.row
    if place is None:
        # the cell came with an earlier, accepted mail: asked about, not accused
        place = next(other.row for other in outcome.others if other.row is not None)
        severity = Severity.QUERY if severity.blocks else severity
    suspects = blame.suspects(outcome) if outcome.result is Result.FAIL else ()
    found = seat.value
    return Finding(
        code=KINDS[rule.kind].code,
        severity=severity,
        state=FindingState.FAIL if outcome.result is Result.FAIL else FindingState.BLOCKED,
        form=seat.form,
        indicator=seat.indicator,
        column=seat.column,
        path=place.path,
        sheet=place.sheet,
        cell=seat.row.cell if seat.row else None,
        found=None if found is None else canonical(found),
        expected=None if outcome.expected is None else canonical(outcome.expected),
        rule=rule.id,
        suspect=tuple(_address(row, place) for row in suspects),
    )


def _address(row: Row, place: Row) -> str:
    """A cell's name, with its sheet when that is another one."""
    if (row.path, row.sheet) == (place.path, place.sheet):
        return row.cell
    return f"{row.sheet}!{row.cell}"
