"""The deadlines of a round, read from round.yaml."""

from datetime import datetime

from pipeline.adapters.round_definitions.round_fields import Fields

_INSTANT = "a time with its zone (2013-07-12T23:59:59+07:00)"


def read_due(top: Fields) -> datetime:
    """The last instant in time: "before the 12th" as its author meant it."""
    return top.parsed("due", _instant, _INSTANT)


def read_later(top: Fields, key: str, after: datetime) -> datetime | None:
    """`grace_until` or `closes`; not before the one in front of it. None: not set."""
    if not top.maybe(key):
        return None
    found = top.parsed(key, _instant, _INSTANT)
    if found < after:
        raise top.fault(key, f"lies before {after.isoformat()}")
    return found


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment
