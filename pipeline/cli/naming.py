"""What people name on the command line: a round, a province, a message."""

from pipeline.cli.main import Call
from pipeline.domain.errors import PermanentError
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.writing.text import match_key
from pipeline.ports import Ledger, MessageRecord


def round_named(call: Call, name: str | None) -> PlanRound:
    """The round of an option, the first open one unless named."""
    for plan_round in call.plan.rounds:
        if name in (None, plan_round.id):
            return plan_round
    raise PermanentError(f"{name}: not an open round of {call.settings.source}")


def province_named(call: Call, name: str) -> str:
    """The code of a province by its code, name or a known spelling of it; 2 is 02."""
    wanted = match_key(name.zfill(2))
    for province in call.plan.gazetteer.provinces:
        names = (province.code, province.name, *province.aliases)
        if wanted in (match_key(name) for name in names):
            return province.code
    raise PermanentError(f"{name}: no province of this name or code")


def form_named(plan_round: PlanRound, name: str) -> str:
    """The id of a form of the round, in whatever case; PermanentError names them all."""
    forms = [form.id for form in plan_round.forms]
    wanted = next((form for form in forms if form.lower() == name.lower()), None)
    if wanted is None:
        raise PermanentError(f"{name}: no form; there are: {', '.join(forms)}")
    return wanted


def find(ledger: Ledger, reference: str) -> MessageRecord:
    """The message of a ledger number or digest; PermanentError when there is none."""
    record = ledger.record(reference)
    if record is None:
        raise PermanentError(f"{reference}: no such message; `log` lists them")
    return record
