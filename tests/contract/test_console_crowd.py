"""Clients that send nothing, slowly, too often or nonsense do not shut the pages."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pipeline.cli.main import system_clock
from pipeline.console import entry
from pipeline.console.entry import enter
from pipeline.console.turnstile import MOST_KEYS, Turnstile
from pipeline.console.web.headers import HEADERS
from pipeline.console.web.patience import Patience
from pipeline.console.web.serving import PageServer
from pipeline.console.web.threshold import STEP, until_next_step
from pipeline.domain.errors import TransientError
from tests.servers.console_world import Console
from tests.servers.pages import Browser, Got, serving

pytest_plugins = ["tests.servers.console_fixtures"]
HURRIED = Patience(head=0.3, whole=0.6, body=0.3, connections=8)


@contextmanager
def hurried(console: Console) -> Iterator[Browser]:
    """A planner at a server with little patience."""
    with serving(console.world, HURRIED) as port:
        browser = Browser(port)
        assert browser.enter("planner").status == 303
        yield browser


def everything(connection: socket.socket) -> bytes:
    """What comes until the server shuts the connection."""
    connection.settimeout(20)
    came = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return came
        if not piece:
            return came
        came += piece


def half_a_form(port: int, path: str, cookie: str = "") -> socket.socket:
    """A connection that promises a form and sends one byte of it."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\n"
        "Content-Length: 100\r\n\r\nx".encode()
    )
    return connection


def test_idle_connections_do_not_shut_the_pages(console: Console) -> None:
    with hurried(console) as browser, ExitStack() as crowd:
        for _ in range(3 * HURRIED.connections):
            crowd.enter_context(socket.create_connection(("127.0.0.1", browser.port)))
        assert browser.get("/letters").status == 200


@pytest.mark.parametrize(
    "said",
    [b"", b"GET / HTTP/1.1\r\nHost:", b"GET /login HTTP/1.1\r\nHost: x\r\n\r\n"],
)
def test_who_sends_no_request_in_time_is_sent_away(console: Console, said: bytes) -> None:
    with hurried(console) as browser:
        idle = socket.create_connection(("127.0.0.1", browser.port))
        idle.sendall(said)
        assert everything(idle).startswith(b"HTTP/1.1 200" if b"login" in said else b"")
        idle.close()


def test_a_form_that_does_not_arrive_is_given_up(console: Console) -> None:
    with hurried(console) as browser:
        cookie = "; ".join(f"{n}={v}" for n, v in browser.cookies.items())
        for path, status in (("/letters/pause", b"408"), ("/login", b"408")):
            with half_a_form(browser.port, path, cookie) as slow:
                told = everything(slow)
            assert told.startswith(b"HTTP/1.1 " + status), path
            assert b"content-security-policy" in told
        with half_a_form(browser.port, "/letters/pause") as stranger:
            assert everything(stranger).startswith(b"HTTP/1.1 303"), "not even read"
        assert not console.world.desk.paused()


def test_what_is_no_request_gets_a_page_with_the_headers(console: Console) -> None:
    with socket.create_connection(("127.0.0.1", console.port)) as rude:
        rude.sendall(b"\x16\x03\x01 nonsense\r\n\r\n")
        told = everything(rude)
    assert told.startswith(b"HTTP/1.1 400")
    assert b"Content-Security-Policy: default-src 'none'" in told
    assert "Yêu cầu không đọc được" in told.decode()


def assert_polite(got: Got, status: int) -> None:
    assert got.status == status
    assert {name.lower() for name in HEADERS} <= set(got.headers)
    assert got.headers["cache-control"] == "no-store"
    assert "<h1>" in got.html


def test_a_fault_of_ours_is_a_polite_page_with_the_headers(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = console.browser("planner")
    assert_polite(browser.get("/log?since=0001-01-01"), 409)

    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(type(console.world.ledger), "state_counts", broken)
    got = browser.get("/")
    assert_polite(got, 500)
    assert "lỗi của chương trình" in got.text


def test_a_ledger_that_is_away_is_told_at_the_door_and_inside(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, outside = console.browser("planner"), console.browser()
    token = outside.get("/login").token

    def away(*_: object) -> None:
        raise TransientError("database: away")

    for name in ("account", "visitor"):
        monkeypatch.setattr(type(console.world.ledger), name, away)
    fields = {"token": token, "name": "planner", "password": "x"}
    for got in (inside.get("/"), outside.post("/login", fields)):
        assert_polite(got, 503)
        assert "database" not in got.text, "a stranger learns nothing of the inside"


def test_ten_wrong_tries_shut_the_door_to_an_address(console: Console) -> None:
    browser = console.browser()
    for number in range(10):
        assert browser.enter(f"nobody{number}", "wrong").status == 403
    refused = browser.enter("viewer")
    assert (refused.status, refused.headers["retry-after"]) == (429, "300")
    assert "khtc_session" not in browser.cookies
    token = browser.get("/login").token
    fields = {"token": token, "name": "viewer", "password": "một mật khẩu dài"}
    forged = browser.post("/login", fields, **{"X-Forwarded-For": "198.51.100.7"})
    assert forged.status == 429, "nobody is believed who is no configured proxy"


@pytest.mark.parametrize(
    ("proxies", "status"), [(["127.0.0.1"], 303), (["192.0.2.1"], 429)]
)
def test_only_a_configured_proxy_says_whose_tries_are_counted(
    console: Console, proxies: list[str], status: int
) -> None:
    with serving(console.world, proxies=proxies) as port:
        browser = Browser(port)
        for number in range(10):
            browser.enter(f"nobody{number}", "wrong")
        token = browser.get("/login").token
        fields = {"token": token, "name": "viewer", "password": "một mật khẩu dài"}
        said = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https"}
        got = browser.post("/login", fields, **said)
        assert got.status == status
        kept = [each for each in got.cookies if each.startswith("khtc_session")]
        assert all("Secure" in each for each in kept)


def test_sixty_decisions_a_minute_are_enough(console: Console) -> None:
    at = system_clock()
    with serving(replace(console.world, clock=lambda: at)) as port:
        browser = Browser(port)
        assert browser.enter("planner").status == 303
        fields = {"token": browser.get("/letters").token}
        got = {browser.post("/letters/pause", fields).status for _ in range(60)}
        assert got == {409}, "no reason is given"
        assert browser.post("/letters/pause", fields).status == 429
        assert browser.get("/letters").status == 200


def test_a_turnstile_forgets_what_is_long_ago_and_bounds_what_it_keeps() -> None:
    gate, at = Turnstile(2, timedelta(minutes=1)), datetime(2013, 7, 1, tzinfo=UTC)
    assert [gate.passes("a", at) for _ in range(3)] == [True, True, False]
    assert gate.passes("b", at)
    assert gate.passes("a", at + timedelta(minutes=1))
    for number in range(MOST_KEYS + 10):
        gate.passes(str(number), at)
    assert len(gate) == MOST_KEYS


def test_a_locked_account_a_wrong_password_and_no_account_take_the_same_work(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One password is tried, and one failure noted, whoever is asked for."""
    tried: list[str] = []

    def matches(password: str, record: str) -> bool:
        tried.append(record.split("$", maxsplit=1)[0])
        return False

    monkeypatch.setattr(entry, "matches", matches)
    for _ in range(6):
        enter(console.world, "viewer", "x")
    enter(console.world, "nobody", "x")
    assert tried == ["scrypt"] * 7


def test_a_wrong_try_is_answered_at_the_stroke_of_a_quarter_second() -> None:
    assert until_next_step(0.05) == pytest.approx(STEP - 0.05)
    assert until_next_step(STEP + 0.01) == pytest.approx(STEP - 0.01)


def test_the_disk_is_told_in_health(console: Console) -> None:
    session = console.browser("viewer").cookies
    for free, told in ((5 << 30, "còn 5 GB"), (200 << 20, "sắp đầy")):
        with serving(replace(console.world, free_bytes=lambda free=free: free)) as port:
            assert told in Browser(port, session).get("/").text


def test_what_the_first_visitor_would_wait_for_is_worked_out_before(
    looked_at: Console,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = looked_at.world
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = PageServer(world, door)
        server.warm()
        name, mark = ("coverage", world.rounds[0].id), world.newest_event()
        assert world.memory.recall(name, mark, pytest.fail)

        def away(*_: object) -> None:
            raise TransientError("database: away")

        monkeypatch.setattr(type(world.ledger), "event_page", away)
        server.warm()
        assert "warming: database: away" in caplog.text
