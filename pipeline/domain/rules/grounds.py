"""What a return was checked against, in one text: equal grounds, equal findings.

The child that reads a mail checks its forms ahead. It does not know who is registered,
what came before and what the round before said; and it was started when the daemon was,
or later. The daemon takes its findings only where the grounds are its own.
"""

import hashlib
from functools import lru_cache
from typing import Generic, TypeVar

from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.rules.figures import CheckContext
from pipeline.domain.senders.province import POPULATION, Gazetteer

T = TypeVar("T")


def grounds(context: CheckContext) -> str:
    """The round with its rules, the province, and what the registry says of it.

    Earlier mails and the round before are no part of it: the child knows neither.
    """
    return _grounds(_One(context.plan_round), _One(context.gazetteer), context.province)


class _One(Generic[T]):
    """A round or a gazetteer known by which one it is: to compare all of it takes long."""

    def __init__(self, it: T) -> None:
        self.it = it

    def __hash__(self) -> int:
        return id(self.it)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _One) and other.it is self.it


@lru_cache(maxsize=128)
def _grounds(
    plan_round: _One[PlanRound], registry: _One[Gazetteer], province: str | None
) -> str:
    gazetteer = registry.it
    known: list[object] = [_digest_of(plan_round), province]
    if province is not None:
        year = plan_round.it.plan_year
        known.append(gazetteer.share(POPULATION, province, year))
        known += sorted(
            (name, sorted(figures.items()))
            for (name, code), figures in gazetteer.facts.items()
            if code == province
        )
    return _digest(repr(known))


@lru_cache(maxsize=8)
def _digest_of(one: _One[PlanRound]) -> str:
    return _digest(repr(one.it))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
