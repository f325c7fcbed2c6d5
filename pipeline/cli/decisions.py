"""`assign`, `hold`, `release`: what a planner decides, with who and why."""

import getpass
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.assembly import Plan, copy_plan, open_ledger, open_workshop
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import find, province_named
from pipeline.cli.pages import tell_message
from pipeline.domain.people import Word
from pipeline.jobs import planner_decisions
from pipeline.jobs.process import process
from pipeline.ports import Ledger

Decision = Callable[[Ledger, int], list[int]]


def assign(call: Call) -> int:
    """Say which province a message comes from, and decide it anew."""
    province = province_named(call, call.arguments.province)

    def decide(ledger: Ledger, message: int) -> list[int]:
        return planner_decisions.assign(ledger, message, province, word(call))

    return _decide(call, decide)


def hold(call: Call) -> int:
    """Keep a message from counting."""
    return _hold(call, held=True)


def release(call: Call) -> int:
    """Let a held message count."""
    return _hold(call, held=False)


def _hold(call: Call, *, held: bool) -> int:
    def decide(ledger: Ledger, message: int) -> list[int]:
        return planner_decisions.hold(ledger, message, word(call), held=held)

    return _decide(call, decide)


def word(call: Call) -> Word:
    """Who decides, why, and when."""
    return Word(who(call), call.arguments.why, call.clock())


def who(call: Call) -> str:
    """The person who decides: as named, else the user of this machine."""
    named: str | None = call.arguments.by
    return named or getpass.getuser()


def _decide(call: Call, decide: Decision) -> int:
    """Write a decision down and judge the message again under it; with -n on a copy."""

    def act(plan: Plan, ledger: Ledger) -> list[int]:
        return decide(ledger, find(ledger, call.arguments.message).id)

    return tell_outcome(call, carry_out(call, act))


def carry_out(
    call: Call, act: Callable[[Plan, Ledger], Sequence[int]]
) -> list[tuple[int, Mapping[str, Any]]]:
    """Act, judge again what the action reopened; the documents of those messages.

    With -n all of it happens on a copy.
    """
    with tempfile.TemporaryDirectory(prefix="khtc-") as scratch:
        dry = call.arguments.dry_run
        plan = copy_plan(call.plan, Path(scratch)) if dry else call.plan
        ledger = open_ledger(plan)
        try:
            touched = act(plan, ledger)
            if touched:
                shop = open_workshop(plan, ledger)
                try:
                    process(shop, call.clock)
                finally:
                    shop.reader.close()
            return [(number, ledger.document(number) or {}) for number in touched]
        finally:
            ledger.close()


def tell_outcome(call: Call, documents: Sequence[tuple[int, Mapping[str, Any]]]) -> int:
    """What became of messages, as `show` tells it."""
    for number, document in documents:
        if call.talk.machine:
            call.talk.document(document)
        else:
            tell_message(call, number, document)
    return FINE
