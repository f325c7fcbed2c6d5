"""`make bench-console`: every page, first call and median, on both databases."""

import argparse
import os
import platform
import re
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.console.generate import grow, take_in
from pipeline.assembly import read_plan
from pipeline.assembly.console import open_world
from pipeline.assembly.plan import Plan
from pipeline.console.doors import DOORS
from pipeline.console.world import World
from pipeline.settings import load_settings
from tests.builders.demo_world import shipped_round
from tests.servers.pages import Browser, Got, add_people, serving
from tests.servers.postgres import running_postgres

RESULTS = Path(__file__).with_name("results.md")
CALLS = 5
AGAIN = re.compile(r'data-again="([^"]*)"')
MOST_MS = {"demo": 100, "large": 300}
MOST_BYTES = 200_000
VARIANTS = (
    "/log?search=khong-co-dau",
    "/log?state=held",
    "/nation?form=PL02&level=region8",
    "/nation?form=PL02&level=unit2025",
    "/reminders?preview=1",
    "/forms/PL01?column=kh_n",
)
NO_PAGES = ("/log.csv", "/messages/{number}/raw", "/runs/{number}/{file}")
"""Downloads: as large as what is asked for."""


@dataclass(frozen=True, slots=True)
class Timed:
    """A page: milliseconds by the clock and of processor of the first call, of the middle
    one, after news; its bytes.
    """

    path: str
    status: int
    first: tuple[float, float]
    median: tuple[float, float]
    news: tuple[float, float]
    size: int

    def line(self, most: int) -> str:
        """A row of the table; what is over a budget in bold."""
        times = (self.first, self.median, self.news)
        cells = [
            f"**{clock:.0f}** ({spent:.0f})"
            if clock > most
            else f"{clock:.0f} ({spent:.0f})"
            for clock, spent in times
        ]
        cells.append(f"**{self.size:,}**" if self.size > MOST_BYTES else f"{self.size:,}")
        status = "" if self.status == 200 else f" ({self.status})"
        return f"| `{self.path}`{status} | {' | '.join(cells)} |"


def main() -> None:
    """Fill, serve, ask, write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--returns", type=int, default=1_300)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--out", type=Path, default=RESULTS)
    asked = parser.parse_args()
    parts = [_head()]
    for dialect in ("sqlite", "postgresql"):
        if asked.only in (None, dialect):
            with _database(dialect) as (folder, url):
                parts += _of(dialect, _plan(folder, url), asked.messages, asked.returns)
    asked.out.write_text("\n".join(parts) + "\n", encoding="utf-8")
    print(f"wrote {asked.out}")


def _of(dialect: str, plan: Plan, more: int, returns: int) -> list[str]:
    take_in(plan)
    parts = [_table(f"{dialect}, the demo's round", plan, MOST_MS["demo"])]
    counts = grow(plan, more, returns)
    title = ", ".join(f"{count:,} {name}s" for name, count in counts.items())
    return [*parts, _table(f"{dialect}: {title}", plan, MOST_MS["large"])]


def _table(title: str, plan: Plan, most: int) -> str:
    world = open_world(plan, lambda: shipped_round().due)
    try:
        add_people(world)
        with serving(world, warm=True) as port:
            browser = Browser(port)
            browser.enter("administrator")
            rows = [_timed(world, browser, path) for path in paths(world)]
    finally:
        world.errands.finish()
        world.ledger.close()
    print(title, *(row.line(most) for row in rows), sep="\n", flush=True)
    heads = "| page | first call | median | after news | bytes |\n|---|--:|--:|--:|--:|"
    over = [r.path for r in rows if max(r.first, r.median, r.news)[0] > most]
    large = [r.path for r in rows if r.size > MOST_BYTES]
    said = f"Over {most} ms: {len(over)}; over 200 KB: {len(large)}; pages: {len(rows)}."
    return "\n".join([f"## {title}\n", heads, *(r.line(most) for r in rows), f"\n{said}\n"])


def _timed(world: World, browser: Browser, path: str) -> Timed:
    def ask() -> tuple[tuple[float, float], Got]:
        started, used = time.perf_counter(), time.process_time()
        got = browser.get(path)
        took, spent = time.perf_counter() - started, time.process_time() - used
        return (took * 1000, spent * 1000), got

    first, got = ask()
    again = AGAIN.search(got.html)
    if again:  # its answer is worked out beside the pages
        name, _, mark = again[1].partition("?as=")
        world.errands.settled((f"difference {name.split('/')[2]}", mark))
    median = sorted(ask()[0] for _ in range(CALLS))[CALLS // 2]
    world.ledger.note("bench", "rule", {}, world.clock())
    news = ask()[0]
    return Timed(path, got.status, first, median, news, len(got.body))


def paths(world: World) -> Sequence[str]:
    """An address for every page of the console, so that none is forgotten."""
    newest = world.ledger.log_page({"kind": "submission"}, None, 1)[0]
    before = str(newest["id"] - 1)
    letters = world.ledger.letter_page({}, None, 1)
    runs = world.ledger.run_page(None, 1)
    number: Mapping[str, str] = {
        "messages": str(_one_of_the_demo(world)),
        "letters": str(letters[0]["id"]),
        "questions": "1",
        "runs": str(runs[0]["number"]),
    }
    found = []
    for door in DOORS:
        if door.changes or door.path in NO_PAGES:
            continue
        kind = door.path.split("/")[1]
        path = door.path.replace("{number}", number.get(kind, "1"))
        found.append(path.replace("{code}", "02").replace("{form}", "PL01"))
    return [*found, *VARIANTS, f"/log?before={before}", f"/audit?before={before}"]


def _one_of_the_demo(world: World) -> int:
    """A whole return whose mail lies in the archive."""
    for number in range(1, 200):
        document = world.ledger.document(number)
        if document and document.get("verdict") == "accepted" and document.get("rows"):
            return number
    raise SystemExit("the demo's round has no accepted return")


@contextmanager
def _database(dialect: str) -> Iterator[tuple[Path, str | None]]:
    with tempfile.TemporaryDirectory() as folder:
        if dialect == "sqlite":
            yield Path(folder), None
            return
        with running_postgres() as server:
            yield Path(folder), server.empty()


def _plan(folder: Path, url: str | None) -> Plan:
    lines = [
        "mailbox: {folder_source: mails, addresses: [vukhtc@example.gov.vn]}",
        "smtp: {username: null, port: 1, security: none}",
        "policy: {replies: approve}",
        "workers: 2",
    ]
    if url:
        lines.append(f"database: {url!r}")
    file = folder / "daemon.yaml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_plan(load_settings(file, {}))


_ABOUT = """# The console's pages

`make bench-console` makes this file. Each page is asked over HTTP on loopback, server and
client in one process: milliseconds by the clock, of processor in parentheses (PostgreSQL's
own are not ours). The first call is the first since the start, once the console has worked
out beside the pages what it works out at its start; after news is a call after
an event of the audit trail. In bold what is over the budget by the clock: 100 ms on the
demo's round, 300 ms on the large ledger; 200 KB. The page of a difference says that it is
at work, since reading a message again takes seconds; its median is with the answer.
"""


def _head() -> str:
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    machine = f"{os.cpu_count()} cores, load {load} at the start"
    return f"{_ABOUT}\n{machine}, Python {platform.python_version()}.\n"


if __name__ == "__main__":
    main()
