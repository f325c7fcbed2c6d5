"""How long raw mails are kept, and which are kept whatever their age."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pipeline.domain.mail.message import State

SETTLED = frozenset({State.FILED, State.IGNORED, State.DUPLICATE, State.GONE})
"""States in which nobody has to look at a mail's bytes again."""

LEAST_MONTHS = 24


@dataclass(frozen=True, slots=True)
class RawMail:
    """The bytes of a digest, with all that stands on them.

    `messages` are the rows that have these bytes, in one folder or several. `round` is that
    of its forms, None where it brought none. `awaits` names what is open about it:
    question, explanation, letter.
    """

    digest: str
    size: int
    received_at: datetime
    messages: tuple[int, ...]
    states: frozenset[State]
    rounds: frozenset[str]
    awaits: frozenset[str]


def why_kept(
    mail: RawMail, ends: Mapping[str, datetime], now: datetime, months: int
) -> str | None:
    """What keeps a raw mail: undecided, question, explanation, letter, round; or None.

    `ends` has the end of every configured round: a mail of a round that is not among
    them stays, for nobody knows how long.
    """
    if mail.states - SETTLED:
        return "undecided"
    if mail.awaits:
        return min(mail.awaits)
    if any(name not in ends for name in mail.rounds):
        return "round"
    if mail.rounds:
        end = max(ends[name] for name in mail.rounds)
    else:
        end = _round_open_at(mail.received_at, ends.values())
    return None if months_after(end, months) <= now else "round"


def _round_open_at(moment: datetime, ends: Iterable[datetime]) -> datetime:
    """The end of the round that was on when a mail without forms came."""
    return min((end for end in ends if end >= moment), default=moment)


def months_after(moment: datetime, months: int) -> datetime:
    """The same day and hour so many months on; the last day where there is none."""
    year, month = divmod(moment.month - 1 + months, 12)
    for day in range(moment.day, moment.day - 4, -1):
        try:
            return moment.replace(year=moment.year + year, month=month + 1, day=day)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def past_exports(
    instants: Mapping[str, datetime], kept: Collection[str], before: datetime
) -> tuple[str, ...]:
    """Product folders older than a moment, oldest first, without those that stay."""
    old = [(at, name) for name, at in instants.items() if at < before and name not in kept]
    return tuple(name for _, name in sorted(old))
