"""Filing is one transaction that replaces, survives hostile values, and reads back."""

import json
import zlib
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.adapters.json_wire import written
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.errors import PermanentError
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.plan.finding import FindingState, Severity
from pipeline.domain.plan.form import FormState, Missing, say_the_same
from pipeline.domain.verdict import ReplyPlan, Verdict
from pipeline.domain.wire import to_wire
from pipeline.stages.explain_matching import explain_matching
from pipeline.stages.report import report
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase, file_mail

HOSTILE = "=cmd|' /C calc'!A0 \0 \ud83d \udfff '); DROP TABLE message; -- Đặng"


def test_filed_message_reads_back_whole(ledger: SqlLedger) -> None:
    forms = [make.form(), make.form("PL02", [make.row(form="PL02", value="0.50")])]
    read = make.parsed("a", forms, findings=(make.finding(),), narrative=True)
    number = ledger.arrive(make.arrival("a"))
    decision = make.decision("a", forms)
    assert ledger.parsed(number) is None
    ledger.file(number, read, decision, [make.letter()], make.at(3))
    assert ledger.parsed(number) == read
    matching = explain_matching(read.appendices)
    assert ledger.document(number) == report(read, decision) | {"matching": matching}


def test_what_came_as_json_is_stored_as_it_came(ledger: SqlLedger) -> None:
    """What is put as another value is written anew, however alike."""
    forms = [make.form()]
    parsed = make.parsed("a", forms)
    came = json.dumps(to_wire(parsed), indent=1).encode()
    other = replace(parsed, words="others")
    number = ledger.arrive(make.arrival("a"))
    for kept, stored in ((replace(parsed), came), (other, written(other))):
        ledger.foresee_filing(parsed, came)
        ledger.file(number, kept, make.decision("a", forms), (), make.at(1))
        packed = ledger._read(number)
        assert packed is not None
        assert zlib.decompress(packed) == stored
        assert ledger.parsed(number) == kept


@pytest.mark.parametrize("note", ["vì mưa bão", "nửa đôi \ud83d"])
def test_what_the_forms_of_a_message_said(ledger: SqlLedger, note: str) -> None:
    form = make.form()
    said = replace(form, appendix=replace(form.appendix, notes=(("a", note),)))
    read = make.parsed("a", [said])
    number = ledger.arrive(make.arrival("a"))
    assert ledger.forms_said(number) == ()
    ledger.file(number, read, make.decision("a", [said]), [], make.at(3))
    assert say_the_same(read.appendices, ledger.forms_said(number))


def test_ingest_log_tells_the_outcome(ledger: SqlLedger) -> None:
    faults = (
        make.finding(severity=Severity.FATAL),
        make.finding(),
        make.finding(state=FindingState.WAIVED),
        make.finding(state=FindingState.BLOCKED),
        make.finding("change", severity=Severity.QUERY),
        make.finding("unit-near", severity=Severity.WARN),
    )
    rows = [make.row(f"i{n}") for n in range(7)]
    number = file_mail(
        ledger,
        "a",
        [make.form(rows=rows, state=FormState.DEFICIENT)],
        letters=[make.letter()],
        findings=faults,
        verdict=Verdict.DEFICIENT,
        late=True,
    )
    (row,) = ledger.messages({})
    assert dict(row) == {
        "id": number,
        "digest": make.digest_of("a"),
        "received_at": "2013-07-10T12:00:00+07:00",
        "first_seen_at": "2013-07-10T12:01:00+07:00",
        "folder": "INBOX",
        "uidvalidity": 1,
        "uid": make.uid_of("a"),
        "sender": "hagiang@example.vn",
        "subject": "Sở LĐTBXH Hà Giang gửi báo cáo",
        "kind": "submission",
        "state": "filed",
        "reason": None,
        "round_id": "ke-hoach-2014",
        "province_code": "02",
        "verdict": "deficient",
        "late": 1,
        "rows": 7,
        "errors": 2,
        "queries": 1,
        "reply_state": "queued",
        "replied_at": None,
        "verified": 1,
        "attempts": 0,
        "duplicate_of": None,
        "detail": None,
    }


def test_filing_again_replaces(ledger: SqlLedger, database: TestDatabase) -> None:
    first = [make.form(), make.form("PL02")]
    number = file_mail(ledger, "a", first, findings=(make.finding(),))
    ledger.reopen(number, make.at(5))
    file_mail(ledger, "a", [make.form(rows=[make.row(value="7")])])
    assert database.rows("SELECT form_id, value FROM observation_versions") == [
        {"form_id": "PL01", "value": "7"}
    ]
    assert database.rows("SELECT id FROM findings") == []
    (row,) = ledger.messages({})
    assert (row["state"], row["rows"], row["errors"]) == ("filed", 1, 0)


def test_filed_figures_count_until_the_new_outcome(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """Reprocessing, or a crash in it, never leaves the nation without a province."""
    number = file_mail(ledger, "a", [make.form()])
    ledger.reopen(number, make.at(5))
    assert len(database.rows("SELECT * FROM observations")) == 1
    assert ledger.document(number)["state"] == "received"  # type: ignore[index]
    ledger.set_aside(number, "worker-died", "", make.at(6))
    assert len(database.rows("SELECT * FROM observations")) == 1
    assert ledger.document(number)["reason"] == "worker-died"  # type: ignore[index]
    ledger.reopen(number, make.at(7))
    file_mail(ledger, "a", state=State.HELD, reason="question")
    assert database.rows("SELECT * FROM observations") == []


def test_filing_closes_the_claim(ledger: SqlLedger) -> None:
    number = ledger.arrive(make.arrival("a"))
    ledger.claim("w", make.at(1), 60)
    ledger.file(number, make.parsed(), make.decision(), (), make.at(2))
    assert ledger.claim("w", make.at(90), 60) is None


def test_decided_receive_time_wins(ledger: SqlLedger) -> None:
    """For a file the worker finds the topmost Received field, after the arrival."""
    number = ledger.arrive(make.arrival("a", received_at=None))
    decision = make.decision("a", minutes=-600, late=False)
    ledger.file(number, make.parsed(), decision, (), make.at(2))
    (row,) = ledger.messages({})
    assert row["received_at"] == "2013-07-10T02:00:00+07:00"
    record = ledger.record(str(number))
    assert record is not None
    assert record.arrival.received_at is None


@pytest.mark.fault("F-DB-9")
def test_hostile_texts_are_stored(ledger: SqlLedger, database: TestDatabase) -> None:
    """NUL and lone surrogates never abort a transaction; nothing is taken for SQL."""
    nasty = make.row(value=None, raw=HOSTILE, path=HOSTILE, sheet=HOSTILE)
    number = ledger.arrive(make.arrival("a", folder=HOSTILE))
    read = make.parsed("a", envelope=make.envelope(subject=HOSTILE, sender=None))
    decision = make.decision(
        "a", [make.form(rows=[nasty])], findings=(make.finding(found=HOSTILE),)
    )
    ledger.file(number, read, decision, [make.letter(subject=HOSTILE)], make.at(2))
    safe = HOSTILE.replace("\0", "␀").replace("\ud83d", "\\ud83d")
    safe = safe.replace("\udfff", "\\udfff")
    assert database.rows("SELECT found FROM findings") == [{"found": safe}]
    assert database.rows("SELECT sheet, value FROM observations") == [
        {"sheet": safe, "value": None}
    ]
    (row,) = ledger.messages({"search": "dang"})
    assert (row["subject"], row["folder"]) == (safe, safe)
    assert ledger.parsed(number) == read
    assert ledger.placed(HOSTILE, 1) == {make.uid_of("a")}


@pytest.mark.fault("F-DB-9")
@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1E+2000"])
@pytest.mark.parametrize("which", ["value", "quantum"])
def test_no_number_files_nothing(
    ledger: SqlLedger, database: TestDatabase, which: str, value: str
) -> None:
    number = ledger.arrive(make.arrival("a"))
    row = replace(make.row(value="1"), **{which: Decimal(value)})
    decision = make.decision("a", [make.form(rows=[row])])
    with pytest.raises(PermanentError, match=f"message {number}"):
        ledger.file(number, make.parsed(), decision, [make.letter()], make.at(2))
    assert ledger.messages({}).__next__()["state"] == "received"
    assert list(ledger.outbox()) == []
    assert database.rows("SELECT * FROM event") == []


def test_failure_half_way_leaves_nothing(ledger: SqlLedger, database: TestDatabase) -> None:
    """The last write of a filing is refused: all that went before is undone."""
    kept = [make.form(rows=[make.row(value="1")])]
    number = file_mail(ledger, "a", kept)
    refuse_event = {
        "sqlite": "CREATE TRIGGER no_more BEFORE INSERT ON event "
        "BEGIN SELECT RAISE(ABORT, 'disk says no'); END",
        "postgresql": "CREATE RULE no_more AS ON INSERT TO event DO INSTEAD "
        "SELECT 1 / (extract(year from now()) - extract(year from now()))",
    }
    database.run(refuse_event[database.dialect])
    before = {view: database.rows(f"SELECT * FROM {view}") for view in _TABLES}
    forms = [make.form(rows=[make.row(value="2")]), make.form("PL02")]
    with pytest.raises(PermanentError):
        ledger.file(
            number,
            make.parsed("a", forms),
            make.decision("a", forms, state=State.HELD, reason="question"),
            [make.letter("k2")],
            make.at(9),
        )
    assert {view: database.rows(f"SELECT * FROM {view}") for view in _TABLES} == before


_TABLES = ("message", "version", "figure", "finding", "letter", "outcome", "event")


def test_figures_keep_every_digit(ledger: SqlLedger, database: TestDatabase) -> None:
    values = {
        "a": "12345678901234567890.123456789",
        "b": "0.1",
        "c": "-0.00",
        "d": "1E+3",
        "e": "2.50",
    }
    rows = [make.row(name, value=value) for name, value in values.items()]
    file_mail(ledger, "a", [make.form(rows=[*rows, make.nil_row("f")])])
    stored = database.rows("SELECT value, missing FROM observations ORDER BY indicator")
    assert [row["value"] for row in stored] == [
        "12345678901234567890.123456789",
        "0.1",
        "0",
        "1000",
        "2.5",
        None,
    ]
    assert stored[-1]["missing"] == "n"
    found = {figure.indicator: figure for figure in ledger.figures(make.ROUND, None)}
    assert found["a"].value == Decimal(values["a"])
    assert found["f"].missing is Missing.NIL


@pytest.mark.fault("F-DB-6")
def test_doubled_row_has_no_winner(ledger: SqlLedger, database: TestDatabase) -> None:
    """Two sheet rows give one figure: equal ones are one, different ones are none."""
    rows = [
        make.row("same", cell="A1"),
        make.row("same", cell="A2"),
        make.row("other", value="1", cell="B1"),
        make.row("other", value="2", cell="B2"),
    ]
    file_mail(ledger, "a", [make.form(rows=rows, state=FormState.DEFICIENT)])
    stored = database.rows(
        "SELECT indicator, value, cell FROM observations ORDER BY indicator DESC"
    )
    assert [tuple(row.values()) for row in stored] == [
        ("same", "100", "A1"),
        ("other", None, "B1"),
    ]


def test_thousand_rows_are_filed(ledger: SqlLedger, database: TestDatabase) -> None:
    forms = [
        make.form(f"PL0{n}", [make.row(f"i{k}", form=f"PL0{n}") for k in range(120)])
        for n in range(1, 10)
    ]
    file_mail(ledger, "a", forms)
    assert database.rows("SELECT count(*) AS n FROM observations") == [{"n": 1080}]


def test_unread_message_has_a_document(ledger: SqlLedger) -> None:
    file_mail(ledger, "a")
    copy = ledger.arrive(make.arrival("a", uid=2))
    document = ledger.document(copy)
    assert document is not None
    assert (document["state"], document["reason"]) == ("duplicate", "same-bytes")
    assert document["received_at"] == "2013-07-10T12:00:00+07:00"
    assert ledger.document(99) is None


def test_message_that_is_not_there_cannot_be_filed(ledger: SqlLedger) -> None:
    with pytest.raises(PermanentError, match="no message 5"):
        ledger.file(5, make.parsed(), make.decision(), (), make.at(1))


def test_reply_state_is_the_main_letters(ledger: SqlLedger) -> None:
    """The letter to the sender, not the copy for a registered address."""
    copy = make.letter("copy", "registered@example.vn")
    number = file_mail(ledger, "a", letters=[copy, make.letter("main")])
    claimed = {item.reply_key: item.id for item in ledger.claim_letters(make.at(9), 9)}
    ledger.settle_letter(claimed["main"], LetterState.SENT, make.at(10))
    (row,) = ledger.messages({})
    assert (row["reply_state"], row["replied_at"]) == (
        "sent",
        "2013-07-10T12:10:00+07:00",
    )
    ledger.reopen(number, make.at(11))
    file_mail(ledger, "a")
    (row,) = ledger.messages({})
    assert row["reply_state"] == "sent"


def test_suppressed_reply_without_a_letter_shows(ledger: SqlLedger) -> None:
    file_mail(ledger, "a", reply=ReplyPlan("none", suppressed="N03"))
    (row,) = ledger.messages({})
    assert (row["reply_state"], row["replied_at"]) == ("suppressed", None)
