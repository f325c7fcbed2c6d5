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
    known: list[object] = [_digest_of(context.plan_round), province]
    if province is not None:
        year = context.plan_round.plan_year
        known.append(gazetteer.share(POPULATION, province, year))
        known += sorted(
            (name, sorted(figures.items()))
            for (name, code), figures in gazetteer.facts.items()
            if code == province
        )
    return _digest(repr(known))


@lru_cache(maxsize=8)
def _digest_of(plan_round: PlanRound) -> str:
    return _digest(repr(plan_round))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
