"""The pictures of the planners' handbook: `python -m bench.console.pictures`.

The demo is played (a minute or two), and its pages are pictured in a real browser.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from PIL import Image

from pipeline.assembly.console import open_world
from pipeline.console.world import World
from pipeline.demo.story import pages_plan, tell_story
from pipeline.domain.people import Role
from tests.builders.demo_world import shipped_round
from tests.servers.chromium import Chromium, chromium
from tests.servers.pages import RECORD, Browser, serving

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "vi" / "hinh"
NAME, SEED = "lan", 2364
COLOURS = 64
AFTER = timedelta(days=14)
DESK, TELEPHONE = (1200, 760), (360, 800)


@dataclass(frozen=True, slots=True)
class Picture:
    """A file of the handbook: the page, what stands at its top, the size of the window."""

    name: str
    path: str
    top: str = "body"
    size: tuple[int, int] = DESK


def main() -> None:
    """Make all of them anew."""
    with tempfile.TemporaryDirectory() as folder:
        tell_story(Path(folder), SEED, lambda *_: None)
        plan = pages_plan(Path(folder), SEED)
        world = open_world(plan, lambda: shipped_round().due + AFTER)
        world.ledger.add_account(NAME, Role.PLANNER, RECORD, NAME, world.clock())
        with serving(world, warm=True) as port, chromium() as tab:
            enter(tab, port)
            for each in pictures(world):
                take(tab, f"http://127.0.0.1:{port}", each)
        world.errands.finish()
        world.ledger.close()


def pictures(world: World) -> Iterator[Picture]:
    """What the handbook shows; mails are looked for, their numbers may change."""
    (held,) = (
        row["id"]
        for row in world.ledger.log_page({"state": "held"}, None, 9)
        if row["province_code"] is None and row["rows"]
    )
    wrong, form = next(
        (row["id"], finding["form_id"])
        for row in world.ledger.log_page({"verdict": "deficient"}, None, 99)
        for finding in world.ledger.findings_of(row["id"])
        if finding["severity"] == "error" and finding["cell"]
    )
    yield Picture("tong-quan", "/")
    yield Picture("ban-do-o", "/", top="#tiles")
    yield Picture("thu", f"/messages/{held}")
    yield Picture("bieu-cua-thu", f"/messages/{wrong}", top="#forms")
    yield Picture("bieu", f"/messages/{wrong}/forms/{form}")
    yield Picture("cau-hoi", "/questions/1")
    yield Picture("don-doc", "/reminders")
    yield Picture("tinh", "/provinces/01")
    yield Picture("cac-tinh", "/forms/PL02?column=attainment")
    yield Picture("ca-nuoc", "/nation?form=PL02&level=region8")
    yield Picture("nguon-so", "/explain?form=PL02&row=vl.tong&column=kh_n")
    yield Picture("so-thu", "/log")
    yield Picture("dien-thoai", "/", size=TELEPHONE)


def enter(tab: Chromium, port: int) -> None:
    """Sign in."""
    browser = Browser(port)
    browser.enter(NAME)
    for name, value in browser.cookies.items():
        url = f"http://127.0.0.1:{port}/"
        tab.ask("Network.setCookie", name=name, value=value, url=url)


def take(tab: Chromium, site: str, picture: Picture) -> None:
    """One picture."""
    tab.size(*picture.size)
    tab.goto(site + picture.path)
    tab.js(f'document.querySelector("{picture.top}").scrollIntoView()')
    file = FOLDER / f"{picture.name}.png"
    tab.picture(file)
    with Image.open(file) as drawn:
        small = drawn.convert("RGB").quantize(COLOURS)
    small.save(file, optimize=True)


if __name__ == "__main__":
    main()
