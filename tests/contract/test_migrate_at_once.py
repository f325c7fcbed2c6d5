"""Two databases made by two threads of one process, as by two pages of differences."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.migrate import known_revisions, migrate, revisions


def test_copies_made_at_once_have_each_its_own_schema(tmp_path: Path) -> None:
    def made(number: int) -> str | None:
        database = Database(f"sqlite:///{tmp_path / f'{number}.db'}")
        try:
            migrate(database)
            with database.reading() as connection:
                return revisions(connection)[0]
        finally:
            database.close()

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(made, range(8))) == {known_revisions()[0]}
