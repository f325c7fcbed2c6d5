"""What is asked of one round is what the views say of it, whatever came."""

from datetime import timedelta
from itertools import product
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.schema import (
    expected_forms,
    findings,
    messages,
    versions,
)
from tests.builders import decisions as make
from tests.servers.ledgers import TestDatabase

ROUNDS, PROVINCES, FORMS = ("now", "before"), ("02", "04"), ("PL01", "PL02")
FLAG = st.sampled_from((0, 1))
VERSION = st.tuples(
    st.sampled_from(FORMS),
    st.sampled_from(("accepted", "deficient", "unreadable")),
    FLAG,
    FLAG,
    FLAG,
)
MESSAGE = st.fixed_dictionaries(
    {
        "round_id": st.sampled_from(("now", "now", "now", "before", None)),
        "province_code": st.sampled_from(("02", "02", "02", "04", "06", None)),
        "standing": st.sampled_from(("filed", "filed", "filed", "held", None)),
        "late": st.sampled_from((0, 1, None)),
        "received_at": st.integers(0, 3).map(lambda n: make.at(n) + timedelta(hours=n)),
        "versions": st.lists(VERSION, min_size=1, max_size=3),
    }
)
CELLS = list(product(ROUNDS, PROVINCES, FORMS))
EXPECTED = st.sets(st.sampled_from(CELLS), max_size=2).map(lambda out: {*CELLS} - out)
STILL = {
    "account": "default",
    "folder": "INBOX",
    "uidvalidity": 1,
    "state": "filed",
    "first_seen_at": make.at(0),
    "spam_folder": 0,
    "attempts": 1,
    "verified": 1,
    "narrative": 0,
    "row_count": 0,
}
_OF_FORM = """
    SELECT s.message_id FROM version_standing s
    WHERE s.round_id = c.round_id AND s.province_code = c.province_code
      AND s.form_id = c.form_id AND s.standing = 'filed' ORDER BY
"""
OPEN = f"""
SELECT c.round_id, c.province_code, c.form_id, c.state, c.shut,
       (SELECT count(*) FROM finding f
        WHERE f.state = 'fail' AND f.severity IN ('fatal', 'error')
          AND f.form_id = c.form_id AND f.message_id = CASE WHEN c.shut = 1
            THEN ({_OF_FORM} s.received_at DESC, s.message_id DESC LIMIT 1)
            ELSE ({_OF_FORM} CASE WHEN s.counts = 1 THEN s.place ELSE 1000000 END,
                s.received_at DESC, s.message_id DESC LIMIT 1) END) AS errors
FROM coverage c WHERE c.state <> 'accepted'
ORDER BY c.province_code, c.form_id
"""
"""What each province owes, asked of the views."""
FAULT = {"code": "x", "severity": "error", "state": "fail", "suspect": "[]"}
Story = list[dict[str, Any]]


def tell(ledger: SqlLedger, mails: Story, expected: set[tuple[str, str, str]]) -> None:
    """Only this in the ledger."""
    told: dict[str, list[dict[str, Any]]] = {"mails": [], "versions": [], "faults": []}
    for number, mail in enumerate(mails, 1):
        fields = {name: value for name, value in mail.items() if name != "versions"}
        told["mails"].append({**STILL, **fields, "id": number})
        for place, (form, state, verified, counts, shut) in enumerate(mail["versions"]):
            version = {"id": 10 * number + place, "message_id": number, "place": place}
            version |= {"form_id": form, "state": state}
            version |= {"verified": verified, "counts": counts, "shut": shut}
            told["versions"].append(version)
            fault = {**FAULT, "message_id": number, "form_id": form}
            told["faults"] += [fault] * (number if number % 4 else 0)
    names = ("round_id", "province_code", "form_id")
    cells = [dict(zip(names, cell, strict=True)) for cell in expected]
    with ledger._database.writing() as connection:
        for table in (findings, versions, messages, expected_forms):
            connection.execute(delete(table))
        connection.execute(insert(expected_forms), cells)
        connection.execute(insert(messages), told["mails"])
        connection.execute(insert(versions), told["versions"])
        connection.execute(insert(findings), told["faults"])


def mail(hours: int, *version: object) -> dict[str, Any]:
    about = {"round_id": "now", "province_code": "02", "standing": "filed", "late": 0}
    return {**about, "received_at": make.at(60 * hours), "versions": [version]}


NEWER = mail(2, "PL01", "deficient", 1, 0, 0)
OLDER_SHUT = mail(1, "PL01", "deficient", 1, 1, 1)


@example([NEWER, NEWER, NEWER, OLDER_SHUT], {("now", "02", "PL01")})
@given(st.lists(MESSAGE, min_size=3, max_size=12), EXPECTED)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_round_and_what_it_owes_are_told_like_the_views_tell_it(
    ledger: SqlLedger,
    database: TestDatabase,
    mails: Story,
    expected: set[tuple[str, str, str]],
) -> None:
    tell(ledger, mails, expected)
    view = database.rows("SELECT * FROM coverage ORDER BY province_code, form_id")
    open_cells = database.rows(OPEN)
    for name in ROUNDS:
        told = [dict(row) for row in ledger.coverage(name)]
        assert told == [row for row in view if row["round_id"] == name]
        owed = [
            (row["province_code"], row["form_id"], _errors(row))
            for row in open_cells
            if row["round_id"] == name and not _wants_our_word_only(row)
        ]
        assert owed == [
            (province, each.form, each.errors)
            for province, gap in ledger.gaps(name).items()
            for each in gap.forms
        ]


def _wants_our_word_only(row: dict[str, Any]) -> bool:
    return bool(row["shut"]) and row["state"] != "missing" and not row["errors"]


def _errors(row: dict[str, Any]) -> int | None:
    return None if row["state"] == "missing" else row["errors"]
