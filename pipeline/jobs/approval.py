"""Approval: which letters a planner looks at before they go."""

from collections.abc import Sequence
from dataclasses import replace

from pipeline.domain.case import Policy
from pipeline.domain.letters.reply import Letter, LetterState
from pipeline.ports import Ledger


def approved(
    policy: Policy,
    approve_first: int,
    ledger: Ledger,
    round_id: str,
    letters: Sequence[Letter],
) -> tuple[Letter, ...]:
    """The letters, those waiting for a planner that the policy wants looked at.

    `approve`: all of them; `approve_first`: until so many were written for the round.
    """
    ours = [letter for letter in letters if letter.suppressed is None]
    if policy.replies == "approve":
        looked_at = ours
    elif ours and approve_first:
        written = ledger.letters_of_round(round_id, approve_first)
        looked_at = ours[: max(approve_first - written, 0)]
    else:
        looked_at = []
    return tuple(
        replace(letter, state=LetterState.WAITING) if letter in looked_at else letter
        for letter in letters
    )
