"""Figures unlike the others."""

from decimal import Decimal

import pytest

from pipeline.domain.far_off import FEWEST, far_off

ALIKE = {str(n): Decimal(100 + 7 * n) for n in range(20)}


@pytest.mark.fault("T-08")
def test_a_slip_of_a_thousand_is_far_and_the_largest_province_is_not() -> None:
    assert far_off(ALIKE) == frozenset()
    assert far_off({**ALIKE, "large": Decimal(400)}) == frozenset()
    slips = {**ALIKE, "up": Decimal(150_000), "down": Decimal("0.15")}
    assert far_off(slips) == {"up", "down"}


def test_too_few_equal_and_empty_figures_say_nothing() -> None:
    few = {str(n): Decimal(10**n) for n in range(FEWEST - 1)}
    assert far_off(few) == frozenset()
    assert (
        far_off({**dict.fromkeys("abcdefghi", Decimal(5)), "x": Decimal(9)}) == frozenset()
    )
    nil = {f"z{n}": Decimal(0) for n in range(9)}
    assert far_off({**ALIKE, **nil, "minus": Decimal(-4)}) == frozenset()
