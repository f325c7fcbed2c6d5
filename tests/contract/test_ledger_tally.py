"""The counts of failing rules that are kept up are those that counting anew gives."""

import random
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import text

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.rule_tally import AT_MOST, RuleTally
from pipeline.adapters.sql_ledger.rule_watch import standings_of
from pipeline.domain.errors import PermanentError
from pipeline.domain.senders.province import Sender
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

WHO = ("Lan", "a reason")


def test_kept_up_counts_are_those_of_counting_anew(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    chance = random.Random(9)
    other = SqlLedger(database.url)  # another process: it only reads what happened
    numbers: list[int] = []

    def file_one(minute: int) -> None:
        faults = tuple(
            make.finding(rule=rule, found="1", expected="2")
            for rule in chance.sample(["PL01.2", "PL01.3", "PL01.4"], chance.randrange(3))
        )
        province = f"{chance.randrange(5):02}"
        identity = replace(
            make.decision("a").identity,
            province=province,
            verified=chance.random() < 0.5,
        )
        which = f"m{chance.randrange(20)}"  # some mails are filed again, elsewhere
        forms = [make.form("PL01")] if chance.random() < 0.8 else [make.form("PL02")]
        numbers.append(
            file_mail(ledger, which, forms, minute, identity=identity, findings=faults)
        )

    def confirm(minute: int) -> None:
        sender = Sender("nguyenvana@example.vn", f"{chance.randrange(5):02}")
        ledger.confirm_sender(sender, *WHO, make.at(minute))

    def hold(minute: int) -> None:
        number = chance.choice(numbers)
        ledger.hold(number, *WHO, make.at(minute), held=chance.random() < 0.7)

    for minute in range(45):
        step = chance.choice([file_one, file_one, hold, confirm])
        (step if numbers else file_one)(minute)
        for each in (ledger, other):
            with each._database.reading() as connection:
                anew = standings_of(connection, RuleTally(), make.ROUND)
            assert list(each.rule_standings(make.ROUND)) == anew
    other.close()


@pytest.mark.parametrize("between", [AT_MOST - 2, AT_MOST - 1, AT_MOST, 2 * AT_MOST + 7])
def test_counts_are_kept_up_over_many_events(ledger: SqlLedger, between: int) -> None:
    faults = (make.finding(rule="PL01.2", found="1", expected="2"),)

    def file_of(which: str, province: str, minute: int) -> None:
        identity = replace(make.decision("a").identity, province=province)
        file_mail(ledger, which, [make.form()], minute, identity=identity, findings=faults)

    for number in range(5):
        file_of(f"m{number}", f"{number:02}", number)
    assert [each.failing for each in ledger.rule_standings(make.ROUND)] == [5]
    file_of("m0", "01", 6)
    for _ in range(between):
        ledger.note("daemon", "remind", {}, make.at(7))
    file_of("last", "09", 8)
    assert [each.failing for each in ledger.rule_standings(make.ROUND)] == [5]
    with ledger._database.reading() as connection:
        anew = standings_of(connection, RuleTally(), make.ROUND)
    assert list(ledger.rule_standings(make.ROUND)) == anew


def test_counting_that_broke_off_leaves_nothing_counted_by_half(ledger: SqlLedger) -> None:
    faults = (make.finding(rule="PL01.2", found="1", expected="2"),)

    def file_of(which: str, province: str, minute: int) -> None:
        identity = replace(make.decision("a").identity, province=province)
        form = [make.form()]
        file_mail(ledger, which, form, minute, identity=identity, findings=faults)

    file_of("a", "01", 1)
    file_of("c", "02", 2)
    file_of("b", "02", 3)
    assert [each.failing for each in ledger.rule_standings(make.ROUND)] == [2]
    file_of("b", "04", 4)
    with suppress(PermanentError), ledger._database.writing() as connection:
        connection.execute(text("ALTER TABLE finding RENAME TO put_away"))
        standings_of(connection, ledger._tally, make.ROUND)
    assert [each.failing for each in ledger.rule_standings(make.ROUND)] == [3]


def test_a_tally_of_another_past_is_not_believed(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    faults = (make.finding(rule="PL01.2", found="1", expected="2"),)
    file_mail(ledger, "a", [make.form()], 1, findings=faults)
    (before,) = ledger.rule_standings(make.ROUND)
    tally = ledger._tally._rounds[make.ROUND]
    tally.hash = "f" * 64
    tally.provinces.clear()
    file_mail(ledger, "b", [make.form()], 2, findings=faults)
    (after,) = ledger.rule_standings(make.ROUND)
    assert (before.failing, after.failing) == (1, 1)
