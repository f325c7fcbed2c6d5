"""Frozen values made quickly: they are what the class itself would make."""

from dataclasses import FrozenInstanceError, dataclass, field, fields
from decimal import Decimal

import pytest

from pipeline.domain.plan.form import Missing, Row
from pipeline.domain.quick_making import opened, quickly, sealed

VALUES = (
    *("PL02", "vl.tong", "kh_n", Decimal("12.5"), Missing.NIL, "người", None, "12,5"),
    *("bao-cao.xlsx", "Sheet1", "D9", True, "tcvn3", Decimal("0.1")),
)


def test_it_is_equal_and_of_the_same_class() -> None:
    made = quickly(Row)(*VALUES)
    assert made == Row(*VALUES)
    assert type(made) is Row
    assert hash(made) == hash(Row(*VALUES))
    assert repr(made) == repr(Row(*VALUES))


def test_defaults_are_those_of_the_class() -> None:
    made = quickly(Row)(*VALUES[:11])
    assert [getattr(made, each.name) for each in fields(Row)] == [
        *VALUES[:11],
        False,
        "unicode",
        Decimal(1),
    ]


def test_names_may_be_given() -> None:
    named = dict(zip((each.name for each in fields(Row)), VALUES, strict=True))
    assert quickly(Row)(**named) == Row(*VALUES)


def test_it_is_frozen() -> None:
    made = quickly(Row)(*VALUES)
    with pytest.raises(FrozenInstanceError):
        made.raw = "13"  # type: ignore[misc]


def test_many_are_frozen_when_they_are_sealed() -> None:
    make = opened(Row)
    made = sealed(Row, [make(*VALUES), make(*VALUES[:11])])
    assert made == [Row(*VALUES), Row(*VALUES[:11])]
    assert {type(each) for each in made} == {Row}
    assert hash(made[0]) == hash(Row(*VALUES))
    with pytest.raises(FrozenInstanceError):
        made[0].raw = "13"  # type: ignore[misc]


def test_a_class_that_checks_its_values_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        name: str

        def __post_init__(self) -> None:
            assert self.name

    @dataclass(frozen=True, slots=True)
    class Listed:
        names: list[str] = field(default_factory=list)

    for kind in (Checked, Listed):
        with pytest.raises(TypeError):
            quickly(kind)
        with pytest.raises(TypeError):
            opened(kind)
