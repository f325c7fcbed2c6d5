"""What a letter says of a resend: figures that changed, and words that explain."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.domain.letters.letter_names import Names, clean_label
from pipeline.domain.plan.explanation import Explanation
from pipeline.domain.plan.figure_change import FigureChange
from pipeline.domain.plan.finding import Finding, Severity
from pipeline.domain.proposal import Proposal, ProposalState, together
from pipeline.domain.writing.vietnamese import read_canonical, safe_text, write_number

CHANGES_SHOWN = 12
_SIGNS = {"n": "-", "x": "x", "m": ".."}


def change_facts(
    changes: Sequence[FigureChange] | None, names: Names
) -> Mapping[str, Any] | None:
    """The changes as plain data, at most a dozen; None where nothing came again."""
    if changes is None:
        return None
    return {
        "count": len(changes),
        "rows": [_change_row(change, names) for change in changes[:CHANGES_SHOWN]],
        "more": max(0, len(changes) - CHANGES_SHOWN),
    }


def _change_row(change: FigureChange, names: Names) -> Mapping[str, str | None]:
    indicator = names.indicator(change.form, change.indicator)
    place = Finding("change", Severity.INFO, form=change.form, column=change.column)
    return {
        "form": change.form,
        "label": clean_label(indicator.label) if indicator else change.indicator,
        "column": names.column(place),
        "before": _figure(change.before),
        "after": _figure(change.after),
        "cell": safe_text(change.cell, 12) if change.cell else None,
    }


def _figure(text: str | None) -> str | None:
    if text is None:
        return None
    number = read_canonical(text)
    return _SIGNS.get(text, text) if number is None else write_number(number)


def explained_facts(
    explanations: Sequence[Explanation], proposals: Sequence[Proposal], names: Names
) -> list[Mapping[str, str | None]]:
    """What was explained, by rule or row, and whether the department accepts it.

    The province's own words stay out of letters. What is about no open finding waits
    for a planner too.
    """
    return [
        {
            "form": explanation.form,
            "rule": explanation.rule,
            "label": _label(explanation, names),
            "state": _state(place, proposals),
        }
        for place, explanation in enumerate(explanations)
    ]


def _state(place: int, proposals: Sequence[Proposal]) -> str:
    state = together(p.state for p in proposals if p.explanation == place)
    unmatched = state is ProposalState.UNMATCHED
    return (ProposalState.PROPOSED if unmatched else state).value


def _label(explanation: Explanation, names: Names) -> str | None:
    asked = Finding("change", Severity.INFO, form=explanation.form)
    return names.label(replace(asked, indicator=explanation.indicator))
