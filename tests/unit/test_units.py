"""Units: spellings, exact conversion, and what cannot be related."""

from decimal import Decimal

import pytest

from pipeline.domain.reading.units import Relation, Units, is_count, is_share
from tests.builders.workbooks import ROUND

UNITS = Units(ROUND.units)


@pytest.mark.parametrize(
    ("written", "asked", "relation"),
    [
        ("người", "Người", Relation.SAME),
        ("(Người)", "Người", Relation.SAME),
        ("1.000 người", "1000 người", Relation.SAME),
        ("nghìn người", "Người", Relation.SCALED),
        ("Người", "1000 người", Relation.SCALED),
        ("tỷ đồng", "Triệu đồng", Relation.SCALED),
        ("1000 đ", "Triệu đồng", Relation.SCALED),
        ("%", "%", Relation.SAME),
        ("Phần trăm", "%", Relation.SAME),
        ("%", "Điểm %", Relation.NEAR),
        ("Người", "Lượt người", Relation.NEAR),
        ("Người lao động", "Người", Relation.NEAR),
        ("vạn người", "Người", Relation.SCALED),
        ("nghìn", "Người", Relation.SCALED),
        ("1.000", "Hộ", Relation.SCALED),
        ("1.000 lượt", "Lượt người", Relation.SCALED),
        ("đ", "Triệu đồng", Relation.SCALED),
        ("1.000đ", "Triệu đồng", Relation.SCALED),
        ("trăm triệu đồng", "Triệu đồng", Relation.SCALED),
        ("tỷ", "Triệu đồng", Relation.SCALED),
        ("triệu", "Triệu đồng", Relation.SAME),
        ("tr.", "Triệu đồng", Relation.SAME),
        ("Tr.", "Cơ sở", Relation.UNKNOWN),
        ("Trạm", "Cơ sở", Relation.UNKNOWN),
        ("trạm, xã", "Xã", Relation.UNKNOWN),
        ("nghìn", "%", Relation.UNKNOWN),
        ("phần nghìn", "%", Relation.UNKNOWN),
        ("Hộ", "Người", Relation.UNKNOWN),
        ("nghìn người", "Lượt người", Relation.NEAR),
        ("cái", "Người", Relation.UNKNOWN),
        ("", "Người", Relation.UNKNOWN),
        ("103 người", "Người", Relation.UNKNOWN),  # 10³ without its raised digit
        ("1/1000 người", "1000 người", Relation.UNKNOWN),
        ("n.người", "Người", Relation.UNKNOWN),
        ("K người", "Người", Relation.UNKNOWN),
        ("nđ", "Triệu đồng", Relation.UNKNOWN),
        ("trăm", "Người", Relation.UNKNOWN),
    ],
)
def test_relations(written: str, asked: str, relation: Relation) -> None:
    assert UNITS.relate(written, asked).relation is relation


@pytest.mark.parametrize(
    ("written", "asked", "value", "expected"),
    [
        ("nghìn người", "Người", "682.5", "682500"),
        ("Người", "1000 người", "682500", "682.5"),
        ("tỷ đồng", "Triệu đồng", "1.5", "1500"),
        ("Đồng", "Triệu đồng", "1234567", "1.234567"),
        ("Người", "Người", "7", "7"),
        ("vạn người", "1000 người", "2.5", "25"),
        ("nghìn lượt người", "Lượt người", "1.5", "1500"),
        ("nghìn lượt", "Người", "1.5", "1500"),
        ("1.000đ", "Triệu đồng", "1500", "1.5"),
        ("tỷ", "Triệu đồng", "1.5", "1500"),
        ("1,000 người", "Người", "1.5", "1500"),
        ("1\u00a0000 người", "Người", "1.5", "1500"),
        ("10,000 người", "Người", "1.5", "15000"),
        ("x1000 người", "Người", "1.5", "1500"),
        ("Người x 1.000", "Người", "1.5", "1500"),
        ("người (×1000)", "Người", "1.5", "1500"),
        ("Người (nghìn)", "Người", "1.5", "1500"),
        ("x 1000", "1000 người", "1.5", "1.5"),
        ("10^3 người", "Người", "1.5", "1500"),
        ("10³ người", "1000 người", "1.5", "1.5"),
        ("10 mũ 3 người", "Người", "1.5", "1500"),
        ("ng. người", "Người", "1.5", "1500"),
        ("Ngh.ng", "Người", "1.5", "1500"),
        ("một nghìn người", "Người", "1.5", "1500"),
        ("100 người", "1000 người", "1.5", "0.15"),
        ("trăm người", "Người", "1.5", "150"),
        ("chục người", "Người", "1.5", "15"),
        ("1,000 đ", "Triệu đồng", "1500", "1.5"),
        ("10^6 đồng", "Triệu đồng", "1.5", "1.5"),
        ("10^9đ", "Triệu đồng", "1.5", "1500"),
        ("đồng x 10^3", "Triệu đồng", "1500", "1.5"),
        ("ngđ", "Triệu đồng", "1500", "1.5"),
        ("ng.đồng", "Triệu đồng", "1500", "1.5"),
        ("tỷđ", "Triệu đồng", "1.5", "1500"),
        ("Trđ.", "Triệu đồng", "1.5", "1.5"),
    ],
)
def test_conversion_is_exact_in_both_directions(
    written: str, asked: str, value: str, expected: str
) -> None:
    conversion = UNITS.relate(written, asked)
    assert conversion.apply(Decimal(value)) == Decimal(expected)


def test_the_quantum_is_scaled_too() -> None:
    conversion = UNITS.relate("nghìn người", "Người")
    assert conversion.apply_quantum(Decimal("0.1")) == 100
    assert UNITS.relate("Người", "Người").apply_quantum(Decimal("0.1")) == Decimal("0.1")


def test_counts_and_shares() -> None:
    assert is_count(UNITS.named("Hộ"))
    assert not is_count(UNITS.named("1000 người"))
    assert not is_count(UNITS.named("Triệu đồng"))
    assert is_share(UNITS.named("Điểm %"))
    assert UNITS.named("Con") == UNITS.named("Con")


def test_what_is_remembered_of_units_is_bounded_and_stays_right() -> None:
    units = Units(ROUND.units)
    for turn in range(2):
        for number in range(600):
            assert units.relate(f"thứ {number}", "Người").relation is Relation.UNKNOWN
        assert units.relate("nghìn người", "Người").multiply == 1000, turn
    assert 0 < len(units._related) <= 512


def test_a_size_at_the_end_of_a_header_and_a_bound_there() -> None:
    units = Units(ROUND.units)
    found = [units.at_end(text) for text in ("KH 2013 nghìn người", "KH 2013 | tỷ đồng")]
    assert [unit.factor for unit in found if unit] == [1000, 1000]
    ten_thousand = units.at_end("KH 2013 vạn đồng")
    assert ten_thousand == units.find("van dong") != units.find("đồng")
    assert units.at_end("Quỹ vận động") is None
    for text in ("Dự án trên 10 tỷ đồng", "Số người", "Số hợp đồng", "Tỷ lệ %", "nghìn"):
        assert units.at_end(text) is None


@pytest.mark.parametrize("times", [7, 111_200])
def test_a_size_said_more_often_than_any_is_none(times: int) -> None:
    written = "tỷ " * times + "đồng"
    assert UNITS.find(written) is None
    assert UNITS.relate(written, "Triệu đồng").relation is Relation.UNKNOWN
