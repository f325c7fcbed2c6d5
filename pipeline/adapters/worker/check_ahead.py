"""Check ahead: the round's rules on what was read, while the daemon settles other mails.

    settle_forms | check_alone

The daemon takes the findings where the return stands on the same grounds in the end.
"""

from collections import Counter
from collections.abc import Sequence

from pipeline.domain.plan.form import Appendix
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.identity import Clue
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.verdict import Checked
from pipeline.stages.check import check_alone
from pipeline.stages.settle_forms import settle_forms


def check_ahead(
    rounds: Sequence[PlanRound],
    gazetteer: Gazetteer,
    name: str | None,
    appendices: Sequence[Appendix],
    clues: Sequence[Clue],
) -> Checked | None:
    """What the rules say, were it the return of the province that most clues name."""
    named = Counter(clue.province for clue in clues if clue.province)
    for plan_round in rounds:
        if appendices and plan_round.id == name:
            province = next((code for code, _ in named.most_common(1)), None)
            forms = settle_forms(appendices).appendices
            return check_alone(forms, plan_round, gazetteer, province)
    return None
