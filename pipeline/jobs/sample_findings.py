"""Findings for sample letters: every code once, and the ways in which they group."""

from collections.abc import Iterable, Iterator

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.finding_codes import (
    FILE_CODES,
    FINDING_CODES,
    NUMBER_CODES,
    RULE_CODES,
    SUBMISSION_CODES,
)
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.rule_kinds import KINDS
from pipeline.domain.rules.terms import rows_spoken_of

PATH = "bao cao.zip/Phu luc KH.xls"
_TOLD = {"macro-present", "row-extra", "shortfall", "late", "after-close", "form-missing"}
_WARNED = {"unit-near", "derived-mismatch", "hidden-content", "narrative-missing"}
_ASKED = {"change", "not-available", "identity-broken", "low-disbursement", "unit-scale"}
_COLUMNS = "DEFGHIJKL"


def sample_findings(plan_round: PlanRound) -> tuple[Finding, ...]:
    """One finding of every code, one cell that breaks three rules, and long groups."""
    form = plan_round.forms[0]
    return (
        *_of_files(),
        *_of_rules(plan_round.forms),
        *_of_cells(form),
        *_on_one_cell(form),
        *_through_columns(plan_round.forms[-1]),
    )


def _severity(code: str) -> Severity:
    if code in _TOLD:
        return Severity.INFO
    if code in _WARNED:
        return Severity.WARN
    return Severity.QUERY if code in _ASKED else Severity.ERROR


def _of_files() -> Iterator[Finding]:
    for n, code in enumerate(sorted(FILE_CODES), 1):
        yield Finding(code, _severity(code), path=f"PL {n}.xls")
    for code in sorted(SUBMISSION_CODES):
        yield Finding(code, _severity(code))


def _of_rules(forms: Iterable[Form]) -> Iterator[Finding]:
    """The first rule of each kind, failing; kinds that the round lacks, without one."""
    by_code: dict[str, tuple[Form, Rule]] = {}
    for form in forms:
        for rule in form.rules:
            by_code.setdefault(KINDS[rule.kind].code, (form, rule))
    for n, code in enumerate(sorted(RULE_CODES)):
        found = by_code.get(code)
        form = found[0] if found else next(iter(forms))
        yield _failing(code, form, found[1] if found else None, n)


def _failing(code: str, form: Form, rule: Rule | None, n: int) -> Finding:
    named = [key for place, key in _rows(rule) if place == form.id]
    indicator = (
        form.indicator(named[0])
        if named
        else form.indicators[n % min(4, len(form.indicators))]
    )
    percent = indicator.unit == "%"
    return Finding(
        code,
        _severity(code),
        form=form.id,
        indicator=indicator.key,
        column=form.value_columns[n % len(form.value_columns)].key,
        path=PATH,
        sheet=form.id,
        cell=f"{_COLUMNS[n % 9]}{n + 20}",
        found="12.5" if percent else "12345.5",
        expected="12.11" if percent else "54321",
        rule=rule.id if rule else None,
        suspect=(f"{_COLUMNS[n % 9]}{n + 20}", f"{_COLUMNS[n % 9]}{n + 21}"),
    )


def _rows(rule: Rule | None) -> Iterable[tuple[str, str]]:
    return (reference for _, reference in rows_spoken_of(rule)) if rule else ()


def _of_cells(form: Form) -> Iterator[Finding]:
    rest = FINDING_CODES - FILE_CODES - RULE_CODES - SUBMISSION_CODES
    for n, code in enumerate(sorted(rest)):
        number = code in NUMBER_CODES
        yield Finding(
            code,
            _severity(code),
            form=form.id,
            indicator=form.indicators[n % len(form.indicators)].key,
            column=form.value_columns[n % len(form.value_columns)].key,
            path=PATH,
            sheet=form.id,
            cell=f"{_COLUMNS[n % 9]}{n + 50}",
            found="1234" if number else "1.234",
            expected="1243" if number else None,
        )


def _on_one_cell(form: Form) -> Iterator[Finding]:
    row, column = form.indicators[0].key, form.value_columns[-1].key
    for code, cell in (("part-exceeds-whole", "H9"), ("cross-form", "H10")):
        yield Finding(
            code,
            Severity.ERROR,
            form=form.id,
            indicator=row,
            column=column,
            path=PATH,
            sheet=form.id,
            cell=cell,
            found="1324",
            expected="1234",
            rule=f"{form.id}.{len(code)}",
            suspect=("H10", "H9"),
        )


def _through_columns(form: Form) -> Iterator[Finding]:
    """Many empty cells, a whole empty row and column, and one rule in every column."""
    places = [(i, c) for i in form.indicators[:4] for c in form.value_columns]
    for n, (indicator, column) in enumerate(places):
        yield _empty(form, indicator.key, column.key, f"{_COLUMNS[n % 6]}{n // 6 + 9}")
    yield _empty(form, form.indicators[-1].key, None, "D40")
    yield _empty(form, None, form.value_columns[-1].key, "I9")
    for n, column in enumerate(form.value_columns * 2):
        yield Finding(
            "total-mismatch",
            Severity.ERROR,
            form=form.id,
            indicator=form.indicators[0].key,
            column=column.key,
            path=PATH,
            sheet=form.id,
            cell=f"{_COLUMNS[n % 9]}60",
            found="100",
            expected="110",
            rule="T.1",
        )


def _empty(form: Form, indicator: str | None, column: str | None, cell: str) -> Finding:
    return Finding(
        "missing-value",
        Severity.ERROR,
        form=form.id,
        indicator=indicator,
        column=column,
        path=PATH,
        sheet=form.id,
        cell=cell,
    )
