"""`status`: who has sent what and when, and whom to telephone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipeline.assembly import open_ledger
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import form_named, province_named, round_named
from pipeline.cli.questions import tell_overdue
from pipeline.domain.paper import Beside
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.plan.punctuality import Deadlines, Punctuality, deadlines_of
from pipeline.domain.senders.province import Sender
from pipeline.domain.senders.registry import contacts_at
from pipeline.domain.writing.vietnamese import HANOI
from pipeline.ports import Ledger

SHEET_COLUMNS = (
    *("province", "name", "deadline", "owed_forms", "to_mend"),
    *("contact", "phone", "address", "call_result"),
)
SHUT = "#"
SIGNS = {"accepted": "✓", "deficient": "!", "missing": "·"}
WORST_FIRST = (
    Punctuality.OVERDUE,
    Punctuality.AFTER_CLOSE,
    Punctuality.LATE,
    Punctuality.IN_GRACE,
    Punctuality.OUTSTANDING,
    Punctuality.ON_TIME,
)


@dataclass(frozen=True, slots=True)
class Standing:
    """One province in the round: its forms that were asked for, and how to reach it."""

    code: str
    deadlines: Deadlines
    forms: Mapping[str, Mapping[str, Any]]
    contacts: Sequence[Sender]
    beside: Beside

    def in_state(self, state: str) -> list[str]:
        """Its forms in a state of the view `coverage`."""
        return [form for form, cell in self.forms.items() if cell["state"] == state]

    @property
    def worst(self) -> Punctuality:
        """How punctual the worst of its forms is."""
        found = {cell["received"] for cell in self.forms.values()}
        return next(each for each in WORST_FIRST if each in found)


def status(call: Call) -> int:
    """Provinces x forms, or the sheet of those to telephone."""
    plan_round = round_named(call, call.arguments.round)
    if call.arguments.province is not None:
        call.arguments.province = province_named(call, call.arguments.province)
    if call.arguments.form is not None:
        call.arguments.form = form_named(plan_round, call.arguments.form)
    ledger = open_ledger(call.plan)
    try:
        standings = _standings(call, ledger, plan_round)
        tell_overdue(call, ledger)
    finally:
        ledger.close()
    if call.arguments.contacts:
        _tell_contacts(call, standings)
    elif call.talk.machine:
        for standing in standings:
            for cell in standing.forms.values():
                call.talk.document(cell)
    else:
        _tell_coverage(call, plan_round, standings)
    return FINE


def _standings(call: Call, ledger: Ledger, plan_round: PlanRound) -> list[Standing]:
    """The provinces with the forms that the filters leave."""
    now, wanted = call.clock(), call.arguments
    entries = ledger.sender_entries()
    contacts = contacts_at(call.plan.senders, entries, now)
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in ledger.coverage(plan_round.id):
        rows.setdefault(row["province_code"], []).append(row)
    found, beside = [], ledger.beside(plan_round.id)
    for code, own in rows.items():
        if wanted.silent and any(row["versions"] for row in own):
            continue
        deadlines = deadlines_of(plan_round, ledger.due(plan_round.id, code))
        came = beside.get(code, Beside())
        cells = (_timed(row, deadlines, now) | _came(came) for row in own)
        forms = {cell["form_id"]: cell for cell in cells if _asked_for(call, cell)}
        if forms:
            found.append(Standing(code, deadlines, forms, contacts.get(code, ()), came))
    return found


def _timed(row: Mapping[str, Any], deadlines: Deadlines, now: datetime) -> dict[str, Any]:
    """A row of `coverage` with how punctual it was: first received, first clean."""
    times = {"received": "first_received_at", "clean": "first_clean_at"}
    judged = {
        name: deadlines.judge(_moment(row[column]), now) for name, column in times.items()
    }
    return {**row, "due": deadlines.due.astimezone(HANOI).isoformat(), **judged}


def _came(beside: Beside) -> dict[str, Any]:
    """What came of the province beside its forms."""
    paper = None if beside.paper is None else beside.paper.isoformat()
    return {"narrative": beside.narrative, "scan": beside.scan, "paper": paper}


def _moment(written: str | None) -> datetime | None:
    return None if written is None else datetime.fromisoformat(written)


def _asked_for(call: Call, cell: Mapping[str, Any]) -> bool:
    wanted = call.arguments
    return (
        wanted.province in (None, cell["province_code"])
        and wanted.form in (None, cell["form_id"])
        and wanted.state in (None, cell["state"])
        and wanted.received in (None, cell["received"])
    )


def _tell_coverage(
    call: Call, plan_round: PlanRound, standings: Iterable[Standing]
) -> None:
    """One line a province, one sign a form."""
    forms = plan_round.forms_required
    lines, cells = [], []
    for each in standings:
        signs = [_sign(each.forms.get(form)) for form in forms]
        name = call.plan.gazetteer.by_code(each.code).name
        punctual = call.talk.text(f"punctuality.{each.worst}")
        lines.append([each.code, name, *signs, _beside(call, each.beside), punctual])
        cells.append(list(each.forms.values()))
    call.talk.table(("province", "name", *forms, "beside", "received"), lines)
    call.talk.tell("status.beside_key")
    states = [cell["state"] for row in cells for cell in row]
    call.talk.tell(
        "status.sum",
        accepted=states.count("accepted"),
        deficient=states.count("deficient"),
        missing=states.count("missing"),
        provinces=sum(all(cell["state"] == "accepted" for cell in row) for row in cells),
    )
    received = [cell["received"] for row in cells for cell in row]
    clean = [cell["clean"] for row in cells for cell in row]
    call.talk.tell(
        "status.times",
        forms=len(received),
        received=received.count(Punctuality.ON_TIME),
        clean=clean.count(Punctuality.ON_TIME),
        grace=received.count(Punctuality.IN_GRACE),
        late=received.count(Punctuality.LATE),
        closed=received.count(Punctuality.AFTER_CLOSE),
    )
    shut = sum(cell["shut"] for row in cells for cell in row)
    if shut:
        call.talk.tell("status.shut", count=shut)


def _beside(call: Call, beside: Beside) -> str:
    """Report, scan and paper by one letter each."""
    came = (beside.narrative, beside.scan, beside.paper is not None)
    letters = call.talk.text("status.beside")
    return "".join(
        letter if here else "·" for letter, here in zip(letters, came, strict=True)
    )


def _sign(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return " "
    known = cell["verified"] or cell["late"] is None
    shut = SHUT if cell["shut"] else ""
    return SIGNS[cell["state"]] + shut + ("" if known else "?")


def _tell_contacts(call: Call, standings: Iterable[Standing]) -> None:
    """A sheet to telephone by: who owes what, and whom to ask for it."""
    owing = [each for each in standings if len(each.in_state("accepted")) < len(each.forms)]
    if call.talk.machine:
        for each in owing:
            call.talk.document(_contact_document(call, each))
        return
    lines = [line for each in owing for line in _contact_lines(call, each)]
    call.talk.table(SHEET_COLUMNS, lines)
    call.talk.tell(
        "status.contacts",
        provinces=len(owing),
        silent=sum(not each.contacts for each in owing),
    )


def _contact_document(call: Call, each: Standing) -> dict[str, Any]:
    return {
        "province_code": each.code,
        "name": call.plan.gazetteer.by_code(each.code).name,
        "due": each.deadlines.due.astimezone(HANOI).isoformat(),
        "received": each.worst,
        "missing": each.in_state("missing"),
        "deficient": each.in_state("deficient"),
        **_came(each.beside),
        "contacts": [
            {"address": one.address, "name": one.name or None, "phone": one.phone or None}
            for one in each.contacts
        ],
    }


def _contact_lines(call: Call, each: Standing) -> Iterable[list[object]]:
    """A line a contact; what is owed stands in the first."""
    about = [
        each.code,
        call.plan.gazetteer.by_code(each.code).name,
        f"{each.deadlines.due.astimezone(HANOI):%d/%m/%Y}",
        _short(each.in_state("missing"), each.forms),
        _short(each.in_state("deficient"), each.forms),
    ]
    contacts = each.contacts or (Sender(call.talk.text("remind.no_address"), each.code),)
    for n, one in enumerate(contacts):
        head: list[object] = [*about] if n == 0 else [""] * len(about)
        yield [*head, one.name, one.phone, one.address, ""]


def _short(forms: Sequence[str], asked: Mapping[str, object]) -> str:
    """The forms by name; only how many where it is all of many."""
    few = 3
    everything = len(forms) == len(asked) > few
    return f"{len(forms)}/{len(asked)}" if everything else ", ".join(forms)
