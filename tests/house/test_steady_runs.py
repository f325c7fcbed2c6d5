"""Every run of the suites tries the same examples, unless asked by hand for others."""

import pytest
from hypothesis import settings


def test_examples_are_the_same_in_every_run(pytestconfig: pytest.Config) -> None:
    asked = pytestconfig.getoption("--hypothesis-profile") or "steady"
    assert settings.default is not None
    assert settings.default.derandomize == (asked == "steady")


def test_the_profile_of_make_fuzz_throws_dice() -> None:
    assert not settings.get_profile("dice").derandomize
