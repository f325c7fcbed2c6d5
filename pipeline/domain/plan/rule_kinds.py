"""The kinds of rules: which fields each takes, and which finding code it raises."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Term(StrEnum):
    """What the field of a rule holds, and so how it is written in a file."""

    ROW = "row"
    ROWS = "rows"
    COLUMN = "column"
    COLUMNS = "columns"
    SELECTION = "selection"
    EXPRESSION = "expression"
    NUMBER = "number"
    NUMBERS = "numbers"
    WORD = "word"


@dataclass(frozen=True, slots=True)
class KindShape:
    """The fields of a rule kind: those it needs and those it may have."""

    code: str
    needs: Mapping[str, Term]
    may: Mapping[str, Term]


def _shape(code: str, needs: Mapping[str, Term], **may: Term) -> KindShape:
    return KindShape(code, needs, may)


_SUM: Mapping[str, Term] = {"whole": Term.ROW, "parts": Term.ROWS}

KINDS: Mapping[str, KindShape] = {
    "total": _shape("total-mismatch", _SUM, when=Term.WORD),
    "at_least_sum": _shape("sum-not-reached", _SUM),
    "at_most_sum": _shape("sum-exceeded", _SUM),
    "part_of": _shape("part-exceeds-whole", {"part": Term.ROWS, "whole": Term.ROW}),
    "identity": _shape("identity-broken", {"expr": Term.EXPRESSION}),
    "ratio": _shape(
        "ratio-mismatch",
        {"rate": Term.ROW, "numerator": Term.ROW, "denominator": Term.ROW},
    ),
    "bound": KindShape(
        "out-of-range",
        {"rows": Term.SELECTION},
        {"low": Term.NUMBER, "high": Term.NUMBER, "except": Term.ROWS},
    ),
    "half_year": _shape(
        "half-year-exceeds-year",
        {"rows": Term.SELECTION},
        half=Term.COLUMN,
        year=Term.COLUMN,
    ),
    "column_order": _shape(
        "column-order",
        {"smaller": Term.COLUMN, "larger": Term.COLUMN},
        rows=Term.SELECTION,
    ),
    "column_total": _shape(
        "column-total",
        {"whole": Term.COLUMN, "parts": Term.COLUMNS},
        rows=Term.SELECTION,
    ),
    "same_as": _shape("cross-form", {"left": Term.ROW, "right": Term.ROW}),
    "derived": _shape(
        "derived-mismatch",
        {"column": Term.COLUMN, "expr": Term.EXPRESSION},
        rows=Term.SELECTION,
    ),
    "unit_scale": _shape(
        "unit-scale",
        {"factors": Term.NUMBERS},
        strong_factor=Term.NUMBER,
        witnesses=Term.NUMBER,
        rows=Term.SELECTION,
    ),
    "change": _shape(
        "change",
        {"against": Term.WORD},
        ratio=Term.NUMBER,
        share_percent=Term.NUMBER,
        rows=Term.SELECTION,
    ),
    "shortfall": _shape(
        "shortfall",
        {"estimate": Term.COLUMN, "plan": Term.COLUMN, "below_percent": Term.NUMBER},
        rows=Term.SELECTION,
    ),
    "low_disbursement": _shape(
        "low-disbursement",
        {"disbursed": Term.COLUMN, "budget": Term.COLUMN, "below_percent": Term.NUMBER},
        rows=Term.SELECTION,
    ),
}
EVERYTHING = "all"
ALL_PARTS_GIVEN = "all parts given"
RULE_STATES = ("shadow", "active", "off")
