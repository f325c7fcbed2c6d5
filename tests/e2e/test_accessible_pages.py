"""Every page of the console in a real browser: axe finds nothing, nothing is logged."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.console.doors import DOORS
from tests.servers.chromium import Chromium, chromium
from tests.servers.console_world import ASKED, BROKEN, NOBODY, Console

pytest_plugins = ["tests.servers.console_fixtures"]

AXE = Path(__file__).parents[1] / "servers" / "axe" / "axe.min.js"
AXE_SHA256 = "84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"
RUN = """axe.run(document, {resultTypes: ["violations"]}).then(found =>
  found.violations.flatMap(each => each.nodes.map(node => `${each.id}: ${node.html}`)))"""
DESK, TELEPHONE = 1280, 360
NOT_PAGES = ("/pulse", "/log.csv", "/messages/{number}/raw", "/runs/{number}/{file}")
MORE = (
    *(f"/messages/{BROKEN}", f"/messages/{ASKED}", "/reminders?preview=1", "/none"),
    *("/nation?form=PL02&level=region8", "/log?state=held&search=x", "/explain?row=x"),
)

SWAPPED = """new Promise(done => {
  const look = () => document.querySelector("main [role=status]")
    ? requestAnimationFrame(look) : done(document.activeElement.localName);
  look();
})"""
"""What has the focus once the page at work gave way to its answer."""
TORN = """[...document.querySelectorAll(".address, .place")].filter(each => {
  const range = document.createRange();
  range.selectNodeContents(each);
  const lines = new Set([...range.getClientRects()].map(box => Math.round(box.top)));
  return lines.size > 1 && !/\\s/.test(each.textContent);
}).map(each => each.textContent)"""
"""Addresses of cells that stand on more than one line."""


def pages() -> list[str]:
    named = {"{number}": "1", "{code}": "02", "{form}": "PL01"}
    found = []
    for door in DOORS:
        if not door.changes and door.path not in NOT_PAGES:
            path = door.path
            for name, value in named.items():
                path = path.replace(name, value)
            found.append(path)
    return [*found, *MORE]


@pytest.fixture(scope="module")
def axe() -> str:
    source = AXE.read_bytes()
    assert hashlib.sha256(source).hexdigest() == AXE_SHA256
    return source.decode("utf-8")


@pytest.fixture(scope="module")
def tab(looked_at: Console) -> Iterator[Chromium]:
    with chromium() as browser:
        for name, value in looked_at.browser("administrator").cookies.items():
            if name == "khtc_session":
                url = f"http://127.0.0.1:{looked_at.port}/"
                browser.ask("Network.setCookie", name=name, value=value, url=url)
        yield browser


def look(tab: Chromium, axe: str, url: str) -> list[Any]:
    """What axe has against a page, with every form of a decision open."""
    tab.goto(url)
    tab.js('document.querySelectorAll("details").forEach(each => { each.open = true; })')
    tab.js(f"{axe}; undefined")
    found = tab.js(RUN)
    assert isinstance(found, list), found
    return found


def test_every_page_is_accessible_and_quiet(
    looked_at: Console, tab: Chromium, axe: str
) -> None:
    site = f"http://127.0.0.1:{looked_at.port}"
    tab.size(DESK)
    faults = {path: look(tab, axe, site + path) for path in pages()}
    assert [f"{path} {each}" for path, found in faults.items() for each in found] == []
    quiet = [each for each in tab.complaints if "status of 40" not in each]
    assert quiet == []
    foreign = {url for url in tab.requests if not url.startswith((f"{site}/", "data:"))}
    assert foreign == set()


def test_pages_fit_a_telephone_and_stay_accessible(
    looked_at: Console, tab: Chromium, axe: str
) -> None:
    site = f"http://127.0.0.1:{looked_at.port}"
    tab.size(TELEPHONE, 740)
    for path in pages():
        tab.goto(site + path)
        wide = tab.js("document.documentElement.scrollWidth")
        assert wide <= TELEPHONE, (path, wide)
    for path in (f"/messages/{NOBODY}", "/nation"):
        assert look(tab, axe, site + path) == [], path


def test_an_address_of_a_cell_stands_on_one_line(looked_at: Console, tab: Chromium) -> None:
    tab.size(TELEPHONE, 740)
    tab.goto(f"http://127.0.0.1:{looked_at.port}/messages/{BROKEN}")
    shown = tab.js('[...document.querySelectorAll(".place")].map(each => each.innerText)')
    assert "PL1!H10" in shown
    assert tab.js(TORN) == []


def test_axe_finds_what_is_wrong(looked_at: Console, tab: Chromium, axe: str) -> None:
    tab.goto(f"http://127.0.0.1:{looked_at.port}/login")
    tab.js('document.querySelector("input[name=name]").closest("label").before("x")')
    tab.js('document.body.insertAdjacentHTML("beforeend", "<img src=x><button></button>")')
    tab.js(f"{axe}; undefined")
    found = json.dumps(tab.js(RUN))
    assert "image-alt" in found
    assert "button-name" in found


def test_a_difference_appears_by_itself_and_is_accessible(
    looked_at: Console, tab: Chromium, axe: str
) -> None:
    site = f"http://127.0.0.1:{looked_at.port}"
    tab.size(DESK)
    tab.goto(f"{site}/messages/{ASKED}/difference")
    again = str(tab.js("document.body.dataset.again"))
    mark = again.partition("?as=")[2]
    assert looked_at.world.errands.settled((f"difference {ASKED}", mark))
    assert tab.js(SWAPPED) == "main"
    assert look(tab, axe, site + again) == []
    assert tab.js("document.body.dataset.again") is None
    tab.size(TELEPHONE, 740)
    assert tab.js("document.documentElement.scrollWidth") <= TELEPHONE
