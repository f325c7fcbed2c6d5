"""How large a row's figures usually are, as a form's file says it."""

from pipeline.adapters.round_definitions.round_fields import Fields, number
from pipeline.domain.plan.usual_size import UsualSize

_A_NUMBER = "a number"


def read_usual_size(fields: Fields) -> UsualSize | None:
    """`usual: {from: 5, to: 60}`, for a thousand inhabitants; `of:` names a row instead."""
    if not fields.has("usual"):
        return None
    usual = fields.mapping("usual")
    usual.only(("from", "to", "of"))
    low = usual.parsed("from", number, _A_NUMBER)
    high = usual.parsed("to", number, _A_NUMBER)
    if not 0 < low < high:
        raise usual.fault("to", "0 < from < to is wanted")
    return UsualSize(low, high, usual.maybe("of") or None)
