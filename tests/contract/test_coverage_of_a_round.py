"""What is asked of one round is what the views say of it, whatever came."""

from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
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
)
MESSAGE = st.fixed_dictionaries(
    {
        "round_id": st.sampled_from((*ROUNDS, None)),
        "province_code": st.sampled_from((*PROVINCES, "06", None)),
        "standing": st.sampled_from(("filed", "filed", "held", None)),
        "late": st.sampled_from((0, 1, None)),
        "received_at": st.integers(0, 3).map(lambda n: make.at(n) + timedelta(hours=n)),
        "versions": st.lists(VERSION, max_size=3),
    }
)
EXPECTED = st.sets(
    st.tuples(st.sampled_from(ROUNDS), st.sampled_from(PROVINCES), st.sampled_from(FORMS))
)
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
OPEN = """
SELECT c.province_code, c.form_id, c.state,
       (SELECT count(*) FROM finding f
        WHERE f.state = 'fail' AND f.severity IN ('fatal', 'error')
          AND f.form_id = c.form_id AND f.message_id = (
            SELECT s.message_id FROM version_standing s
            WHERE s.round_id = c.round_id AND s.province_code = c.province_code
              AND s.form_id = c.form_id AND s.standing = 'filed'
            ORDER BY CASE WHEN s.counts = 1 THEN s.place ELSE 1000000 END,
                s.received_at DESC, s.message_id DESC LIMIT 1)) AS errors
FROM coverage c WHERE c.round_id = '{round}' AND c.state <> 'accepted'
ORDER BY c.province_code, c.form_id
"""
"""What each province owes, asked of the views."""
FAULT = {"code": "x", "severity": "error", "state": "fail", "suspect": "[]"}
Story = list[dict[str, Any]]


def tell(ledger: SqlLedger, mails: Story, expected: set[tuple[str, str, str]]) -> None:
    """Only this in the ledger."""
    numbers = count(1)
    with ledger._database.writing() as connection:
        for table in (findings, versions, messages, expected_forms):
            connection.execute(delete(table))
        for round_id, province, form in expected:
            row = {"round_id": round_id, "province_code": province, "form_id": form}
            connection.execute(insert(expected_forms), row)
        for number, mail in enumerate(mails, 1):
            fields = {name: value for name, value in mail.items() if name != "versions"}
            connection.execute(insert(messages), {**STILL, **fields, "id": number})
            for place, (form, state, verified, counts) in enumerate(mail["versions"]):
                row = {"id": next(numbers), "message_id": number, "place": place}
                row |= {"form_id": form, "state": state}
                row |= {"verified": verified, "counts": counts}
                connection.execute(insert(versions), row)
                faults = [{**FAULT, "message_id": number, "form_id": form}] * place
                for fault in faults:
                    connection.execute(insert(findings), fault)


@given(st.lists(MESSAGE, max_size=12), EXPECTED)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_round_and_what_it_owes_are_told_like_the_views_tell_it(
    ledger: SqlLedger,
    database: TestDatabase,
    mails: Story,
    expected: set[tuple[str, str, str]],
) -> None:
    tell(ledger, mails, expected)
    view = database.rows("SELECT * FROM coverage ORDER BY province_code, form_id")
    for name in ROUNDS:
        told = [dict(row) for row in ledger.coverage(name)]
        assert told == [row for row in view if row["round_id"] == name]
        owed = [
            (row["province_code"], row["form_id"], _errors(row))
            for row in database.rows(OPEN.format(round=name))
        ]
        assert owed == [
            (province, each.form, each.errors)
            for province, gap in ledger.gaps(name).items()
            for each in gap.forms
        ]


def _errors(row: dict[str, Any]) -> int | None:
    return None if row["state"] == "missing" else row["errors"]
