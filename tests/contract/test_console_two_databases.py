"""The console shows the same ledger in the same words, whichever database it stands in."""

import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, func, insert, select

from pipeline.adapters.sql_ledger.schema import metadata
from pipeline.assembly.console import open_world
from pipeline.assembly.plan import Plan, read_plan
from pipeline.console.world import World
from pipeline.settings import load_settings
from tests.builders.mails import SENT
from tests.contract.test_console_entry import addresses
from tests.servers.console_world import ASKED, BROKEN, DOUBTFUL, NOBODY
from tests.servers.pages import Browser, add_people, serving
from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.console_fixtures"]

LATER = SENT + timedelta(days=9)
MORE = (
    *(f"/messages/{number}" for number in (BROKEN, NOBODY, ASKED, DOUBTFUL)),
    *("/log?state=held", "/log?search=PL05", "/log?before=4", "/log?province=02"),
    *("/nation?form=PL02&level=region8", "/nation?form=PL02&level=unit2025"),
    *("/forms/PL02?column=kh_n", "/letters?state=waiting", "/audit?before=9"),
    *("/explain?form=PL02&row=vl.tong&column=kh_n", "/reminders?preview=1", "/none"),
)
# What is of the connection, not of the ledger.
TOKEN = re.compile(r'name="token" value="[^"]*"|data-token="[^"]*"|\?as=\d+')


def settings_in(folder: Path, database: str) -> Plan:
    given = {"INGEST_DATABASE": database}
    return read_plan(load_settings(folder / "daemon.yaml", given))


@contextmanager
def standing_still(plan: Plan) -> Iterator[World]:
    """What the pages work with, at a moment that does not pass."""
    world = replace(open_world(plan, lambda: LATER), free_bytes=lambda: 1 << 33)
    try:
        yield world
    finally:
        world.errands.finish()
        world.ledger.close()


@contextmanager
def entered(world: World) -> Iterator[Browser]:
    """An administrator before the pages."""
    with serving(world) as port:
        browser = Browser(port)
        assert browser.enter("administrator").status == 303
        yield browser


def copied(source: str, target: str) -> None:
    """Every row of a ledger into an empty one."""
    here, there = create_engine(source), create_engine(target)
    with here.connect() as reading, there.begin() as writing:
        for table in metadata.sorted_tables:
            rows = [dict(row) for row in reading.execute(select(table)).mappings()]
            if rows:
                writing.execute(insert(table), rows)
            key = table.autoincrement_column
            if key is not None and rows:
                newest = select(func.max(key)).scalar_subquery()
                sequence = func.pg_get_serial_sequence(table.name, key.name)
                writing.execute(select(func.setval(sequence, newest)))
    here.dispose()
    there.dispose()


def pages() -> list[str]:
    return [*addresses(changes=False), *MORE]


def test_every_page_is_the_same_on_both_databases(
    tmp_path: Path, taken_in: Path, postgres: Postgres
) -> None:
    folder = shutil.copytree(taken_in, tmp_path / "round")
    sqlite, server = f"sqlite:///{folder}/data/ingest.db", postgres.migrated()
    with ExitStack() as both:
        world = both.enter_context(standing_still(settings_in(folder, sqlite)))
        add_people(world)
        copied(sqlite, server)
        copy = both.enter_context(standing_still(settings_in(folder, server)))
        first, second = (both.enter_context(entered(each)) for each in (world, copy))
        for path in pages():
            one, other = first.get(path), second.get(path)
            assert one.status == other.status, path
            if path != "/settings":  # which tells the database
                assert TOKEN.sub("", other.html) == TOKEN.sub("", one.html), path
