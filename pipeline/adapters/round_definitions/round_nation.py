"""How a round's national figures are made, read from round.yaml."""

from decimal import Decimal, InvalidOperation

from pipeline.adapters.round_definitions.round_fields import Fields
from pipeline.domain.plan.nation_terms import (
    HALF,
    USUAL_TERMS,
    MissingUnits,
    NationTerms,
)

_WHOLE = 100


def read_nation(top: Fields) -> NationTerms:
    """`consolidation: {missing_units: ratio, pace: 45}`; ConfigError for other words."""
    if not top.has("consolidation"):
        return USUAL_TERMS
    fields = top.mapping("consolidation")
    fields.only(("missing_units", "pace"))
    pace = HALF
    if fields.has("pace"):
        pace = fields.parsed("pace", _percent, "a share of the year from 0 to 100")
    return NationTerms(
        missing_units=fields.choice("missing_units", MissingUnits, MissingUnits.NONE),
        pace=pace,
    )


def read_round_before(top: Fields) -> str | None:
    """The id of the round before, if `last_round` names it; never the round's own."""
    if "last_round" not in top.tree:
        return None
    if top.text("last_round") == top.text("id"):
        raise top.fault("last_round", "a round does not come before itself")
    return top.text("last_round")


def _percent(text: str) -> Decimal:
    try:
        share = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not 0 < share <= _WHOLE:
        raise ValueError(text)
    return share
