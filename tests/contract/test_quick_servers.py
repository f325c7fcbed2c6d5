"""What makes the suites quick: databases that go again, and a place in memory."""

from pathlib import Path

import pytest

from tests.servers.ledgers import TestDatabase
from tests.servers.postgres import Postgres
from tests.servers.quick_disk import quick_disk


def test_a_database_has_the_schema_at_once_and_goes_with_who_is_in_it(
    postgres: Postgres,
) -> None:
    database = TestDatabase("postgresql", postgres.migrated())
    ledger = database.open()
    assert not ledger.claimants()
    postgres.drop(database.url)
    ledger.close()
    listed = TestDatabase("postgresql", postgres.url()).rows(
        "SELECT datname FROM pg_database"
    )
    name = database.url.partition("@/")[2].partition("?")[0]
    assert name not in {row["datname"] for row in listed}


@pytest.mark.parametrize(("enough", "there"), [(1, True), (10**18, False)])
def test_a_place_in_memory_is_taken_when_it_has_room(
    tmp_path: Path, enough: int, there: bool
) -> None:
    assert quick_disk(tmp_path, enough) == (str(tmp_path) if there else None)


def test_without_a_place_in_memory_the_usual_one_is_right(tmp_path: Path) -> None:
    assert quick_disk(tmp_path / "none", 1) is None
