"""Each message is worked on by one worker at a time, and every state is counted."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import Connection

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.claims import FREE, NOT_OURS
from pipeline.adapters.sql_ledger.prepared import Prepared, Values
from pipeline.adapters.sql_ledger.round_trips import on_the_driver
from pipeline.domain.errors import OvertakenError, PermanentError
from pipeline.domain.mail.message import Location, State
from pipeline.ports.claims import OthersClaim
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

_COLUMNS = {
    "sqlite": "SELECT name FROM pragma_table_info('message')",
    "postgresql": "SELECT column_name AS name FROM information_schema.columns"
    " WHERE table_name = 'message'",
}
_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN "}


def test_copy_is_never_processed(ledger: SqlLedger) -> None:
    first = ledger.arrive(make.arrival("a", uid=7))
    copy = ledger.arrive(make.arrival("a", uid=8))
    with pytest.raises(PermanentError, match=f"same bytes as message {first}"):
        ledger.reopen(copy, make.at(5))


def test_claim_takes_the_oldest_and_counts_the_attempt_first(ledger: SqlLedger) -> None:
    young = ledger.arrive(make.arrival("b", minutes=10))
    old = ledger.arrive(make.arrival("a", minutes=5))
    claims = [ledger.claim("w", make.at(20), 60) for _ in range(3)]
    assert [c and (c.id, c.attempts) for c in claims] == [(old, 1), (young, 1), None]


def test_the_next_is_found_by_its_index_however_many_were_loaded_at_once(
    ledger: SqlLedger, database: TestDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database has not looked yet at what is in its tables: it only can guess."""
    file_mail(ledger, "a", minutes=1)
    columns = [row["name"] for row in database.rows(_COLUMNS[database.dialect])]
    new = {"id": "1000 + n", "uid": "uid + n", "digest": "digest || n"}
    values = ", ".join(new.get(name, name) for name in columns)
    database.run(
        f"INSERT INTO message ({', '.join(columns)}) WITH RECURSIVE many(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < 3000) "
        f"SELECT {values} FROM message, many"
    )
    number = ledger.arrive(make.arrival("b", minutes=9, uid=9_999))
    plans: list[str] = []

    told = Prepared.rows

    def explained(question: Prepared, connection: Connection, values: Values, **how: bool):
        if question in (FREE, NOT_OURS):
            ready = question.made_ready(connection, values)
            with on_the_driver(connection, ready.told) as driver:
                explain = _EXPLAIN[database.dialect] + ready.told
                plan = driver.execute(explain, ready.fitted(values))
                plans.append(" ".join(str(row[-1]) for row in plan.fetchall()))
        return told(question, connection, values, **how)

    monkeypatch.setattr(Prepared, "rows", explained)
    claimed = ledger.claim("w", make.at(20), 60)
    assert claimed is not None
    assert claimed.id == number
    asked = {"whose": "default", "owner": "other", "now": make.at(20)}
    with ledger._database.reading() as connection:
        others = NOT_OURS.rows(connection, asked | {"received_by": make.at(20)})
    assert len(others) == 1
    assert len(plans) == 2
    for plan in plans:
        assert "message_waiting" in plan
        assert "Sort" not in plan
        assert "TEMP B-TREE" not in plan


def test_several_are_claimed_together_but_one_that_was_tried_comes_alone(
    ledger: SqlLedger,
) -> None:
    numbers = [
        ledger.arrive(make.arrival(name, minutes=9 - place))
        for place, name in enumerate("abcdef")
    ]
    oldest_first = numbers[::-1]
    assert ledger.claim("killed", make.at(20), 60)  # and dies with the oldest in hand

    def claimed(owner: str, most: int) -> list[tuple[int, int]]:
        given = ledger.claim_some(owner, make.at(22), 60, most)
        return [(each.id, each.attempts) for each in given]

    first, second, third, fourth, fifth, sixth = oldest_first
    assert claimed("w", 3) == [(first, 2)]
    assert claimed("w", 2) == [(second, 1), (third, 1)]
    ledger.give_back(third, "w")
    assert ledger.claim_some("killed", make.at(22), 0, 2)  # two more, and their time is up
    assert claimed("w", 9) == [(third, 2)]
    assert claimed("w", 9) == [(fourth, 2)]
    assert claimed("w", 9) == [(fifth, 1), (sixth, 1)]
    assert claimed("w", 9) == []


def test_expired_lease_is_taken_over(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    assert ledger.claim("dead", make.at(0), 60)
    assert ledger.claim("w", make.at(0.5), 60) is None
    again = ledger.claim("w", make.at(1), 60)
    assert again is not None
    assert (again.id, again.attempts) == (number, 2)


def test_give_back_uncounts_the_attempt(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    for _ in range(2):
        claimed = ledger.claim("w", make.at(1), 60)
        assert claimed is not None
        assert claimed.attempts == 1
        ledger.give_back(number)
    ledger.give_back(number)
    again = ledger.claim("w", make.at(1), 60)
    assert again is not None
    assert again.attempts == 1


def test_set_aside_closes_with_what_happened(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    ledger.claim("w", make.at(1), 60)
    ledger.set_aside(number, "worker-died", "signal 9\0", make.at(2))
    (row,) = ledger.messages({"state": "quarantined"})
    assert (row["reason"], row["detail"]) == ("worker-died", "signal 9␀")
    assert ledger.claim("w", make.at(3), 60) is None


def test_reopened_message_starts_afresh(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    ledger.claim("w", make.at(1), 60)
    ledger.set_aside(number, "bug", "traceback", make.at(2))
    ledger.reopen(number, make.at(3))
    claimed = ledger.claim("w", make.at(4), 60)
    assert claimed is not None
    assert claimed.attempts == 1
    (row,) = ledger.messages({})
    assert (row["reason"], row["detail"]) == (None, None)


def test_ignored_duplicate_is_closed(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    ledger.ignore_duplicate(number, "same-bytes", make.at(2))
    (row,) = ledger.messages({"state": "duplicate"})
    assert (row["id"], row["reason"]) == (number, "same-bytes")


@pytest.mark.parametrize("taker", ["other", None], ids=["claimed", "reopened"])
def test_what_was_taken_from_an_owner_is_no_longer_his_to_end(
    ledger: SqlLedger, taker: str | None
) -> None:
    number = ledger.arrive(make.arrival("a"))
    assert ledger.claim("late", make.at(1), 60)
    if taker is None:
        ledger.reopen(number, make.at(5))
    else:
        assert ledger.claim(taker, make.at(5), 60)
    before = list(ledger.messages({})), ledger.claimants()
    judged = (make.parsed("a"), make.decision("a"), [make.letter()])
    with pytest.raises(OvertakenError, match=f"message {number}: late"):
        ledger.file(number, *judged, make.at(6), "late")
    with pytest.raises(OvertakenError, match=f"message {number}: late"):
        ledger.set_aside(number, "bug", "traceback", make.at(6), "late")
    ledger.give_back(number, "late")
    assert (list(ledger.messages({})), ledger.claimants()) == before
    assert ledger.claim_letters(make.at(9), 9) == []


def test_claim_that_ran_out_is_its_owners_until_somebody_takes_it(
    ledger: SqlLedger,
) -> None:
    number = ledger.arrive(make.arrival("a"))
    assert ledger.claim("late", make.at(1), 60)
    ledger.file(number, make.parsed("a"), make.decision("a"), (), make.at(9), "late")
    (row,) = ledger.messages({})
    assert row["state"] == "filed"


def test_unknown_message_is_named(ledger: SqlLedger) -> None:
    with pytest.raises(PermanentError, match="no message 12"):
        ledger.give_back(12)


def test_no_message_is_claimed_twice(database: TestDatabase) -> None:
    """Four workers of two processes, sixty messages."""
    ledgers = [database.open(), database.open()]
    for number in range(60):
        ledgers[0].arrive(make.arrival(f"m{number}", minutes=number))

    def work(which: int) -> list[int]:
        claimed = []
        while (
            record := ledgers[which % 2].claim(f"w{which}", make.at(99), 600)
        ) is not None:
            claimed.append(record.id)
        return claimed

    with ThreadPoolExecutor(4) as pool:
        taken = [number for part in pool.map(work, range(4)) for number in part]
    for opened in ledgers:
        opened.close()
    assert sorted(taken) == sorted(set(taken))
    assert len(taken) == 60


def test_accounts_keep_their_places_and_claims_apart(database: TestDatabase) -> None:
    ours, theirs = database.open("ours"), database.open("theirs")
    number = ours.arrive(make.arrival("a", uid=1))
    assert theirs.placed("INBOX", 1) == frozenset()
    other = theirs.arrive(make.arrival("b", uid=1))
    claimed = theirs.claim("w", make.at(1), 60)
    assert claimed is not None
    assert claimed.id == other != number
    assert [row["account"] for row in ours.balance()] == ["ours", "theirs"]
    ours.close()
    theirs.close()


def test_balance_counts_every_state(ledger: SqlLedger) -> None:
    """The conservation law: all = the sum of the states, folder by folder."""
    file_mail(ledger, "a")
    file_mail(ledger, "b", state=State.HELD, reason="question")
    ledger.arrive(make.arrival("a", uid=2))
    ledger.arrive(make.arrival("c", folder="Bulk"))
    ledger.lose(Location("Bulk", 1, 77), make.at(1))
    bulk, inbox = ledger.balance()
    assert (bulk["folder"], bulk["uidvalidity"], bulk["all"]) == ("Bulk", 1, 2)
    assert (bulk["received"], bulk["gone"]) == (1, 1)
    assert (inbox["filed"], inbox["held"], inbox["duplicate"]) == (1, 1, 1)
    assert all(row["all"] == sum(row[state] for state in State) for row in (bulk, inbox))


def test_claims_of_a_dead_owner_are_free_at_once(ledger: SqlLedger) -> None:
    """Their attempts count, so that what kills its worker is not tried for ever."""
    number = ledger.arrive(make.arrival("a"))
    other = ledger.arrive(make.arrival("b", minutes=1))
    assert ledger.claimants() == frozenset()
    ledger.claim("dead", make.at(2), 600)
    ledger.claim("alive", make.at(2), 600)
    assert ledger.claimants() == {"dead", "alive"}
    assert ledger.free("dead") == 1
    assert ledger.claimants() == {"alive"}
    again = ledger.claim("w", make.at(3), 600)
    assert again is not None
    assert (again.id, again.attempts) == (number, 2)
    assert ledger.claim("w", make.at(3), 600) is None
    assert ledger.free("alive") == 1
    assert ledger.claim("w", make.at(4), 600) is not None, f"message {other}"


def test_others_see_what_a_worker_has_in_hand_and_whose_it_is(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a", 1))
    ledger.arrive(make.arrival("b", 2))

    def seen_by(owner: str, by: int = 1, now: int = 3) -> list[OthersClaim]:
        return list(ledger.not_ours(owner, make.at(by), make.at(now)))

    free = OthersClaim(number, make.at(1), held=False, reporter=None)
    assert seen_by("mine") == [free]
    assert len(seen_by("mine", by=2)) == 2
    assert seen_by("mine", by=0) == []
    assert ledger.claim("other", make.at(3), 60)
    assert seen_by("other") == []
    assert seen_by("mine") == [replace(free, held=True)]

    ledger.tell_reporters("mine", {number: "02"})  # not in its hand
    assert seen_by("mine") == [replace(free, held=True)]
    ledger.tell_reporters("other", {number: "01"})
    assert seen_by("mine") == [replace(free, held=True, reporter="01")]
    for owner in ("mine", "other"):  # the lease ran out
        assert [claim.held for claim in seen_by(owner, now=4)] == [False]

    assert ledger.claim("mine", make.at(4), 60)
    assert seen_by("other", now=4) == [replace(free, held=True)]
