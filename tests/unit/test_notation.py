"""Who decides what "1.234" means, and when nobody does."""

from decimal import Decimal

import pytest

from pipeline.domain.plan.plan_round import Unit
from pipeline.domain.reading.notation import Habits, habits_of, resolve
from pipeline.domain.reading.number import Ambiguous, parse_number
from pipeline.domain.reading.units import Units
from tests.builders.workbooks import ROUND

UNITS = Units(ROUND.units)
NO_HABITS = Habits(frozenset(), frozenset())
COUNT, SHARE, MONEY, THOUSAND = (
    UNITS.named(name) for name in ("Người", "%", "Triệu đồng", "1000 người")
)


def ambiguous(text: str = "1.234") -> Ambiguous:
    found = parse_number(text)
    assert isinstance(found, Ambiguous)
    return found


def habits(*texts: str, unit: Unit = MONEY) -> Habits:
    return habits_of((parse_number(text), unit) for text in texts)


def decided(unit: Unit, neighbours: tuple[str, ...], by: Habits = NO_HABITS) -> str | None:
    number = resolve(ambiguous(), unit, [Decimal(n) for n in neighbours], by)
    return None if number is None else str(number.value)


@pytest.mark.parametrize(
    ("unit", "neighbours", "value"),
    [
        (COUNT, (), "1234"),
        (SHARE, (), "1.234"),
        (MONEY, (), None),
        (THOUSAND, (), None),
        (THOUSAND, ("1.3", "1.1"), "1.234"),
        (MONEY, ("1300", "0"), "1234"),
        (MONEY, ("40", "40"), None),
        (COUNT, ("1.2", "1.3"), None),
        (SHARE, ("1200",), None),
    ],
)
def test_unit_and_neighbours(unit: Unit, neighbours: tuple[str, ...], value) -> None:
    assert decided(unit, neighbours) == value


@pytest.mark.parametrize(
    ("texts", "unit", "value"),
    [
        (("1.234.567",), MONEY, "1234"),
        (("12,5",), MONEY, "1234"),
        (("6.8",), MONEY, "1.234"),
        (("1,234.5",), MONEY, "1.234"),
        (("6.8", "1.234.567"), MONEY, None),
        (("1.234",), COUNT, "1234"),
        (("1.234",) * 6, MONEY, "1234"),
        (("1.234",) * 5, MONEY, None),
        (("1.234", "1,234") * 6, MONEY, None),
        (("12", "x", "abc"), MONEY, None),
    ],
)
def test_the_habits_of_the_sheet(texts: tuple[str, ...], unit: Unit, value) -> None:
    assert decided(MONEY, (), habits(*texts, unit=unit)) == value


def test_habits_alone_never_decide_in_a_scaled_unit() -> None:
    """765.432 thousand persons and 765.432 persons look alike."""
    assert decided(THOUSAND, (), habits("1.234.567")) is None
