"""The units of the tables of a workbook; those of one form hear of each other's."""

from collections.abc import Mapping, Sequence
from itertools import permutations

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.reading.declared_unit import DeclaredUnits
from pipeline.domain.reading.form_match import FormMatch
from pipeline.domain.reading.told_aside import told_aside
from pipeline.domain.reading.units import units_of


def units_of_parts(
    matches: Sequence[FormMatch], rounds: Mapping[str, PlanRound]
) -> list[DeclaredUnits]:
    """What each table declares; of a form that goes on elsewhere also what that tells."""
    asked = frozenset(
        each.unit
        for form in {(match.round, match.form) for match in matches}
        for each in rounds[form[0]].form(form[1]).indicators
    )
    declared = [
        DeclaredUnits(
            match.found.table,
            match.found.layout,
            units := units_of(rounds[match.round]),
            match.found.last,
            told_aside(match, units, asked),
        )
        for match in matches
    ]
    for (one, own), (other, told) in permutations(zip(matches, declared, strict=True), 2):
        if one.goes_on_in(other):
            own.adopt(told)
    return declared
