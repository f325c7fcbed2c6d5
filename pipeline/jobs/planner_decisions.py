"""What planners decide, the same from the command line and from the console.

Each function first does what may refuse, then notes the decision; the messages it
returns are open again and are to be processed (`process`) for the decision to be felt.
Where opening again cannot refuse it comes last: a daemon may judge at once what is open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState, SentRecord
from pipeline.domain.people import Word
from pipeline.domain.plan.finding import FindingState
from pipeline.domain.proposal import ProposalState
from pipeline.domain.rulings import NotedFinding
from pipeline.domain.senders.province import Sender
from pipeline.domain.senders.registry import fault_of_address, registry_at
from pipeline.ports import Ledger, SendJournal

RELEASABLE = (LetterState.WAITING, LetterState.UNKNOWN)


def assign(ledger: Ledger, message: int, province: str, word: Word) -> list[int]:
    """Say which province a message comes from."""
    ledger.reopen(message, word.at)
    ledger.assign(message, province, word.by, word.why, word.at)
    return [message]


def hold(ledger: Ledger, message: int, word: Word, *, held: bool) -> list[int]:
    """Keep a message from counting, or let it count."""
    ledger.reopen(message, word.at)
    ledger.hold(message, word.by, word.why, word.at, held=held)
    return [message]


def accept(
    ledger: Ledger, message: int, form: str | None, word: Word, *, undo: bool
) -> list[int]:
    """Take forms of a message as they are, all for None; or take that back."""
    forms = _acceptable(ledger, message, form)
    words = (word.by, word.why, word.at)
    if not undo:
        ledger.accept_forms(message, forms, *words)
    elif not ledger.withdraw_acceptance(message, forms, *words):
        raise PermanentError(f"message {message}: no form of it was accepted so")
    ledger.reopen(message, word.at)
    return [message]


def admit(
    ledger: Ledger, message: int, form: str | None, word: Word, *, undo: bool
) -> list[int]:
    """Let forms count that came when the books were closed; or take that back."""
    words = (word.by, word.why, word.at)
    if undo:
        forms = _acceptable(ledger, message, form)
        if not ledger.withdraw_admission(message, forms, *words):
            raise PermanentError(f"message {message}: no form of it was admitted")
        ledger.reopen(message, word.at)
        return [message]
    forms = _shut(ledger, message, form)
    ledger.admit_forms(message, forms, *words)
    ledger.reopen(message, word.at)
    return [message]


def _shut(ledger: Ledger, message: int, wanted: str | None) -> list[str]:
    """The forms of a message that wait for an admission: the named one, or all."""
    document = ledger.document(message) or {}
    forms = [form["form"] for form in document.get("forms", ()) if form.get("shut")]
    forms = [form for form in forms if wanted in (None, form)]
    if not forms:
        named = wanted or "form"
        raise PermanentError(f"message {message} has no {named} that came after the close")
    return forms


def _acceptable(ledger: Ledger, message: int, wanted: str | None) -> list[str]:
    """The forms of a message that can be accepted: the named one, or all."""
    document = ledger.document(message) or {}
    states = {form["form"]: form["state"] for form in document.get("forms", ())}
    readable = [form for form, state in states.items() if state != "unreadable"]
    forms = [form for form in readable if wanted in (None, form)]
    if not forms:
        named = wanted or "form"
        raise PermanentError(f"message {message} has no readable {named} to accept")
    return forms


def waive(ledger: Ledger, finding: str, word: Word, *, undo: bool) -> list[int]:
    """Set a finding aside while its values stay what they are; or let it count again."""
    noted = _waivable(ledger, finding)
    words = (word.by, word.why, word.at)
    if not undo:
        ledger.waive(noted, *words)
    elif not ledger.withdraw_waiver(noted, *words):
        raise PermanentError(f"finding {noted.id} is not waived")
    ledger.reopen(noted.message, word.at)
    return [noted.message]


def _waivable(ledger: Ledger, number: str) -> NotedFinding:
    """The finding of a number of the view `findings`, if it is one that can be waived."""
    noted = ledger.finding(int(number)) if number.isdecimal() else None
    if noted is None:
        raise PermanentError(f"{number}: no such finding; `show MESSAGE` gives the numbers")
    if noted.finding.form is None or noted.finding.code == "form-missing":
        raise PermanentError(
            f"finding {number} ({noted.finding.code}) is not on a form that came"
        )
    if noted.province is None or noted.round is None:
        raise PermanentError(f"finding {number}: assign the message to a province first")
    if noted.finding.state is FindingState.BLOCKED:
        raise PermanentError(f"finding {number} is blocked: waive what blocks it")
    return noted


def rule_on_explanation(
    ledger: Ledger, number: str, word: Word, *, accepted: bool
) -> list[int]:
    """Waive what a province explains, or refuse to; either ends the other."""
    noted = next((n for n in ledger.explanations() if str(n.id) == number), None)
    if noted is None:
        raise PermanentError(
            f"{number}: no such explanation; `explanations list` gives the numbers"
        )
    wanted = ProposalState.ACCEPTED if accepted else ProposalState.REFUSED
    asked = [(found, state) for found, state in noted.asked if found.id]
    if not asked:
        raise PermanentError(f"explanation {number} is about no finding that is open")
    rule = ledger.waive if accepted else ledger.refuse_waiver
    touched = {noted.message}
    for found, state in asked:
        if state is not wanted:
            rule(found, word.by, word.why, word.at)
            touched.add(found.message)
    for message in sorted(touched):
        ledger.reopen(message, word.at)
    return sorted(touched)


def extend(
    ledger: Ledger, round_id: str, province: str, due: datetime | None, word: Word
) -> Sequence[int]:
    """Give a province a deadline of its own, None for the round's."""
    touched = ledger.extend(round_id, province, due, word.by, word.why, word.at)
    for message in touched:
        ledger.reopen(message, word.at)
    return touched


def reprocess(ledger: Ledger, message: int, word: Word) -> list[int]:
    """Read a message again from the archive."""
    ledger.reopen(message, word.at)
    detail = {"message": str(message), "messages": "1", "why": word.why}
    ledger.note(word.by, "reprocess", detail, word.at)
    return [message]


def release_letter(
    ledger: Ledger, journal: SendJournal, letter: int, state: str, word: Word
) -> None:
    """Let a letter go that waits, or whose outcome nobody knows and that never came."""
    if state not in RELEASABLE:
        raise PermanentError(f"letter {letter} is {state}: only waiting and unknown can go")
    if state == LetterState.UNKNOWN:
        # the journal would otherwise settle the letter as unknown again
        journal.write(SentRecord(ledger.reply_key(letter), "released", word.at))
    ledger.settle_letter(letter, LetterState.QUEUED, word.at)
    detail = {"letter": str(letter), "why": word.why}
    ledger.note(word.by, "release-letter", detail, word.at)


@dataclass(frozen=True, slots=True)
class KnownAddresses:
    """What the files say of addresses: those listed, and our own."""

    listed: tuple[Sender, ...]
    own: frozenset[str]


def confirm_sender(
    ledger: Ledger, known: KnownAddresses, address: str, province: str, word: Word
) -> list[int]:
    """Believe an address; the mails of it that were in doubt are open again."""
    fault = fault_of_address(address, known.own)
    if fault is not None:
        raise PermanentError(fault)
    speaks_for = registry_at(known.listed, ledger.sender_entries(), word.at)
    if speaks_for.get(address, province) != province:
        raise PermanentError(
            f"{address} already speaks for {speaks_for[address]}; `senders retire` it first"
        )
    doubtful = list(ledger.unverified_from(address))
    ledger.confirm_sender(Sender(address, province), word.by, word.why, word.at)
    for message in doubtful:
        ledger.reopen(message, word.at)
    return doubtful


def retire_sender(ledger: Ledger, known: KnownAddresses, address: str, word: Word) -> str:
    """Believe an address no more, in mail received from now on; its province."""
    province = registry_at(known.listed, ledger.sender_entries(), word.at).get(address)
    if province is None:
        raise PermanentError(f"{address}: not in the registry; `senders list` shows it")
    ledger.retire_sender(Sender(address, province), word.by, word.why, word.at)
    return province
