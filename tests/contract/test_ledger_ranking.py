"""Which version of a form counts, for the nation and for the next letter."""

from typing import Any

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.mail.message import State
from pipeline.domain.plan.form import FormState
from pipeline.domain.senders.province import Sender
from pipeline.domain.verdict import FormResult
from tests.builders import decisions as make
from tests.builders.decisions import ROUND
from tests.servers.ledgers import (
    TestDatabase,
    file_mail,
)

DEFICIENT = FormState.DEFICIENT
UNVERIFIED = make.identity(verified=False)


def _counting(database: TestDatabase) -> list[tuple[Any, ...]]:
    rows = database.rows(
        "SELECT form_id, value, status, version, verified FROM observations "
        "ORDER BY province_code, form_id"
    )
    return [tuple(row.values()) for row in rows]


def form(value: str, state: FormState = FormState.ACCEPTED) -> list[FormResult]:
    return [make.form(rows=[make.row(value=value)], state=state)]


def test_newer_accepted_version_counts(ledger: SqlLedger, database: TestDatabase) -> None:
    file_mail(ledger, "b", form("2"), 10)
    file_mail(ledger, "a", form("1"), 5)
    assert _counting(database) == [("PL01", "2", "accepted", 2, 1)]


def test_deficient_version_does_not_replace_an_accepted_one(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    file_mail(ledger, "a", form("1"))
    file_mail(ledger, "b", form("2", DEFICIENT), 10)
    assert _counting(database) == [("PL01", "1", "accepted", 1, 1)]


def test_deficient_version_is_provisional_until_an_accepted_one(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    file_mail(ledger, "a", form("1", DEFICIENT))
    file_mail(ledger, "b", form("2", DEFICIENT), 10)
    assert _counting(database) == [("PL01", "2", "provisional", 2, 1)]
    file_mail(ledger, "c", form("3"), 20)
    assert _counting(database) == [("PL01", "3", "accepted", 3, 1)]


def test_unverified_version_never_outranks_a_verified_one(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    file_mail(ledger, "a", form("1", DEFICIENT))
    other = {"envelope": make.envelope("other@example.vn")}
    file_mail(ledger, "b", form("2"), 10, read=other, identity=UNVERIFIED)
    assert _counting(database) == [("PL01", "1", "provisional", 1, 1)]
    ledger.confirm_sender(Sender("other@example.vn", "02"), "lan", "", make.at(20))
    assert _counting(database) == [("PL01", "2", "accepted", 2, 1)]


def test_ledger_number_breaks_a_tie(ledger: SqlLedger, database: TestDatabase) -> None:
    for value in ("1", "2"):
        file_mail(ledger, value, form(value))
    assert _counting(database) == [("PL01", "2", "accepted", 2, 1)]


def test_every_version_is_kept_with_its_status(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    file_mail(ledger, "a", form("1"))
    file_mail(ledger, "b", form("2"), 10)
    file_mail(ledger, "c", form("3"), 20, state=State.HELD, reason="change")
    rows = database.rows(
        "SELECT version, value, status FROM observation_versions ORDER BY version"
    )
    assert [tuple(row.values()) for row in rows] == [
        (1, "1", "superseded"),
        (2, "2", "accepted"),
        (3, "3", "candidate"),
    ]


def test_duplicate_adds_no_version(ledger: SqlLedger, database: TestDatabase) -> None:
    file_mail(ledger, "a", form("1"))
    file_mail(ledger, "b", form("1"), 10, state=State.DUPLICATE, reason="same-content")
    assert _counting(database) == [("PL01", "1", "accepted", 1, 1)]
    assert len(database.rows("SELECT * FROM observation_versions")) == 1


def test_unreadable_form_gives_no_figure(ledger: SqlLedger, database: TestDatabase) -> None:
    ledger.know_round(ROUND, ["02"], ["PL01"])
    file_mail(ledger, "a", form("1", FormState.UNREADABLE))
    assert database.rows("SELECT * FROM observation_versions") == []
    (row,) = ledger.coverage(ROUND)
    assert (row["state"], row["versions"]) == ("deficient", 1)
    file_mail(ledger, "b", form("2"), 10)
    file_mail(ledger, "c", form("3", FormState.UNREADABLE), 20)
    assert _counting(database) == [("PL01", "2", "accepted", 2, 1)]
    (row,) = ledger.coverage(ROUND)
    assert (row["state"], row["versions"]) == ("accepted", 3)


@pytest.mark.parametrize(
    ("second", "counts"), [("1", [("PL01", "1", "provisional", 1, 1)]), ("2", [])]
)
def test_form_twice_in_one_mail(
    ledger: SqlLedger, database: TestDatabase, second: str, counts: list[Any]
) -> None:
    """Equal copies are one; of different ones none counts, and an older one stays."""
    twice = [*form("1", DEFICIENT), *form(second, DEFICIENT)]
    file_mail(ledger, "a", twice)
    assert _counting(database) == counts
    file_mail(ledger, "b", form("0"), -10)
    assert _counting(database) == [("PL01", "0", "accepted", 1, 1)]


def test_figures_at_an_earlier_instant(ledger: SqlLedger) -> None:
    """Only what had been received by then counts, ranked anew."""
    file_mail(ledger, "a", form("1"))
    file_mail(ledger, "b", form("2"), 10)
    file_mail(ledger, "c", form("9"), 5, round="other")
    (now,) = ledger.figures(ROUND, None)
    (then,) = ledger.figures(ROUND, make.at(9))
    (exactly,) = ledger.figures(ROUND, make.at(10))
    assert [str(figure.value) for figure in (now, then, exactly)] == ["2", "1", "2"]
    assert list(ledger.figures(ROUND, make.at(-1))) == []
    assert then.status == "accepted"
    assert then.verified is True
    assert then.digest == make.digest_of("a")


def test_province_files_are_what_came_earlier(ledger: SqlLedger) -> None:
    forms = [
        make.form(rows=[make.row("b.x", value="1"), make.nil_row("a_y")]),
        make.form("PL02", state=DEFICIENT),
        make.form("PL03", state=FormState.UNREADABLE),
    ]
    file_mail(ledger, "a", forms, narrative=True)
    other = {"envelope": make.envelope("other@example.vn")}
    unverified = [make.form("PL04")]
    file_mail(ledger, "b", unverified, 5, read=other, identity=UNVERIFIED)
    file_mail(ledger, "held", [make.form("PL05")], 6, state=State.HELD)
    file_mail(ledger, "c", [make.form("PL06")], 7, identity=make.identity("04"))
    number = file_mail(ledger, "d", [make.form("PL07")], 10)
    files = ledger.province_files(ROUND, "02", (make.at(10), number))
    assert files.accepted == {"PL01", "PL04"}
    assert files.deficient == {"PL02"}
    assert files.verified == {"PL01", "PL02"}
    assert files.narrative
    assert [(f.form, f.indicator, str(f.counted)) for f in files.figures] == [
        ("PL01", "a_y", "0"),
        ("PL01", "b.x", "1"),
        ("PL04", "th.viec_lam", "100"),
    ]
    later = ledger.province_files(ROUND, "02", (make.at(10), number + 1))
    assert "PL07" in later.accepted
    nothing = ledger.province_files(ROUND, "02", (make.at(0), 1))
    assert not nothing.accepted | nothing.deficient | nothing.verified
    assert (nothing.figures, nothing.narrative) == ((), False)


def test_what_the_last_version_of_each_form_said(ledger: SqlLedger) -> None:
    first = [make.row("a", value="7"), make.row("b", value="12.50"), make.nil_row("c")]
    file_mail(ledger, "a", [make.form(rows=first), make.form("PL02")])
    newer = [make.row("a", value="1E+3"), make.row("b", value="-0.0")]
    later = [*newer, make.row("d", value=None, raw="?")]
    file_mail(ledger, "b", [make.form(rows=later, state=DEFICIENT)], 5)
    file_mail(ledger, "held", form("5"), 6, state=State.HELD)
    file_mail(ledger, "c", form("6"), 7, identity=make.identity("04"))
    number = file_mail(ledger, "d", form("8"), 10)
    said = ledger.last_said(ROUND, "02", ["PL01", "PL09"], (make.at(10), number))
    assert said == {
        ("PL01", "a", "kh_n"): "1000",
        ("PL01", "b", "kh_n"): "0",
        ("PL01", "d", "kh_n"): None,
    }
    before = ledger.last_said(ROUND, "02", ["PL01", "PL02"], (make.at(1), number))
    assert before == {
        ("PL01", "a", "kh_n"): "7",
        ("PL01", "b", "kh_n"): "12.5",
        ("PL01", "c", "kh_n"): "n",
        ("PL02", "th.viec_lam", "kh_n"): "100",
    }
    assert ledger.last_said(ROUND, "02", ["PL01"], (make.at(0), 1)) == {}


def test_same_content_is_found_in_earlier_filed_mail(ledger: SqlLedger) -> None:
    key = {"content_key": "k"}
    held = file_mail(ledger, "h", minutes=-5, read=key, state=State.HELD)
    first = file_mail(ledger, "a", read=key)
    file_mail(ledger, "b", minutes=1, read=key, identity=make.identity("04"))
    second = file_mail(ledger, "c", minutes=2, read=key)
    third = file_mail(ledger, "d", minutes=3, read=key)
    assert ledger.same_content("k", "02", third) == first
    assert ledger.same_content("k", "02", second) == first
    assert ledger.same_content("k", "02", first) is None
    assert ledger.same_content("k", "02", held) is None
    assert ledger.same_content("other", "02", third) is None
