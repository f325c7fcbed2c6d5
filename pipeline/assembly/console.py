"""The console's world from the plan: the ledger, and a desk that carries out decisions."""

import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from threading import Lock

from pipeline.adapters.disk.durable_files import free_bytes
from pipeline.adapters.letters.edited_letter import with_words
from pipeline.assembly.bench import make_bench
from pipeline.assembly.doors import open_archive, open_journal, open_ledger, open_workshop
from pipeline.assembly.enquiries import Office
from pipeline.assembly.plan import PAUSE_FILE, TEMPLATES, Clock, Plan, make_private
from pipeline.console.passwords import keep
from pipeline.console.world import World
from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Role, Word
from pipeline.domain.questions.topic import Topic
from pipeline.jobs import planner_decisions
from pipeline.jobs.answer import plain_lines, write_answer
from pipeline.jobs.matches import confirm_match, withdraw_match
from pipeline.jobs.process import process
from pipeline.ports import Ledger
from pipeline.ports.console import ConsoleLedger

LONGEST_NAME, LONGEST_LETTER = 100, 20_000
Act = Callable[[Ledger], Sequence[int]]


class Desk:
    """Ports.PlannersDesk: one decision after the other, judged again at once."""

    def __init__(self, plan: Plan, ledger: ConsoleLedger, clock: Clock) -> None:
        self._plan = plan
        self._ledger = ledger
        self._clock = clock
        self._turn = Lock()

    def assign(self, message: int, province: str, word: Word) -> None:
        """Say which province a message comes from."""
        self._do(lambda at: planner_decisions.assign(at, message, province, word))

    def hold(self, message: int, word: Word, *, held: bool) -> None:
        """Keep a message from counting, or let it count."""
        self._do(lambda at: planner_decisions.hold(at, message, word, held=held))

    def reprocess(self, message: int, word: Word) -> None:
        """Read a message again from the archive."""
        self._do(lambda at: planner_decisions.reprocess(at, message, word))

    def accept(self, message: int, form: str, word: Word, *, undo: bool) -> None:
        """Take a form as it is, with its faults; or take that back."""
        self._do(lambda at: planner_decisions.accept(at, message, form, word, undo=undo))

    def admit(self, message: int, form: str, word: Word, *, undo: bool) -> None:
        """Let a form count that came when the books were closed; or take that back."""
        self._do(lambda at: planner_decisions.admit(at, message, form, word, undo=undo))

    def waive(self, finding: int, word: Word, *, undo: bool) -> None:
        """Set a finding aside while its values stay; or let it count again."""
        self._do(lambda at: planner_decisions.waive(at, str(finding), word, undo=undo))

    def rule_on_explanation(self, number: int, word: Word, *, accepted: bool) -> None:
        """Waive what a province explains, or refuse to."""
        self._do(
            lambda at: planner_decisions.rule_on_explanation(
                at, str(number), word, accepted=accepted
            )
        )

    def extend(
        self, round_id: str, province: str, due: datetime | None, word: Word
    ) -> None:
        """Give a province a deadline of its own, None for the round's."""
        self._do(lambda at: planner_decisions.extend(at, round_id, province, due, word))

    def confirm_sender(self, address: str, province: str, word: Word) -> None:
        """Believe an address, and judge again what it sent that was in doubt."""
        known = self._known()
        self._do(
            lambda at: planner_decisions.confirm_sender(at, known, address, province, word)
        )

    def retire_sender(self, address: str, word: Word) -> None:
        """Believe an address no more, in mail received from now on."""
        planner_decisions.retire_sender(self._ledger, self._known(), address, word)

    def _known(self) -> planner_decisions.KnownAddresses:
        own = frozenset(self._plan.own_addresses)
        return planner_decisions.KnownAddresses(self._plan.senders, own)

    def edit_letter(self, letter: int, text: str, word: Word) -> None:
        """Give a waiting letter other words; it goes on waiting."""
        before = self._ledger.letter_data(letter)
        if before is None:
            raise PermanentError(f"letter {letter}: there is none")
        data = with_words(before, "\n".join(plain_lines(text, LONGEST_LETTER)))
        self._ledger.edit_letter(letter, before, data, word.by, word.why, word.at)

    def confirm_match(self, finding: int, meaning: str | None, word: Word) -> None:
        """Say what a label means, None for what was taken; judge it again."""
        rounds = self._plan.rounds
        self._do(lambda at: confirm_match(at, rounds, str(finding), meaning, word))

    def withdraw_match(self, alias: int, word: Word) -> None:
        """Let what was said of a label hold no more."""
        self._do(lambda at: withdraw_match(at, str(alias), word))

    def release_letter(self, letter: int, word: Word) -> None:
        """Let a waiting letter go."""
        with self._turn:
            rows = self._ledger.letter_page({}, letter + 1, 1)
            if not rows or rows[0]["id"] != letter:
                raise PermanentError(f"letter {letter}: there is none")
            journal = open_journal(self._plan)
            state = rows[0]["state"]
            planner_decisions.release_letter(self._ledger, journal, letter, state, word)

    def assign_question(
        self, number: int, to: str, topic: Topic | None, word: Word
    ) -> None:
        """Say who answers a question, and if need be what it is about."""
        if not to or len(to) > LONGEST_NAME or not to.isprintable():
            raise PermanentError(f"say in at most {LONGEST_NAME} letters who answers")
        self._ledger.assign_question(number, to, topic, word.by, word.why, word.at)

    def answer_question(self, number: int, text: str, word: Word) -> None:
        """Write the letter that answers a question, in its thread."""
        entry, bench = self._ledger.question(number), make_bench(self._plan)
        letter, _ = write_answer(bench, self._ledger, entry, text, word.at)
        self._ledger.answer_question(entry, text, letter, word.by, word.at)

    def close_question(self, number: int, word: Word) -> None:
        """Done with a question without a letter."""
        self._ledger.close_question(number, word.by, word.why, word.at)

    def change_account(self, name: str, role: Role | None, word: Word) -> None:
        """Give an account another role, None for no way in; its sessions end."""
        account = self._ledger.account(name)
        if account is None:
            raise PermanentError(f"{name}: there is no such account")
        if account.name == word.by:
            raise PermanentError("nobody changes an account of his own")
        record = account.password if role else keep(secrets.token_urlsafe(48))
        values = (role or Role.VIEWER, record, word.by, word.at)
        self._ledger.add_account(account.name, *values, why=word.why)

    def pause(self, word: Word, *, paused: bool) -> None:
        """Stop every letter, or let letters go again."""
        action = "pause" if paused else "resume"
        self._ledger.note(word.by, action, {"why": word.why}, word.at)
        if paused:
            self._pause_file.touch(mode=0o600)
        else:
            self._pause_file.unlink(missing_ok=True)

    def paused(self) -> bool:
        """Whether letters are stopped."""
        return self._pause_file.exists()

    @property
    def _pause_file(self) -> Path:
        return make_private(self._plan.settings.data_dir) / PAUSE_FILE

    def _do(self, act: Act) -> None:
        with self._turn:
            if not act(self._ledger):
                return
            shop = open_workshop(self._plan, self._ledger)
            try:
                process(shop, self._clock)
            finally:
                shop.reader.close()
                self._ledger.depart(shop.owner)


def open_world(plan: Plan, clock: Clock) -> World:
    """All that the console's pages work with; close its ledger at the end."""
    ledger = open_ledger(plan)
    return World(
        ledger=ledger,
        desk=Desk(plan, ledger, clock),
        enquiries=Office(plan, ledger, clock),
        archive=open_archive(plan),
        rounds=plan.rounds,
        gazetteer=plan.gazetteer,
        senders=plan.senders,
        clock=clock,
        templates=TEMPLATES / "console",
        free_bytes=lambda: free_bytes(make_private(plan.settings.data_dir)),
    )
