"""How a round's national figures are made: what stands for missing units, what is slow."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

HALF = Decimal(50)


class MissingUnits(StrEnum):
    """What stands for a unit without a figure, beside the reported total, never in it."""

    NONE = "none"
    CARRY_FORWARD = "carry-forward"
    RATIO = "ratio"


@dataclass(frozen=True, slots=True)
class NationTerms:
    """`pace` is the share of the year's plan or money, in percent, due by half-year."""

    missing_units: MissingUnits = MissingUnits.NONE
    pace: Decimal = HALF


USUAL_TERMS = NationTerms()
