"""The ledger takes mail in: one row a sighting, whatever servers do to it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.mail.message import Arrival, Location, State
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail, new_sqlite

if TYPE_CHECKING:
    from pipeline.ports import Ledger


def test_is_the_port(ledger: SqlLedger) -> None:
    """mypy judges the assignment: the adapter keeps the whole protocol."""
    port: Ledger = ledger
    assert port.record("1") is None


def test_arrival_is_received_and_idempotent_by_location(ledger: SqlLedger) -> None:
    first = ledger.arrive(make.arrival("a", uid=7))
    assert ledger.arrive(make.arrival("a", uid=7)) == first
    record = ledger.record(str(first))
    assert record is not None
    assert record.state is State.RECEIVED
    assert record.arrival == make.arrival("a", uid=7)
    assert record.attempts == 0
    assert ledger.placed("INBOX", 1) == {7}
    assert ledger.placed("INBOX", 2) == ledger.placed("Other", 1) == frozenset()


@pytest.mark.fault("F-S4-4")
@pytest.mark.parametrize("place", [{"uid": 9}, {"folder": "Archive", "uid": 7}])
def test_same_bytes_elsewhere_are_a_duplicate(
    ledger: SqlLedger, place: dict[str, Any]
) -> None:
    first = ledger.arrive(make.arrival("a", uid=7))
    second = ledger.arrive(make.arrival("a", **place))
    third = ledger.arrive(make.arrival("a", uid=11))
    rows = {row["id"]: row for row in ledger.messages({})}
    assert rows[first]["state"] == "received"
    for copy in (second, third):
        assert rows[copy]["state"] == "duplicate"
        assert rows[copy]["reason"] == "same-bytes"
        assert rows[copy]["duplicate_of"] == first
    assert not ledger.answered(second)


def test_duplicate_shows_what_the_first_sighting_says(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", [make.form()])
    copy = ledger.arrive(make.arrival("a", uid=7))
    (row,) = (row for row in ledger.messages({"search": "hà giang"}) if row["id"] == copy)
    assert row["sender"] == "hagiang@example.vn"
    assert row["province_code"] == "02"
    assert (row["verdict"], row["rows"]) == (None, 0)


@pytest.mark.fault("F-S3-3")
def test_renumbered_folder_makes_no_new_rows(ledger: SqlLedger) -> None:
    """Every copy of the old numbering is taken over once, originals first."""
    first = ledger.arrive(make.arrival("a", uid=7))
    copy = ledger.arrive(make.arrival("a", uid=8))
    other = ledger.arrive(make.arrival("b", uid=9))
    again = [
        ledger.arrive(make.arrival(name, uidvalidity=2, uid=uid))
        for name, uid in (("b", 1), ("a", 2), ("a", 3))
    ]
    assert again == [other, first, copy]
    assert ledger.placed("INBOX", 2) == {1, 2, 3}
    assert ledger.placed("INBOX", 1) == frozenset()
    assert ledger.arrive(make.arrival("a", uidvalidity=2, uid=4)) not in again


@pytest.mark.fault("F-S3-7", "F-S3-4")
def test_renumbered_folder_with_new_mail_under_old_uids(ledger: SqlLedger) -> None:
    first = ledger.arrive(make.arrival("a", uid=7))
    new = ledger.arrive(make.arrival("b", uidvalidity=2, uid=7))
    moved = ledger.arrive(make.arrival("a", uidvalidity=2, uid=8))
    assert moved == first != new
    states = {row["id"]: row["state"] for row in ledger.messages({})}
    assert states == {first: "received", new: "received"}


def test_renumbering_may_go_back(ledger: SqlLedger, database: TestDatabase) -> None:
    first = ledger.arrive(make.arrival("a", 0, uid=7))
    assert ledger.arrive(make.arrival("a", 10, uidvalidity=2, uid=1)) == first
    assert ledger.arrive(make.arrival("a", 20, uid=7)) == first
    assert ledger.placed("INBOX", 1) == {7}
    past = database.rows("SELECT uidvalidity, uid FROM past_location ORDER BY id")
    assert [(row["uidvalidity"], row["uid"]) for row in past] == [(1, 7), (2, 1)]


def test_old_sighting_told_again_moves_nothing(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """A ledger is rebuilt from the archive, which remembers every sighting."""
    sightings = [
        make.arrival("a", 0, uid=7),
        make.arrival("a", 10, uidvalidity=2, uid=1),
        make.arrival("b", 20, uidvalidity=2, uid=1),
    ]
    numbers = [ledger.arrive(sighting) for sighting in sightings]
    assert [ledger.arrive(sighting) for sighting in sightings] == numbers
    assert ledger.placed("INBOX", 1) == frozenset()
    assert ledger.placed("INBOX", 2) == {1}
    assert len(database.rows("SELECT * FROM past_location")) == 2


@pytest.mark.fault("F-S9-5", "T-06")
def test_received_time_of_the_first_sighting_stays(ledger: SqlLedger) -> None:
    """Servers rewrite INTERNALDATE when they renumber; a province is not late for it."""
    number = ledger.arrive(make.arrival("a", uid=7))
    ledger.arrive(make.arrival("a", uidvalidity=2, minutes=900))
    record = ledger.record(str(number))
    assert record is not None
    assert record.arrival.received_at == make.at(0)


@pytest.mark.fault("F-S3-5")
def test_reused_uid_is_a_new_message(ledger: SqlLedger) -> None:
    """A broken server gave the UID to other bytes: neither message is lost."""
    first = ledger.arrive(make.arrival("a", uid=7))
    second = ledger.arrive(make.arrival("b", uid=7))
    assert first != second
    assert ledger.placed("INBOX", 1) == {7}
    assert ledger.balance()[0]["all"] == 1
    old = ledger.record(str(first))
    assert old is not None
    assert old.arrival.location == Location("INBOX", 1, 0)


@pytest.mark.fault("F-S4-4")
@pytest.mark.parametrize("ignored", [True, False])
def test_mail_moved_out_of_the_spam_folder(ledger: SqlLedger, ignored: bool) -> None:
    spam = make.arrival("a", folder="Spam", spam_folder=True)
    first = ledger.arrive(spam)
    if ignored:
        outcome = make.decision("a", state=State.IGNORED, reason="spam")
        ledger.file(first, make.parsed("a"), outcome, (), make.at(2))
    again = ledger.arrive(make.arrival("a", folder="Spam", uid=99, spam_folder=True))
    seen = ledger.record(str(first))
    assert seen is not None
    assert seen.arrival.spam_folder
    ledger.arrive(make.arrival("a", folder="INBOX"))
    taken = ledger.record(str(first))
    assert taken is not None
    assert taken.state is State.RECEIVED
    assert not taken.arrival.spam_folder
    copy = ledger.record(str(again))
    assert copy is not None
    assert copy.state is State.DUPLICATE


DIGESTS, PLACES = st.sampled_from("abc"), st.integers(1, 4)
ARRIVALS = st.builds(
    make.arrival,
    DIGESTS,
    st.integers(0, 3),
    uid=PLACES,
    uidvalidity=st.sampled_from([1, 1, 2]),
    folder=st.sampled_from(["INBOX", "INBOX", "Spam"]),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(groups=st.lists(st.lists(ARRIVALS, min_size=1, max_size=5), max_size=4))
def test_together_is_as_one_after_the_other(
    tmp_path: Path, groups: list[list[Arrival]]
) -> None:
    worlds = []
    for together in (True, False):
        folder = tmp_path / token_hex(4)
        folder.mkdir()
        ledger = new_sqlite(folder).open()
        numbers = [
            ledger.arrive_all(group)
            if together
            else [ledger.arrive(arrival) for arrival in group]
            for group in groups
        ]
        worlds.append((numbers, [dict(row) for row in ledger.messages({})]))
        ledger.close()
    assert worlds[0] == worlds[1]


def test_many_new_ones_together(ledger: SqlLedger) -> None:
    new = [make.arrival(str(number), number, uid=number) for number in range(1, 30)]
    numbers = ledger.arrive_all(new)
    assert numbers == sorted(set(numbers))
    for number, arrival in zip(numbers, new, strict=True):
        record = ledger.record(str(number))
        assert record is not None
        assert record.arrival == arrival
    assert ledger.arrive_all([*new, make.arrival("z", uid=77)])[:-1] == numbers


def test_of_those_together_all_are_filed_or_none(ledger: SqlLedger) -> None:
    wrong = replace(make.arrival("b", uid=8), first_seen_at=None)
    for other in (make.arrival("a", uid=7), make.arrival("a", folder="Other")):
        with pytest.raises(PermanentError):
            ledger.arrive_all([other, wrong])
        assert list(ledger.messages({})) == []


@pytest.mark.fault("F-S5-6")
def test_gone_message_has_a_row_and_may_come_back(ledger: SqlLedger) -> None:
    ledger.lose(Location("INBOX", 1, 5), make.at(1))
    ledger.lose(Location("INBOX", 1, 5), make.at(2))
    assert ledger.placed("INBOX", 1) == {5}
    (row,) = ledger.messages({"state": "gone"})
    assert (row["digest"], row["uid"]) == (None, 5)
    record = ledger.record(str(row["id"]))
    assert record is not None
    assert record.arrival.digest == ""
    with pytest.raises(PermanentError, match="never fetched"):
        ledger.reopen(row["id"], make.at(3))
    assert ledger.arrive(make.arrival("a", uid=5)) == row["id"]
    ledger.lose(Location("INBOX", 1, 5), make.at(4))
    assert ledger.balance()[0]["received"] == 1


@pytest.mark.parametrize(
    ("reason", "tried_again"), [("too-big", False), ("fetch-failed", True)]
)
def test_refused_message_is_held_until_its_bytes_come(
    ledger: SqlLedger, reason: str, tried_again: bool
) -> None:
    place = Location("INBOX", 1, 5)
    for minute in (1, 2):
        ledger.refuse(place, 80_000_000, reason, make.at(minute))
    assert ledger.placed("INBOX", 1) == (frozenset() if tried_again else {5})
    (row,) = ledger.messages({"state": "held"})
    assert (row["reason"], row["verdict"], row["digest"]) == (reason, "held", None)
    document = ledger.document(row["id"])
    assert document is not None
    assert document["verdict"] == "held"
    ledger.lose(place, make.at(3))
    assert ledger.arrive(make.arrival("a", uid=5)) == row["id"]
    (row,) = ledger.messages({})
    assert (row["state"], row["reason"], row["verdict"]) == ("received", None, None)
    ledger.refuse(place, 1, reason, make.at(4))
    assert ledger.placed("INBOX", 1) == {5}


def test_renumbered_row_takes_the_place_of_an_empty_one(ledger: SqlLedger) -> None:
    first = ledger.arrive(make.arrival("a", uid=7))
    ledger.refuse(Location("INBOX", 2, 1), 0, "fetch-failed", make.at(1))
    assert ledger.arrive(make.arrival("a", uidvalidity=2, uid=1)) == first
    assert [row["id"] for row in ledger.messages({})] == [first]


def test_unknown_receive_time_ranks_by_first_sight(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a", minutes=5, received_at=None))
    record = ledger.record(str(number))
    assert record is not None
    assert record.arrival.received_at is None
    (row,) = ledger.messages({})
    assert row["received_at"] == "2013-07-10T12:06:00+07:00"
    assert row["late"] is None


def test_same_bytes_at_the_same_time_are_received_once(database: TestDatabase) -> None:
    ledgers = [database.open(), database.open()]

    def take_in(uid: int) -> int:
        return ledgers[uid % 2].arrive(make.arrival("a", uid=uid))

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(take_in, range(1, 13)))) == 12
    counts = ledgers[0].balance()[0]
    for opened in ledgers:
        opened.close()
    assert (counts["received"], counts["duplicate"]) == (1, 11)
