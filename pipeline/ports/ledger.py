"""The ledger's port: the one record of what happened."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pipeline.domain.case import LetterHistory
from pipeline.domain.letters.reply import Letter, LetterState, OutboxItem
from pipeline.domain.mail.message import Arrival, Location
from pipeline.domain.plan.figure_change import Key
from pipeline.domain.plan.form import Appendix, Figure, SaidForm
from pipeline.domain.senders.province import Sender
from pipeline.domain.senders.registry import SenderEntry
from pipeline.domain.total import ObservedFigure
from pipeline.domain.verdict import Decision, Parsed
from pipeline.ports.aliases import AliasBook
from pipeline.ports.claims import Claims, MessageRecord
from pipeline.ports.foresight import Foresight
from pipeline.ports.history import History
from pipeline.ports.lineage import Lineage
from pipeline.ports.papers import PaperBook
from pipeline.ports.pulse import Pulse
from pipeline.ports.questions import QuestionRegister
from pipeline.ports.reminders import ReminderBook
from pipeline.ports.retention import RetentionBook
from pipeline.ports.rulings import PlannersRulings
from pipeline.ports.runs import RunBook

__all__ = ["Ledger", "LetterHistory", "MessageRecord", "ProvinceFiles"]


@dataclass(frozen=True, slots=True)
class ProvinceFiles:
    """What a province has sent so far in a round, this message left out.

    `accepted` and `deficient` are form ids by their counting version; `figures` are
    those of accepted forms; `verified` the forms whose counting version is verified;
    `shut` those of which nothing counts but that came when the books were closed;
    `messages` has the mail of each counting version.
    """

    accepted: frozenset[str]
    deficient: frozenset[str]
    verified: frozenset[str]
    figures: tuple[Figure, ...]
    narrative: bool
    shut: frozenset[str] = frozenset()
    messages: Mapping[str, int] = field(default_factory=dict)


class Ledger(
    Claims,
    PlannersRulings,
    QuestionRegister,
    History,
    Lineage,
    ReminderBook,
    PaperBook,
    RunBook,
    AliasBook,
    Foresight,
    Pulse,
    RetentionBook,
    Protocol,
):
    """The one record of what happened; every method is one transaction.

    Raises TransientError when the database is out of reach or locked.
    """

    def migrate(self) -> None:
        """Bring the schema up; ConfigError when the database is newer than we are."""

    def arrive(self, arrival: Arrival) -> int:
        """File an arrival; its ledger number. Idempotent by location.

        Same bytes under a renumbered UIDVALIDITY of the same folder take over the old
        row (no new row); same bytes elsewhere become a `duplicate`/`same-bytes` row.
        """

    def arrive_all(self, arrivals: Sequence[Arrival]) -> Sequence[int]:
        """File arrivals as `arrive` would one after the other, all of them or none."""

    def refuse(self, location: Location, size: int, reason: str, now: datetime) -> None:
        """File a message whose bytes were not taken, as `held`; idempotent by location.

        `reason` is `too-big` (never fetched) or `fetch-failed` (the server will not
        hand it over). There is no digest. A later `arrive` at the same location takes
        the row over, which is then `received` like any other.
        """

    def placed(
        self, folder: str, uidvalidity: int, first: int = 0, last: int | None = None
    ) -> frozenset[int]:
        """The UIDs of a folder, from `first` to `last`, that have a ledger row.

        Rows refused as `fetch-failed` are left out, so that they are tried again.
        """

    def placed_sizes(self, folder: str, uidvalidity: int) -> Mapping[int, int]:
        """How many bytes lie under each UID of a folder whose bytes we have."""

    def lose(self, location: Location, now: datetime) -> None:
        """Note a message that was listed but vanished before it was fetched (gone)."""

    def file(
        self,
        message: int,
        parsed: Parsed,
        decision: Decision,
        letters: Sequence[Letter],
        now: datetime,
        owner: str | None = None,
    ) -> None:
        """Everything about one message in one transaction, replacing what was filed.

        OvertakenError when `owner` is given and has the message in hand no more.
        Rows, findings, verdict, outbox letters (a known reply_key is left as it is), what
        it asks (QuestionRegister) and an audit event. Versions are ranked by the views, so
        nothing else changes.
        """

    def ignore_duplicate(self, message: int, reason: str, now: datetime) -> None:
        """Close a message as a duplicate that needs no parsing (same-bytes)."""

    def record(self, reference: str) -> MessageRecord | None:
        """A message by ledger number or by the first 8+ digits of its digest."""

    def reopen(self, message: int, now: datetime) -> None:
        """Back to `received`, attempts 0, to be processed again (planner, reprocess)."""

    def parsed(self, message: int) -> Parsed | None:
        """What the worker read when the message was last filed."""

    def forms_said(self, message: int) -> Sequence[SaidForm | Appendix]:
        """What the forms said that were read then; none without a row."""

    def document(self, message: int) -> Mapping[str, Any] | None:
        """The outcome as `show --json` prints it (contract.md)."""

    def messages(self, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Rows of the view `ingest_log`, newest first; filters province, state, since,
        search, limit.
        """

    def province_files(
        self,
        round_id: str,
        province: str,
        before: tuple[datetime, int],
        come_again: Collection[str] = (),
    ) -> ProvinceFiles:
        """What counts for a province from messages ranked (received_at, number) earlier.

        Without the figures of forms that have come again.
        """

    def last_said(
        self,
        round_id: str,
        province: str,
        forms: Sequence[str],
        before: tuple[datetime, int],
    ) -> Mapping[Key, str | None]:
        """What the newest filed version of each form said, earlier than a rank.

        By figure, as a `FigureChange` tells it.
        """

    def same_content(self, content_key: str, province: str, message: int) -> int | None:
        """An earlier filed message of the province that carried the same files."""

    def letters_made(self, recipient: str, now: datetime) -> LetterHistory:
        """What the budgets need to know about one recipient and about all."""

    def last_answered(self, recipient: str, message: int) -> int | None:
        """The message that the newest unsuppressed letter to an address answers; not
        `message` itself.
        """

    def answered(self, message: int) -> bool:
        """Whether an unsuppressed letter exists for a message."""

    def letters_of_round(self, round_id: str, at_most: int) -> int:
        """How many unsuppressed letters there are to mails of a round, or as reminders;
        counted up to `at_most`.
        """

    def told_same_content(self, content_key: str, province: str, message: int) -> bool:
        """Whether an unsuppressed `duplicate` letter answers another mail of the province
        with the same files.
        """

    def senders(self) -> tuple[Sender, ...]:
        """Addresses that planners confirmed and have not retired."""

    def sender_entries(self) -> Sequence[SenderEntry]:
        """Every entry of the registry ever made, in the order they were made."""

    def placing(
        self, numbers: Sequence[int]
    ) -> tuple[Sequence[SenderEntry], Mapping[int, str | None]]:
        """What planners said that tells whose some messages are, of one moment.

        Every entry of the registry, and the province assigned to each message, if any.
        """

    def confirm_sender(self, sender: Sender, by: str, why: str, now: datetime) -> None:
        """Add an address to the registry, audited."""

    def retire_sender(self, sender: Sender, by: str, why: str, now: datetime) -> None:
        """Take an address out of the registry for mail received from now on. Audited."""

    def unverified_from(self, address: str) -> Sequence[int]:
        """Messages of an address that its confirmation may change, the oldest first."""

    def assign(
        self, message: int, province: str | None, by: str, why: str, now: datetime
    ) -> None:
        """A planner's word on the province of a message; None withdraws it. Audited."""

    def assigned(self, message: int) -> str | None:
        """The province a planner assigned, if any."""

    def hold(self, message: int, by: str, why: str, now: datetime, *, held: bool) -> None:
        """A planner's hold (`by-planner`), or its release. Audited."""

    def planner_hold(self, message: int) -> bool | None:
        """True held by a planner, False released by one, None never touched."""

    def note(
        self, actor: str, action: str, detail: Mapping[str, str], now: datetime
    ) -> None:
        """An audit event of its own."""

    def claim_letters(
        self, now: datetime, limit: int, *, reminders: Callable[[], bool] | None = None
    ) -> Sequence[OutboxItem]:
        """Letters due, marked `sending`, attempt counted; committed before returning.

        Reminders that are no longer true are withdrawn first, those of a province whose
        own mail waits for us stay. `reminders`, asked where one is queued, may say that
        all of them stay.
        """

    def settle_letter(
        self,
        letter: int,
        state: LetterState,
        now: datetime,
        retry_at: datetime | None = None,
        attempt: int | None = None,
    ) -> None:
        """What became of a claimed letter; `queued` with `retry_at` waits till then.

        With `attempt` only while the letter is in that attempt's hands; else nothing.
        """

    def settle_sent(self, letters: Sequence[tuple[OutboxItem, datetime]]) -> None:
        """That claimed letters were sent, and when: as `settle_letter` of each attempt."""

    def while_ours(self, letter: OutboxItem, act: Callable[[], LetterState | None]) -> bool:
        """Do something while no other process can touch a claimed letter.

        False, and nothing done, when the claim of this attempt is over. A state that
        `act` gives is the letter's from then on, in the same transaction.
        """

    def reply_key(self, letter: int) -> str:
        """The key of a letter by its number; PermanentError when there is none."""

    def sending_letters(self) -> Sequence[OutboxItem]:
        """Letters left `sending` by a crash: their outcome is unknown."""

    def letter_states(self) -> Mapping[str, str]:
        """The state of every letter, by its reply key."""

    def outbox(self) -> Iterator[Mapping[str, Any]]:
        """Rows of the view `outbox`."""

    def coverage(self, round_id: str) -> Sequence[Mapping[str, Any]]:
        """Rows of the view `coverage`, one for each province and form of the round."""

    def know_round(self, round_id: str, units: Sequence[str], forms: Sequence[str]) -> None:
        """Tell the ledger which province x form a round expects (view `coverage`)."""

    def figures(self, round_id: str, as_of: datetime | None) -> Iterable[ObservedFigure]:
        """Every figure that counts now (or counted at `as_of`), in one snapshot."""

    def audit_chain(self) -> str | None:
        """What is wrong with the hash chain of the audit trail; None when it is whole."""

    def balance(self) -> Sequence[Mapping[str, Any]]:
        """For each folder and UIDVALIDITY: counts by state, for the conservation law."""

    def close(self) -> None:
        """Give the connections back."""
