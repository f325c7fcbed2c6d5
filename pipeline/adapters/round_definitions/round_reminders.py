"""The steps of a round's reminders, read from round.yaml."""

import re

from pipeline.adapters.round_definitions.round_fields import Fields
from pipeline.domain.plan.plan_round import ReminderStep

_KEY = re.compile(r"[a-z0-9][a-z0-9+-]{0,19}")
_FARTHEST = 60


def read_reminders(top: Fields) -> tuple[ReminderStep, ...]:
    """The steps in their order in time; two of one key or one day are refused."""
    steps: list[ReminderStep] = []
    for fields in top.items("reminders"):
        fields.only(("key", "working_days"))
        step = ReminderStep(
            key=fields.parsed("key", _key, "a short key (d-5, d+1)"),
            working_days=fields.parsed(
                "working_days", _days, f"a number of days from -{_FARTHEST} to {_FARTHEST}"
            ),
        )
        if any(step.key == other.key for other in steps):
            raise fields.fault("key", f"{step.key!r} stands twice")
        if any(step.working_days == other.working_days for other in steps):
            raise fields.fault("working_days", "two steps fall on one day")
        steps.append(step)
    return tuple(sorted(steps, key=lambda step: step.working_days))


def _key(text: str) -> str:
    if not _KEY.fullmatch(text):
        raise ValueError(text)
    return text


def _days(text: str) -> int:
    days = int(text)
    if abs(days) > _FARTHEST:
        raise ValueError(text)
    return days
