"""What planners read instead of keys."""

import pytest

from pipeline.console.rooms.labels import labelled, meaning_of
from tests.builders.returns import shipped_round

FINDING = {"form_id": "PL01", "indicator": "th.xkld", "column_key": "kh_n"}


@pytest.mark.parametrize(
    ("rule", "code", "label"),
    [
        (("PL01", "PL01.1"), "part-exceeds-whole", "Trong đó: Xuất khẩu lao động"),
        (("PL01", "PL01.4"), "cross-form", "Tổng số lao động được tạo việc làm"),
        (("PL05", "PL05.1"), "identity-broken", "Số hộ nghèo cuối năm"),
        (("PL05", "PL05.10"), "total-mismatch", "Người khuyết tật"),
        (("PL05", "R.5"), "shortfall", ""),
        (("PL05", "R.3"), "derived-mismatch", ""),
        (("PL05", "gone"), "", ""),
        (("gone", "R.1"), "", ""),
    ],
)
def test_a_rule_is_named_by_what_it_finds_and_its_row(
    rule: tuple[str, str], code: str, label: str
) -> None:
    assert meaning_of(shipped_round(), *rule) == {"code": code, "label": label}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ("Trong đó: Xuất khẩu lao động", "Kế hoạch năm 2014")),
        ({"column_key": None}, ("Trong đó: Xuất khẩu lao động", "")),
        ({"indicator": "gone", "column_key": "gone"}, ("gone", "gone")),
        ({"form_id": "gone"}, ("th.xkld", "kh_n")),
        ({"form_id": None, "indicator": None, "column_key": None}, ("", "")),
    ],
)
def test_a_finding_is_shown_with_its_labels(
    changed: dict[str, str | None], told: tuple[str, str]
) -> None:
    finding = {**FINDING, "found": "1", "expected": None, **changed}
    (shown,) = labelled(shipped_round(), [finding])
    assert (shown["label"], shown["heading"]) == told
    assert shown["indicator"] == finding["indicator"]


@pytest.mark.parametrize(
    ("found", "expected", "kind"),
    [
        *[("1234.5", "1", "figure"), ("1", None, "figure"), (None, None, "figure")],
        *[("trên 20", "1", "text"), ("1", "1; 2", "text")],
    ],
)
def test_figures_stand_in_columns_of_figures(
    found: str | None, expected: str | None, kind: str
) -> None:
    (shown,) = labelled(
        shipped_round(), [{**FINDING, "found": found, "expected": expected}]
    )
    assert shown["kind"] == kind
