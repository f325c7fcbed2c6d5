"""A planner's day in a real browser: a held mail, its letter, a deadline, a total."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import Install
from tests.e2e.mail_system import MailSystem
from tests.e2e.mailbag import Mailbag
from tests.e2e.program import PROGRAM, Installation
from tests.servers.chromium import Chromium, chromium
from tests.servers.loopback import await_listener, free_ports
from tests.servers.pages import Browser

pytest_plugins = ["tests.servers.fixtures"]

USER = "khtc.console@example.test"
PASSWORD = "một mật khẩu dài"
DECISION = "details:has(form[action$='/{name}'])"


@pytest.fixture
def program(installed: Install) -> Installation:
    (port,) = free_ports(1)
    return installed(
        mailbox__username=USER, policy={"replies": "approve"}, console={"port": port}
    )


@pytest.fixture
def tab() -> Iterator[Chromium]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def site(program: Installation, tmp_path: Path) -> Iterator[str]:
    """The address of the console, served by a process of its own."""
    made = subprocess.run(
        [*_line(program), "console", "user", "add", "Lan", "--role", "planner"],
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Lan" in made.stdout
    port = program.settings["console"]["port"]
    process = program.start("console", "--allow-root", log=tmp_path / "console.log")
    try:
        await_listener(port, lambda: process.poll() is None)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(timeout=30) in (0, -15)


def _line(program: Installation) -> list[str]:
    return [sys.executable, str(PROGRAM), "--config", str(program.configuration)]


def decide(tab: Chromium, name: str, **fields: str) -> None:
    """Open a decision of the page, fill it in, and send it."""
    box = DECISION.format(name=name)
    tab.js(f'void (document.querySelector("{box}").open = true)')
    for field, value in {**fields, "why": "đã gọi điện"}.items():
        tab.fill(f"{box} [name={field}]", value)
    tab.submit(f"{box} button")


def national(tab: Chromium, site: str) -> str:
    tab.goto(f"{site}/nation?form=PL01")
    return str(tab.js("document.querySelector('main td.figure')?.innerText ?? ''"))


def test_a_planners_day(
    program: Installation, site: str, tab: Chromium, mail: MailSystem, mailbag: Mailbag
) -> None:
    typical, (weak,) = mailbag.typical(1), mailbag.of("weak-identity")
    mail.file(USER, [*typical, weak])
    program.fine("once")
    program.fine("consolidate")
    enter(tab, site)
    before = national(tab, site)

    assign_what_is_held(tab, site, str(weak.province))
    program.fine("once")
    assert mail.letters(weak.sender) == [], "it waits for a planner"
    release_letter(tab, site, _number(program, weak.sender))
    program.fine("once")
    mail.settle()
    (letter,) = mail.letters(weak.sender)
    assert letter["Auto-Submitted"] == "auto-replied"

    tab.goto(f"{site}/provinces/{weak.province}")
    decide(tab, "extend", date="2013-08-31")
    assert "31/08/2013 23:59" in tab.text

    program.fine("consolidate")
    assert before != national(tab, site) != ""
    explain_a_total(tab, _number(program, weak.sender))
    national(tab, site)
    tab.submit("tbody th a")
    assert tab.js("location.pathname") == "/forms/PL01"
    tab.goto(f"{site}/audit")
    for action in ("gán tỉnh", "duyệt gửi thư", "gia hạn", "đăng nhập"):
        assert action in tab.text
    assert tab.complaints == []
    foreign = {u for u in tab.requests if not u.startswith((f"{site}/", "data:"))}
    assert foreign == set()


def explain_a_total(tab: Chromium, message: int) -> None:
    """The first total of the page is led back to the mail that moved it."""
    tab.submit("main td.figure a")
    assert tab.js("location.pathname") == "/explain"
    link = f"a[href='/messages/{message}/forms/PL01']"
    tab.submit(f"tr:has({link}) {link}")
    assert tab.js("location.pathname") == f"/messages/{message}/forms/PL01"


def enter(tab: Chromium, site: str) -> None:
    """Go through the door."""
    tab.goto(f"{site}/log?state=held")
    assert tab.js("location.pathname") == "/login"
    tab.fill("[name=name]", "lan")
    tab.fill("[name=password]", PASSWORD)
    tab.submit("main button")


def assign_what_is_held(tab: Chromium, site: str, province: str) -> None:
    """The first mail that waits is assigned, and its first form turns green."""
    cell = f"document.querySelector(\"a[href='/provinces/{province}#PL01']\")"
    tab.goto(site)
    assert tab.js(f"{cell}.innerText") == "·"
    tab.submit(".decisions a")
    decide(tab, "assign", province=province)
    assert "Đã gán tỉnh" in tab.text
    tab.goto(site)
    assert str(tab.js(f"{cell}.innerText")).startswith("✓")


def release_letter(tab: Chromium, site: str, message: int) -> None:
    """The letter to a mail is read and let go."""
    tab.goto(f"{site}/letters?state=waiting")
    tab.submit(f"tr:has(a[href='/messages/{message}']) a")
    assert "Kính gửi" in tab.text
    decide(tab, "release")
    assert "Đã duyệt gửi" in tab.text


def _number(program: Installation, sender: str) -> int:
    (row,) = (r for r in program.rows("ingest_log") if r["sender"] == sender)
    return int(row["id"])


def test_the_daemon_serves_the_pages_too_and_ends_in_order(
    program: Installation, tmp_path: Path
) -> None:
    port = program.settings["console"]["port"]
    program.change(console={"port": port, "enabled": True})
    process = program.start("run", "--allow-root", log=tmp_path / "run.log")
    try:
        await_listener(port, lambda: process.poll() is None)
        assert "Đăng nhập" in Browser(port).get("/login").text
    finally:
        process.terminate()
        assert process.wait(timeout=60) == 0


def test_a_port_that_is_taken_is_told(program: Installation) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program.change(console={"port": taken.getsockname()[1]})
        said = program.run("console", "--allow-root")
    assert said.code == 78
    assert "console.port" in said.err
