"""What the console's pages ask of the jobs: answers, and nothing is changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pipeline.adapters.disk.export_shelf import ExportShelf
from pipeline.assembly.bench import make_bench
from pipeline.assembly.doors import make_reminders
from pipeline.assembly.plan import Clock, Plan
from pipeline.domain.lineage import Explained
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.reminders import Reminder, begins
from pipeline.jobs.explain import explain
from pipeline.jobs.remind import Order, ReminderDesk, remind
from pipeline.ports.console import ConsoleLedger, Rows
from pipeline.stages.report import local_time

HIDDEN, UNSET = "••••", "—"


class Office:
    """Ports.Enquiries: the jobs' own answers."""

    def __init__(self, plan: Plan, ledger: ConsoleLedger, clock: Clock) -> None:
        self._plan = plan
        self._ledger = ledger
        self._clock = clock
        self._shelf = ExportShelf(plan.settings.data_dir / "exports")

    def explain(
        self, plan_round: PlanRound, cell: tuple[str, str, str], area: str | None
    ) -> Explained:
        """What (form, row, column) of an area is made of; PermanentError if unknown."""
        return explain(self._ledger, (plan_round, self._plan.gazetteer), cell, area)

    def reminder_steps(self, plan_round: PlanRound) -> Rows:
        """The steps of a round: step, working_days, begins, counts by outcome."""
        notes = self._ledger.reminders(plan_round.id)
        return [
            {
                "step": step.key,
                "working_days": step.working_days,
                "begins": local_time(begins(step, plan_round.due, self._reminders.hours)),
                "counts": _counts(n.outcome.value for n in notes if n.step == step.key),
            }
            for step in plan_round.reminders
        ]

    def reminders_due(self, plan_round: PlanRound) -> Rows:
        """The reminders that would be made now: province, step, forms, letters, kind."""
        order = Order(dry_run=True, round=plan_round.id)
        report = remind(self._reminders, self._clock(), order)
        found = {
            "written": report.written,
            "unaddressed": report.unaddressed,
            "undecided": report.undecided,
            "faulty": [reminder for reminder, _ in report.faulty],
        }
        return [_due(each, kind) for kind, some in found.items() for each in some]

    def products(self, round_id: str, as_of: datetime) -> Mapping[str, int]:
        """The files that a run laid out, with their sizes in bytes."""
        return self._shelf.names(round_id, as_of)

    def product(self, round_id: str, as_of: datetime, name: str) -> bytes:
        """One of these files; PermanentError for another name."""
        return self._shelf.read(round_id, as_of, name)

    def settings(self) -> Sequence[tuple[str, str]]:
        """The configuration as it was read; None of a secret but that it is set."""
        return list(_flat(self._plan.settings, ""))

    @cached_property
    def _reminders(self) -> ReminderDesk:
        return make_reminders(self._plan, self._ledger, make_bench(self._plan))


def _counts(outcomes: Iterator[str]) -> Mapping[str, int]:
    counted: dict[str, int] = {}
    for outcome in outcomes:
        counted[outcome] = counted.get(outcome, 0) + 1
    return counted


def _due(reminder: Reminder, kind: str) -> Mapping[str, Any]:
    return {
        "kind": kind,
        "province": reminder.note.province,
        "step": reminder.note.step,
        "forms": [(owed.form, owed.errors) for owed in reminder.gap.forms],
        "narrative": reminder.gap.narrative,
        "recipients": [letter.recipient for letter in reminder.letters],
    }


def _flat(part: Any, prefix: str) -> Iterator[tuple[str, str]]:
    """Dotted keys with their values; what no log may show is hidden here as well."""
    for each in fields(part):
        value = getattr(part, each.name)
        if is_dataclass(value):
            yield from _flat(value, f"{prefix}{each.name}.")
        elif value is None or value == ():
            yield f"{prefix}{each.name}", UNSET
        elif not each.repr or "password" in each.name:
            yield f"{prefix}{each.name}", HIDDEN
        else:
            shown = ", ".join(value) if isinstance(value, tuple) else str(value)
            yield f"{prefix}{each.name}", shown
