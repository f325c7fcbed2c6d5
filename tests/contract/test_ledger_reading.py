"""Questions of commands: one message, the log and its filters, heartbeats."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.health import Tallies
from pipeline.domain.mail.message import State
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail


def test_record_by_number_and_by_digest(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    copy = ledger.arrive(make.arrival("a", uid=3))
    digest = make.digest_of("a")
    for reference in (str(number), digest, digest[:8], digest[:12].upper()):
        found = ledger.record(reference)
        assert found is not None
        assert found.id == number
    found = ledger.record(str(copy))
    assert found is not None
    assert found.state is State.DUPLICATE
    for reference in ("0", "99", "99999999999", digest[:7], "xyz", "", "-1"):
        assert ledger.record(reference) is None


def test_ambiguous_digest_is_refused(ledger: SqlLedger) -> None:
    for end in "ab":
        ledger.arrive(make.arrival(end, digest="0" * 63 + end))
    with pytest.raises(PermanentError, match="several"):
        ledger.record("00000000")


def test_log_filters(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", minutes=-720)
    sender = {"envelope": make.envelope("sld_caobang@example.vn", subject="50%_xong")}
    file_mail(ledger, "b", read=sender, identity=make.identity("04"), minutes=5)
    file_mail(ledger, "c", state=State.HELD, minutes=10)
    ids = {name: make.digest_of(name) for name in "abc"}

    def found(**filters: str) -> list[str]:
        return [
            name
            for row in ledger.messages(filters)
            for name, digest in ids.items()
            if digest == row["digest"]
        ]

    assert found() == ["c", "b", "a"]
    assert found(limit="2") == ["c", "b"]
    assert found(province="04") == ["b"]
    assert found(state="held") == ["c"]
    assert found(since="2013-07-10T12:05") == ["c", "b"]
    assert found(since="2013-07-10T05:05:00Z") == ["c", "b"]
    assert found(since="2013-07-10") == ["c", "b", "a"]
    assert found(since="2013-07-11") == []
    assert found(search="HÀ GIANG") == ["c", "a"]
    assert found(search="sld_caobang@") == ["b"]
    assert found(search="phụ lục") == ["c", "b", "a"]
    assert found(search="50%", province="02") == []
    assert found(search="%", state="held", limit="1") == ["c"]


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        ({"sender": "x"}, "unknown filter sender"),
        ({"since": "hôm qua"}, "since hôm qua: not a date"),
        ({"limit": "all"}, "limit all: not a number"),
        ({"limit": "0"}, "limit 0: not a number"),
    ],
)
def test_wrong_filter_is_named(
    ledger: SqlLedger, filters: dict[str, str], said: str
) -> None:
    with pytest.raises(PermanentError, match=said):
        ledger.messages(filters)


def test_heartbeats(ledger: SqlLedger) -> None:
    ledger.beat("collect", make.at(1), "ok")
    ledger.beat("process", make.at(2), "ok")
    ledger.beat("collect", make.at(3), "mailbox down")
    assert ledger.beats() == {
        "collect": (make.at(3), "mailbox down"),
        "process": (make.at(2), "ok"),
    }
    assert ledger.good_beats() == {"collect": make.at(1), "process": make.at(2)}
    ledger.beat("audit", make.at(4), "out of balance")
    assert set(ledger.good_beats()) == {"collect", "process"}


def test_tallies_count_this_account_by_state(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    assert ledger.tallies() == Tallies()
    file_mail(ledger, "a", [make.form()], minutes=5, letters=[make.letter()])
    ledger.arrive(make.arrival("b", 2))
    ledger.arrive(make.arrival("c", 1))
    other = database.open("other")
    assert other.tallies() == Tallies()
    other.close()
    assert ledger.tallies() == Tallies(
        {"filed": 1, "received": 2}, {"queued": 1}, make.at(1)
    )


@pytest.mark.parametrize("year", [1, 9999])
def test_forged_year_is_stored(ledger: SqlLedger, year: int) -> None:
    """A time beyond the calendar once it is in UTC: its clock face is kept."""
    forged = {
        1: datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=7))),
        9999: datetime(9999, 12, 31, 23, 0, tzinfo=timezone(timedelta(hours=-7))),
    }[year]
    number = ledger.arrive(make.arrival("a", received_at=forged))
    record = ledger.record(str(number))
    assert record is not None
    assert record.arrival.received_at == forged.replace(tzinfo=UTC)
