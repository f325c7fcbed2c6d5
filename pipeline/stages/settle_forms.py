"""Settle forms that came twice in one mail (contract.md, "Verdicts")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.plan.form import Appendix, Row


@dataclass(frozen=True, slots=True)
class SettledForms:
    """The forms of a mail; those named in `twice` contradict each other."""

    appendices: tuple[Appendix, ...]
    twice: frozenset[str]
    findings: tuple[Finding, ...]


def settle_forms(appendices: Sequence[Appendix]) -> SettledForms:
    """One appendix a form: equal ones are kept once, complementary ones joined.

    Different contents are the error `form-twice`; both stay, and neither counts.
    """
    kept: list[Appendix] = []
    twice: set[str] = set()
    findings: list[Finding] = []
    for form, copies in _by_form(appendices).items():
        joined = _join(copies)
        if joined is None:
            twice.add(form)
            kept.extend(copies)
            findings.extend(_said(copy, Severity.ERROR) for copy in copies[1:])
            continue
        kept.append(joined)
        findings.extend(
            _said(copy, Severity.WARN) for copy in copies[1:] if not _adds(copies[0], copy)
        )
    return SettledForms(tuple(kept), frozenset(twice), tuple(findings))


def _by_form(appendices: Iterable[Appendix]) -> Mapping[str, list[Appendix]]:
    copies: dict[str, list[Appendix]] = {}
    for appendix in appendices:
        copies.setdefault(appendix.form, []).append(appendix)
    return copies


def _join(copies: Sequence[Appendix]) -> Appendix | None:
    """The copies as one, None when two of them say different things of one figure."""
    joined = copies[0]
    for copy in copies[1:]:
        if _contents(copy) == _contents(joined):
            continue
        if not _adds(joined, copy):
            return None
        joined = replace(
            joined,
            rows=joined.rows + copy.rows,
            derived=joined.derived + copy.derived,
            row_matches=joined.row_matches + copy.row_matches,
            notes=joined.notes + copy.notes,
        )
    return joined


def _adds(first: Appendix, second: Appendix) -> bool:
    """Whether the second continues the first: no indicator stands in both."""
    ours = {match.indicator for match in first.row_matches}
    return ours.isdisjoint(match.indicator for match in second.row_matches)


def _contents(appendix: Appendix) -> frozenset[tuple[object, ...]]:
    return frozenset(_figure(row) for row in appendix.rows)


def _figure(row: Row) -> tuple[object, ...]:
    raw = row.raw if row.value is None else None
    return (row.indicator, row.column, row.value, row.missing, raw)


def _said(copy: Appendix, severity: Severity) -> Finding:
    return Finding("form-twice", severity, form=copy.form, path=copy.path, sheet=copy.sheet)
