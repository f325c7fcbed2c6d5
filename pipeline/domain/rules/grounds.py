"""What a return was checked against, in one text: equal grounds, equal findings.

The child that reads a mail checks its forms ahead. It does not know who is registered,
what came before and what the round before said; and it was started when the daemon was,
or later. The daemon takes its findings only where the grounds are its own.
"""

import hashlib
from functools import lru_cache

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.rules.figures import CheckContext
from pipeline.domain.senders.province import POPULATION


def grounds(context: CheckContext) -> str:
    """The round with its rules, the province, and what the registry says of it.

    Earlier mails and the round before are no part of it: the child knows neither.
    """
    gazetteer, province = context.gazetteer, context.province
    known: list[object] = [_digest_of(_One(context.plan_round)), province]
    if province is not None:
        year = context.plan_round.plan_year
        known.append(gazetteer.share(POPULATION, province, year))
        known += sorted(
            (name, sorted(figures.items()))
            for (name, code), figures in gazetteer.facts.items()
            if code == province
        )
    return _digest(repr(known))


class _One:
    """A round known by which one it is: to compare all its rules takes long."""

    def __init__(self, plan_round: PlanRound) -> None:
        self.plan_round = plan_round

    def __hash__(self) -> int:
        return id(self.plan_round)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.plan_round is self.plan_round


@lru_cache(maxsize=8)
def _digest_of(one: _One) -> str:
    return _digest(repr(one.plan_round))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
