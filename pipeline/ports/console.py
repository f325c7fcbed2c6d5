"""What the console asks of the ledger, and whom it hands a decision to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from pipeline.domain.lineage import Explained
from pipeline.domain.people import Account, Role, Word
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.questions.topic import Topic
from pipeline.domain.total import Run
from pipeline.ports.ledger import Ledger

Rows = Sequence[Mapping[str, Any]]


class Accounts(Protocol):
    """Who may enter the console, and who is in it."""

    def add_account(
        self,
        name: str,
        role: Role,
        password: str,
        by: str,
        now: datetime,
        *,
        why: str = "",
    ) -> bool:
        """Make an account, or change role and password of one and end its sessions.

        True when it is new. Audited, without the password.
        """

    def accounts(self) -> Sequence[Account]:
        """All accounts by name."""

    def account(self, name: str) -> Account | None:
        """The account of a name, whatever the case."""

    def note_failure(self, account: int, tries: int, until: datetime) -> bool:
        """Count a wrong password; each `tries` of them shut the account, which is told."""

    def open_session(
        self, account: int, token_hash: str, now: datetime, until: datetime
    ) -> None:
        """Let a person in; failures are forgotten, sessions that ended are removed."""

    def visitor(self, token_hash: str, now: datetime) -> Account | None:
        """Whose session this is, while it lasts."""

    def close_session(self, token_hash: str) -> None:
        """End a session."""


class PageReading(Protocol):
    """Questions of the pages; each answer is bounded."""

    def log_page(self, filters: Mapping[str, str], before: int | None, limit: int) -> Rows:
        """Rows of the view `ingest_log`, newest first, after the message `before`.

        Filters as of `messages`, and `id`, `kind`, `reason`, `verdict`, `sender`, and
        `verified`: "1" of registered senders, "0" of others.
        """

    def state_counts(self) -> Mapping[str, int]:
        """Messages by state."""

    def letter_counts(self) -> Mapping[str, int]:
        """Letters by state."""

    def letter_page(
        self, filters: Mapping[str, str], before: int | None, limit: int
    ) -> Rows:
        """Rows of the view `outbox`, newest first; filters state, message."""

    def letter_data(self, letter: int) -> bytes | None:
        """The frozen bytes of a letter."""

    def event_page(self, message: int | None, before: int | None, limit: int) -> Rows:
        """Audit events, newest first, of one message or of all."""

    def form_figures(self, round_id: str, form: str, column: str) -> Rows:
        """Rows of the view `observations` of one column of a form."""

    def form_totals(self, round_id: str, form: str, level: str) -> Rows:
        """Rows of the view `totals` of one form at one level."""

    def accepted_forms(self, message: int) -> frozenset[str]:
        """The forms of a message that a planner took as they are."""

    def run_page(self, before: int | None, limit: int) -> Rows:
        """Consolidation runs, newest first: number, round, as_of, stored_at."""

    def findings_of(self, message: int) -> Rows:
        """Findings of a message with their numbers."""


class ConsoleLedger(Ledger, Accounts, PageReading, Protocol):
    """The ledger with what only the console needs."""

    def edit_letter(
        self, letter: int, before: bytes, data: bytes, by: str, why: str, now: datetime
    ) -> None:
        """Give a waiting letter other bytes. Audited, by the digests of both.

        PermanentError when it waits no more, or is no longer as `before`.
        """


class PlannersDesk(Protocol):
    """Carries out decisions: noted, judged again at once, in the audit trail.

    PermanentError says why a decision cannot be carried out; nothing is noted then.
    """

    def assign(self, message: int, province: str, word: Word) -> None:
        """Say which province a message comes from."""

    def hold(self, message: int, word: Word, *, held: bool) -> None:
        """Keep a message from counting, or let it count."""

    def reprocess(self, message: int, word: Word) -> None:
        """Read a message again from the archive."""

    def accept(self, message: int, form: str, word: Word, *, undo: bool) -> None:
        """Take a form as it is, with its faults; or take that back."""

    def admit(self, message: int, form: str, word: Word, *, undo: bool) -> None:
        """Let a form count that came when the books were closed; or take that back."""

    def waive(self, finding: int, word: Word, *, undo: bool) -> None:
        """Set a finding aside while its values stay; or let it count again."""

    def rule_on_explanation(self, number: int, word: Word, *, accepted: bool) -> None:
        """Waive what a province explains, or refuse to."""

    def extend(
        self, round_id: str, province: str, due: datetime | None, word: Word
    ) -> None:
        """Give a province a deadline of its own, None for the round's."""

    def confirm_sender(self, address: str, province: str, word: Word) -> None:
        """Believe an address, and judge again what it sent that was in doubt."""

    def retire_sender(self, address: str, word: Word) -> None:
        """Believe an address no more, in mail received from now on."""

    def edit_letter(self, letter: int, text: str, word: Word) -> None:
        """Give a waiting letter other words; it goes on waiting."""

    def confirm_match(self, finding: int, meaning: str | None, word: Word) -> None:
        """Say what a label means, None for what was taken; judge it again."""

    def withdraw_match(self, alias: int, word: Word) -> None:
        """Let what was said of a label hold no more."""

    def release_letter(self, letter: int, word: Word) -> None:
        """Let a waiting letter go."""

    def assign_question(
        self, number: int, to: str, topic: Topic | None, word: Word
    ) -> None:
        """Say who answers a question, and if need be what it is about."""

    def answer_question(self, number: int, text: str, word: Word) -> None:
        """Write the letter that answers a question, in its thread."""

    def close_question(self, number: int, word: Word) -> None:
        """Done with a question without a letter."""

    def change_account(self, name: str, role: Role | None, word: Word) -> None:
        """Give an account another role, None for no way in; its sessions end."""

    def pause(self, word: Word, *, paused: bool) -> None:
        """Stop every letter, or let letters go again."""

    def paused(self) -> bool:
        """Whether letters are stopped."""


class Enquiries(Protocol):
    """What pages ask that takes more than the ledger; nothing is changed."""

    def explain(
        self, plan_round: PlanRound, cell: tuple[str, str, str], area: str | None
    ) -> Explained:
        """What (form, row, column) of an area is made of; PermanentError if unknown."""

    def doubts(self, below: int | None) -> tuple[Rows, int | None]:
        """Labels that may mean something else, with their candidates, newest first; and
        the finding below which there may be more, None at the end.
        """

    def reprocessing(self, message: int) -> Mapping[str, Any]:
        """What reading a message again would change, tried on a copy of the ledger.

        `rows` (form, indicator, column, before, after), and `heads` (name, before,
        after).
        """

    def reminder_steps(self, plan_round: PlanRound) -> Rows:
        """The steps of a round: step, working_days, begins, counts by outcome."""

    def reminders_due(self, plan_round: PlanRound) -> Rows:
        """The reminders that would be made now: province, step, forms, letters, kind."""

    def products(self, run: Run) -> Mapping[str, int]:
        """The files that a run laid out, with their sizes in bytes."""

    def product(self, run: Run, name: str) -> bytes:
        """One of these files; PermanentError for another name."""

    def settings(self) -> Sequence[tuple[str, str]]:
        """The configuration as it was read; None of a secret but that it is set."""
