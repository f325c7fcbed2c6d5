"""How large a row's figures usually are, as a form's file says it."""

from pipeline.adapters.round_definitions.round_fields import Fields, number
from pipeline.domain.plan.usual_size import UsualSize

_A_NUMBER = "a number"


def read_usual_size(fields: Fields) -> UsualSize | None:
    """`usual: {from: 5, to: 60}`, for a thousand inhabitants; `of:` names a row instead.

    `rate:` names the percentage that the row is counted by, `percent:` how many each of
    its percent are.
    """
    if not fields.has("usual"):
        return None
    usual = fields.mapping("usual")
    usual.only(("from", "to", "of", "rate", "percent"))
    low = usual.parsed("from", number, _A_NUMBER)
    high = usual.parsed("to", number, _A_NUMBER)
    if not 0 < low < high:
        raise usual.fault("to", "0 < from < to is wanted")
    of, rate = usual.maybe("of") or None, usual.maybe("rate") or None
    if (rate is None) is usual.has("percent"):
        raise usual.fault("percent", "rate and percent go together")
    if rate is None:
        return UsualSize(low, high, of)
    percent = usual.parsed("percent", number, _A_NUMBER)
    if percent <= 0 or of is not None:
        raise usual.fault("percent", "0 < percent is wanted, and no row in `of`")
    return UsualSize(low, high, rate=rate, percent=percent)
