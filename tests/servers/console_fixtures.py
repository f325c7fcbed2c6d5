"""Consoles for tests: one of the test's own, or one that a module looks at."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.console_world import Console, opened, take_in


@pytest.fixture(scope="session")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the mails were taken in."""
    return take_in(tmp_path_factory.mktemp("taken-in"))


@pytest.fixture
def console(tmp_path: Path, taken_in: Path) -> Iterator[Console]:
    """A console of the test's own, to decide on."""
    with opened(tmp_path / "round", taken_in) as console:
        yield console


@pytest.fixture(scope="module")
def looked_at(
    tmp_path_factory: pytest.TempPathFactory, taken_in: Path
) -> Iterator[Console]:
    """A console that a module's tests share: they look, and what they try is refused."""
    with opened(tmp_path_factory.mktemp("looked-at") / "round", taken_in) as console:
        yield console
