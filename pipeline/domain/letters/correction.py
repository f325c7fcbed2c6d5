"""The correction workbook before it is drawn: its forms, and what each cell is told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.domain.plan.form import Appendix, FormState
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.senders.addressing import Addressee
from pipeline.domain.verdict import Decision, FormResult


@dataclass(frozen=True, slots=True)
class Place:
    """A cell of a form by its keys; a whole column's header without an indicator."""

    form: str
    indicator: str | None
    column: str


@dataclass(frozen=True, slots=True)
class CorrectionEntry:
    """One finding, or several that need no figures, with its cells.

    `line` has the facts for the words (letter_items), None where the point's title says
    all. `theirs` names the cells in the file that came; `places` are the same cells by
    key, `suspects` those that are probably wrong, the likeliest first.
    """

    line: Mapping[str, Any] | None
    theirs: str
    places: tuple[Place, ...] = ()
    suspects: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class CorrectionPoint:
    """A numbered point of the letter with all its findings; `root` the cell behind them."""

    facts: Mapping[str, Any]
    root: Place | None
    entries: tuple[CorrectionEntry, ...]


@dataclass(frozen=True, slots=True)
class CorrectionForm:
    """A form to fill in again; without an appendix it is handed out blank.

    `state` is None where no mail brought the form yet.
    """

    form: Form
    state: FormState | None = None
    appendix: Appendix | None = None


@dataclass(frozen=True, slots=True)
class Correction:
    """All that a correction workbook says; `reader` is who corrects it."""

    name: str
    reference: str
    code: str
    reader: Addressee
    plan_round: PlanRound
    forms: tuple[CorrectionForm, ...]
    points: tuple[CorrectionPoint, ...]
    made_at: datetime


def name_of(reference: str) -> str:
    """The file name of the workbook that goes with a letter."""
    return f"ban-chinh-sua-{reference}.xlsx"


def forms_to_correct(decision: Decision, plan_round: PlanRound) -> list[CorrectionForm]:
    """The forms that a deficient mail leaves to be sent, in the round's order.

    As read where they are deficient; blank where two versions contradict each other,
    and where no mail brought the form.
    """
    return list(_forms_to_correct(decision, plan_round))


def _forms_to_correct(
    decision: Decision, plan_round: PlanRound
) -> Iterator[CorrectionForm]:
    results: dict[str, FormResult] = {r.appendix.form: r for r in decision.forms}
    for form in plan_round.forms:
        result = results.get(form.id)
        if result is None:
            if form.id in decision.forms_missing:
                yield CorrectionForm(form)
        elif result.state is FormState.DEFICIENT:
            yield CorrectionForm(form, result.state, result.appendix)
        elif result.state is FormState.UNREADABLE:
            yield CorrectionForm(form, result.state)
