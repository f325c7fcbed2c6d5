"""What one message costs does not grow with the messages before it.

SQLite counts its steps, PostgreSQL the tables that it goes through.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bench.speed.old_mails import remember
from pipeline.adapters.sql_ledger.rule_tally import AT_MOST
from pipeline.domain.letters.reply import LetterState
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail, hang_up, new_sqlite
from tests.servers.postgres import Postgres

FEW, MANY = 500, 5_000
EACH = 50
"""Steps of SQLite's machine between two counts."""


class Counting:
    """A ledger with so many old mails, whose database counts its steps."""

    def __init__(self, folder: Path, size: int) -> None:
        folder.mkdir()
        database = new_sqlite(folder)
        remember(database.url, size, 1)
        self.ledger = database.open()
        self.steps = 0
        event.listen(self.ledger._database.engine, "connect", self._watch)
        self.mails = 0
        self.file_failing()
        self.ledger.rule_standings("ke-hoach-2014")

    def _watch(self, connection: Any, _: object) -> None:
        connection.set_progress_handler(self._count, EACH)

    def _count(self) -> int:
        self.steps += EACH
        return 0

    def file_failing(self) -> int:
        """One more mail of the round, with a finding; its number."""
        self.mails += 1
        fault = make.finding(rule="PL01.2", found="1", expected="2")
        identity = replace(make.decision("a").identity, province="u7")
        return file_mail(
            self.ledger,
            f"m{self.mails}",
            [make.form("PL01")],
            self.mails,
            identity=identity,
            findings=(fault,),
        )

    def cost(self, act: Callable[["Counting"], object]) -> int:
        """How many steps something takes."""
        before = self.steps
        act(self)
        return self.steps - before


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Counting, Counting]:
    home = tmp_path_factory.mktemp("growth")
    return Counting(home / "few", FEW), Counting(home / "many", MANY)


def _file(of: Counting) -> object:
    return of.file_failing()


def _rulings(of: Counting) -> object:
    of.file_failing()
    return of.ledger.rulings("ke-hoach-2014", "u7", of.mails)


def _rulings_long_after(of: Counting) -> object:
    for _ in range(2 * AT_MOST):
        of.ledger.note("daemon", "remind", {}, make.at(0))
    return _rulings(of)


def _deliver(of: Counting) -> object:
    claimed = of.ledger.claim_letters(make.at(0), 10)
    of.ledger.sending_letters()
    for item in claimed:
        of.ledger.settle_letter(item.id, LetterState.SENT, make.at(0))
    return claimed


ACTS: dict[str, Callable[[Counting], object]] = {
    "file": _file,
    "what planners ruled, after one more": _rulings,
    "what planners ruled, a thousand events later": _rulings_long_after,
    "who has something in hand": lambda of: of.ledger.claimants(),
    "free a dead worker's": lambda of: of.ledger.free("dead"),
    "claim": lambda of: of.ledger.claim("me", make.at(0), 60),
    "what others have to settle": lambda of: of.ledger.not_ours(
        "me", make.at(0), make.at(0)
    ),
    "letters to an address": lambda of: of.ledger.letters_made(
        "u7@example.test", make.at(0)
    ),
    "letters of a round": lambda of: of.ledger.letters_of_round("ke-hoach-2014", 9),
    "newest places": lambda of: of.ledger.placed("INBOX", 1, FEW + 1_000_000),
    "deliver": _deliver,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_message_costs_no_more_among_many(
    sizes: tuple[Counting, Counting], act: Callable[[Counting], object]
) -> None:
    few, many = (each.cost(act) for each in sizes)
    assert many <= 1.2 * few + 4 * EACH, (few, many)


def test_the_steps_show_what_grows(sizes: tuple[Counting, Counting]) -> None:
    few, many = (each.cost(lambda of: of.ledger.placed("INBOX", 1)) for each in sizes)
    assert many > 5 * few > 0


MAILS, FIGURES = 12, 40


def test_postgresql_looks_a_figures_version_up_also_in_a_ledger_that_was_small(
    postgres: Postgres,
) -> None:
    """Statistics of an almost empty table say that it is soonest read as a whole. All of a
    mail's figures are looked up at once (ADR 0032).
    """
    database = TestDatabase("postgresql", postgres.migrated())
    ledger = database.open()
    rows = [make.row(indicator=f"i{number}") for number in range(FIGURES)]
    for number in range(MAILS):
        file_mail(ledger, f"m{number}", [make.form("PL01", rows)], number)
        if number == 0:
            database.run("ANALYZE")
    hang_up(ledger)
    (read,) = database.rows(
        "SELECT seq_scan, idx_scan FROM pg_stat_user_tables WHERE relname = 'version'"
    )
    ledger.close()
    postgres.drop(database.url)
    assert read["seq_scan"] < MAILS <= read["idx_scan"] < MAILS * FIGURES
