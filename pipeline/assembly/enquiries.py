"""What the console's pages ask of the jobs: answers, and nothing is changed."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline.adapters.disk.export_shelf import ExportShelf
from pipeline.assembly.bench import make_bench
from pipeline.assembly.doors import (
    copy_plan_of,
    make_reminders,
    open_ledger,
    open_workshop,
    reminder_hours,
)
from pipeline.assembly.plan import Clock, Plan
from pipeline.domain.lineage import Explained
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.reminders import Reminder, begins
from pipeline.domain.total import Run
from pipeline.jobs.explain import explain
from pipeline.jobs.matches import Doubt, page_of_doubts
from pipeline.jobs.process import process
from pipeline.jobs.remind import Order, ReminderDesk, remind
from pipeline.ports.console import ConsoleLedger, Rows
from pipeline.stages.report import local_time

HEADS = ("state", "reason", "province", "verdict")
MOST_DOUBTS, MOST_LOOKED_AT = 20, 25
Values = Mapping[tuple[str, str, str], str | None]
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

    def doubts(self, below: int | None) -> tuple[Rows, int | None]:
        """Labels that may mean something else, with their candidates, newest first."""
        most = (MOST_DOUBTS, MOST_LOOKED_AT)
        page = page_of_doubts(self._ledger, self._plan.rounds, below, most)
        return [_doubt(doubt) for doubt in page.doubts], page.below

    def reprocessing(self, message: int) -> Mapping[str, Any]:
        """What reading a message again would change, tried on a copy of its unit's mail."""
        before = self._ledger.document(message) or {}
        assigned = self._ledger.assigned(message)
        units = {unit for unit in (before.get("province"), assigned) if unit}
        after = self._read_again(message, units)
        if after.get("province") not in {None, *units}:
            after = self._read_again(message, {*units, after["province"]})
        heads = [(name, before.get(name), after.get(name)) for name in HEADS]
        return {
            "rows": differing_rows(_rows(before), _rows(after)),
            "heads": [head for head in heads if head[1] != head[2]],
        }

    def _read_again(self, message: int, units: Collection[str]) -> Mapping[str, Any]:
        with TemporaryDirectory(prefix="khtc-") as scratch:
            plan = copy_plan_of(self._plan, Path(scratch), message, units)
            return self._read_copy(plan, message)

    def _read_copy(self, plan: Plan, message: int) -> Mapping[str, Any]:
        ledger = open_ledger(plan)
        try:
            ledger.reopen(message, self._clock())
            shop = open_workshop(plan, ledger)
            try:
                process(shop, self._clock)
            finally:
                shop.reader.close()
            return ledger.document(message) or {}
        finally:
            ledger.close()

    def reminder_steps(self, plan_round: PlanRound) -> Rows:
        """The steps of a round: step, working_days, begins, counts by outcome."""
        notes, hours = self._ledger.reminders(plan_round.id), reminder_hours(self._plan)
        return [
            {
                "step": step.key,
                "working_days": step.working_days,
                "begins": local_time(begins(step, plan_round.due, hours)),
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

    def products(self, run: Run) -> Mapping[str, int]:
        """The files that a run laid out, with their sizes in bytes."""
        return self._shelf.names(run)

    def product(self, run: Run, name: str) -> bytes:
        """One of these files; PermanentError for another name."""
        return self._shelf.read(run, name)

    def settings(self) -> Sequence[tuple[str, str]]:
        """The configuration as it was read; None of a secret but that it is set."""
        return list(_flat(self._plan.settings, ""))

    @cached_property
    def _reminders(self) -> ReminderDesk:
        return make_reminders(self._plan, self._ledger, make_bench(self._plan))


def differing_rows(before: Values, after: Values) -> Sequence[tuple[str | None, ...]]:
    """(form, indicator, column, before, after) where the two say otherwise."""
    keys = sorted(before.keys() | after.keys())
    both = [(*key, before.get(key), after.get(key)) for key in keys]
    return [each for each in both if each[-2] != each[-1]]


def _rows(document: Mapping[str, Any]) -> Values:
    return {
        (row["form"], row["indicator"], row["column"]): row["value"] or row["missing"]
        for row in document.get("rows", ())
    }


def _doubt(doubt: Doubt) -> Mapping[str, Any]:
    noted = doubt.noted
    return {
        "finding": noted.id,
        "message": noted.message,
        "province": noted.province,
        "form": noted.finding.form,
        "axis": doubt.axis.value,
        "place": f"{noted.finding.sheet}!{noted.finding.cell}",
        "label": doubt.label,
        "meanings": doubt.meanings,
        "elsewhere": doubt.elsewhere,
    }


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
