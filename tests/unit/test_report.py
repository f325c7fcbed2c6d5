"""The document of one message, key by key as contract.md writes it."""

import json
from datetime import UTC, datetime

import pytest

from pipeline.domain.mail.message import State
from pipeline.domain.plan.explanation import Explanation
from pipeline.domain.plan.finding import FindingState, Severity
from pipeline.domain.plan.form import FormState
from pipeline.domain.senders.identity import Strength
from pipeline.domain.verdict import ReplyPlan, Verdict
from pipeline.stages.report import local_time, outline, report
from tests.builders import decisions as make

KEYS = [
    *("digest", "kind", "state", "reason", "round", "province", "identity"),
    *("received_at", "late", "attachments", "forms", "forms_missing", "narrative"),
    *("scan", "rows", "findings", "verdict", "reply", "explanations"),
]


def test_whole_document() -> None:
    forms = [
        make.form(
            rows=[
                make.row("th.viec_lam", value="1234.50", raw="1.234,5", hidden=True),
                make.nil_row("th.xkld"),
            ],
            state=FormState.DEFICIENT,
        )
    ]
    fault = make.finding(
        found="100",
        expected="110",
        rule="PL01.2",
        suspect=("H10", "H11"),
        indicator="th.viec_lam",
        column="kh_n",
        path="Phu luc.xls",
        sheet="PL1",
    )
    decision = make.decision(
        "a",
        forms,
        forms_missing=("PL09",),
        narrative=True,
        findings=(fault,),
        verdict=Verdict.DEFICIENT,
        reply=ReplyPlan("deficiency", "a@example.vn", ("b@example.vn",), "Phúc đáp"),
        explanations=(Explanation("PL01", "PL01.2", None, "theo QĐ 12"),),
    )
    document = report(make.parsed("a", forms), decision)
    assert list(document) == KEYS
    assert document == {
        "digest": make.digest_of("a"),
        "kind": "submission",
        "state": "filed",
        "reason": None,
        "round": "ke-hoach-2014",
        "province": "02",
        "identity": {
            "strength": "registered",
            "verified": True,
            "evidence": [
                {
                    "source": "letterhead",
                    "value": "UBND TỈNH HÀ GIANG",
                    "province": "02",
                    "where": "Phu luc.xls",
                }
            ],
        },
        "received_at": "2013-07-10T12:00:00+07:00",
        "late": False,
        "attachments": [
            {
                "path": "Phu luc.xls",
                "name": "Phu luc.xls",
                "type": "xls",
                "sha256": make.digest_of("Phu luc.xls"),
                "role": "workbook",
                "problem": None,
            }
        ],
        "forms": [
            {
                "form": "PL01",
                "path": "Phu luc.xls",
                "sheet": "PL01",
                "state": "deficient",
                "rows": 2,
                "confidence": 0.9877,
                "shut": False,
            }
        ],
        "forms_missing": ["PL09"],
        "narrative": True,
        "scan": False,
        "rows": [
            {
                "form": "PL01",
                "indicator": "th.viec_lam",
                "column": "kh_n",
                "value": "1234.5",
                "missing": None,
                "unit": "Người",
                "unit_written": "người",
                "raw": "1.234,5",
                "path": "Phu luc.xls",
                "sheet": "PL1",
                "cell": "H12",
                "hidden": True,
                "encoding": "unicode",
            },
            {
                "form": "PL01",
                "indicator": "th.xkld",
                "column": "kh_n",
                "value": None,
                "missing": "n",
                "unit": "Người",
                "unit_written": "người",
                "raw": "-",
                "path": "Phu luc.xls",
                "sheet": "PL1",
                "cell": "H12",
                "hidden": False,
                "encoding": "unicode",
            },
        ],
        "findings": [
            {
                "code": "total-mismatch",
                "severity": Severity.ERROR.value,
                "state": FindingState.FAIL.value,
                "form": "PL01",
                "indicator": "th.viec_lam",
                "column": "kh_n",
                "path": "Phu luc.xls",
                "sheet": "PL1",
                "cell": "H9",
                "found": "100",
                "expected": "110",
                "rule": "PL01.2",
                "suspect": ["H10", "H11"],
            }
        ],
        "verdict": "deficient",
        "reply": {
            "template": "deficiency",
            "to": "a@example.vn",
            "also": ["b@example.vn"],
            "subject": "Phúc đáp",
            "suppressed": None,
        },
        "explanations": [
            {
                "form": "PL01",
                "rule": "PL01.2",
                "indicator": None,
                "text": "theo QĐ 12",
                "state": "unmatched",
                "findings": [],
            }
        ],
    }


def test_document_is_plain_json() -> None:
    """No enum, decimal or date is left in it."""
    document = report(make.parsed("a", [make.form()]), make.decision("a", [make.form()]))
    assert json.loads(json.dumps(document)) == document
    assert all(type(value) is not Strength for value in document["identity"].values())


def test_unknown_receive_time_leaves_late_open() -> None:
    document = report(make.parsed(), make.decision(late=None))
    assert document["late"] is None


def test_outline_has_every_key() -> None:
    document = outline(None, State.GONE, None, make.at())
    assert list(document) == KEYS
    assert document["identity"]["strength"] == "none"
    assert document["verdict"] == document["reply"]["template"] == "none"


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (
            datetime(2013, 7, 20, 16, 59, 59, 900_000, tzinfo=UTC),
            "2013-07-20T23:59:59+07:00",
        ),
        (datetime(2013, 7, 20, 17, 0, tzinfo=UTC), "2013-07-21T00:00:00+07:00"),
    ],
)
def test_local_time_is_cut_not_rounded(moment: datetime, text: str) -> None:
    """The last second before the deadline stays before it."""
    assert local_time(moment) == text
