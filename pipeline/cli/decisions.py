"""`assign`, `hold`, `release`: what a planner decides, with who and why."""

import getpass
from collections.abc import Callable

from pipeline.assembly import open_ledger, open_workshop
from pipeline.cli.main import FINE, Call
from pipeline.cli.pages import tell_message
from pipeline.cli.views import find
from pipeline.domain.errors import PermanentError
from pipeline.domain.text import match_key
from pipeline.jobs.process import process
from pipeline.ports import Ledger

Decision = Callable[[Ledger, int], None]


def assign(call: Call) -> int:
    """Say which province a message comes from, and decide it anew."""
    province = _province(call)

    def decide(ledger: Ledger, message: int) -> None:
        ledger.assign(message, province, who(call), call.arguments.why, call.clock())

    return _decide(call, decide)


def hold(call: Call) -> int:
    """Keep a message from counting."""

    def decide(ledger: Ledger, message: int) -> None:
        ledger.hold(message, who(call), call.arguments.why, call.clock(), held=True)

    return _decide(call, decide)


def release(call: Call) -> int:
    """Let a held message count."""

    def decide(ledger: Ledger, message: int) -> None:
        ledger.hold(message, who(call), call.arguments.why, call.clock(), held=False)

    return _decide(call, decide)


def who(call: Call) -> str:
    """The person who decides: as named, else the user of this machine."""
    named: str | None = call.arguments.by
    return named or getpass.getuser()


def _province(call: Call) -> str:
    """The code of a province given by code or by name."""
    wanted = match_key(call.arguments.province)
    for province in call.plan.gazetteer.provinces:
        names = (province.code, province.name, *province.aliases)
        if wanted in (match_key(name) for name in names):
            return province.code
    raise PermanentError(f"{call.arguments.province}: no province of this name or code")


def _decide(call: Call, decide: Decision) -> int:
    """Write a decision down and judge the message again under it."""
    ledger = open_ledger(call.plan)
    try:
        record = find(ledger, call.arguments.message)
        if not call.arguments.dry_run:
            decide(ledger, record.id)
            ledger.reopen(record.id, call.clock())
            shop = open_workshop(call.plan, ledger)
            try:
                process(shop, call.clock)
            finally:
                shop.reader.close()
        document = ledger.document(record.id) or {}
    finally:
        ledger.close()
    if call.talk.machine:
        call.talk.document(document)
    else:
        tell_message(call.talk, record.id, document)
    return FINE
