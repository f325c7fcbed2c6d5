"""How one province likes to lay out its tables."""

import random
from collections.abc import Collection
from dataclasses import dataclass, replace

from pipeline.demo.sample_figures import Figures
from pipeline.domain.plan.plan_round import Form, PlanRound
from pipeline.domain.senders.province import Province


@dataclass(frozen=True, slots=True)
class ReturnStyle:
    """The liberties that a province takes with the official layout.

    `variant` picks among spellings (header abbreviations, sheet names, file names).
    """

    variant: int = 0
    one_book: bool = True
    grouped_header: bool = True
    abbreviated: bool = False
    index_row: bool = True
    derived: bool = True
    remarks: bool = False
    same_half: bool = False
    reordered: bool = False
    own_rows: bool = False
    stray_spaces: bool = False
    text_numbers: bool = False
    legacy_font: bool = False
    dash_for_nil: bool = False
    extra_title: bool = False
    empty_sheets: bool = False
    letterhead: bool = True
    signature: bool = True


def draw_style(dice: random.Random, *, legacy_font: bool = False) -> ReturnStyle:
    """One province's habits, about as mixed as genuine workbooks are."""

    def often(percent: int) -> bool:
        return dice.randrange(100) < percent

    style = ReturnStyle(
        variant=dice.randrange(60),
        one_book=often(80),
        grouped_header=often(60),
        abbreviated=often(40),
        index_row=often(70),
        derived=often(70),
        remarks=often(30),
        same_half=often(15),
        reordered=often(15),
        own_rows=often(25),
        stray_spaces=often(60),
        text_numbers=often(15),
        dash_for_nil=often(60),
    )
    return replace(
        style,
        legacy_font=legacy_font,
        extra_title=often(40),
        empty_sheets=often(35),
        signature=often(90),
    )


@dataclass(frozen=True, slots=True)
class SampleReturn:
    """What one province fills in, and how. `forms` None means every required form."""

    plan_round: PlanRound
    province: Province
    figures: Figures
    style: ReturnStyle
    seed: str
    forms: Collection[str] | None = None

    def wanted(self) -> tuple[Form, ...]:
        """The forms to write, in the round's order."""
        chosen = self.plan_round.forms_required if self.forms is None else self.forms
        return tuple(form for form in self.plan_round.forms if form.id in chosen)
