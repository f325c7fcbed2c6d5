"""Who gets into the console, what a forged request gets, what every answer bears."""

from datetime import timedelta

import pytest

from pipeline.console.doors import DOORS
from pipeline.console.entry import TRIES, enter, who_is
from pipeline.console.passwords import keep, matches
from pipeline.console.web.threshold import own_path
from pipeline.domain.errors import PermanentError
from pipeline.domain.people import Role
from tests.servers.console_world import NOBODY, Console
from tests.servers.pages import PASSWORD

pytest_plugins = ["tests.servers.console_fixtures"]
PLACES = {"{number}": "1", "{code}": "02", "{form}": "PL01", "{file}": "totals.csv"}


def addresses(*, changes: bool) -> list[str]:
    found = []
    for door in DOORS:
        if door.changes == changes:
            path = door.path
            for name, value in PLACES.items():
                path = path.replace(name, value)
            found.append(path)
    return found


def test_a_password_is_kept_as_a_salted_record() -> None:
    first, second = keep(PASSWORD), keep(PASSWORD)
    assert first != second
    assert PASSWORD not in first
    assert matches(PASSWORD, first)
    assert matches(PASSWORD, second)
    assert not matches(PASSWORD + " ", first)


@pytest.mark.parametrize("password", ["", "elevenchars", "x" * 201])
def test_a_password_too_short_or_too_long_is_refused(password) -> None:
    with pytest.raises(PermanentError, match="12 to 200"):
        keep(password)


def test_the_right_password_opens_a_session_that_ends(console: Console) -> None:
    token = enter(console.world, " Planner ", PASSWORD)
    person = who_is(console.world, token)
    assert person is not None
    assert (person.name, person.role) == ("planner", Role.PLANNER)
    later = console.world.clock() + timedelta(hours=13)
    ledger = console.world.ledger
    assert ledger.visitor("no such", later) is None
    browser = console.browser("viewer")
    assert browser.get("/").status == 200
    assert browser.post("/logout", {"token": browser.get("/").token}).status == 303
    gone = browser.get("/")
    assert (gone.status, gone.headers["location"]) == (303, "/login?next=/")


def test_a_new_password_ends_the_sessions_of_the_old_one(console: Console) -> None:
    browser = console.browser("planner")
    ledger, now = console.world.ledger, console.world.clock()
    assert ledger.add_account("planner", Role.VIEWER, keep(PASSWORD), "me", now) is False
    assert browser.get("/").status == 303
    assert [account.name for account in ledger.accounts()] == sorted(Role)


@pytest.mark.fault("T-37")
def test_five_wrong_passwords_shut_an_account_for_a_while(console: Console) -> None:
    browser = console.browser()
    for _ in range(TRIES):
        assert browser.enter("planner", "wrong password").status == 403
    refused = browser.enter("planner")
    assert refused.status == 403
    assert "khtc_session" not in browser.cookies
    account = console.world.ledger.account("planner")
    assert account is not None
    assert account.locked(console.world.clock())
    assert not account.locked(console.world.clock() + timedelta(minutes=16))
    assert browser.enter("viewer").status == 303


def test_an_unknown_name_is_answered_like_a_wrong_password(looked_at: Console) -> None:
    browser = looked_at.browser()
    unknown, wrong = browser.enter("nobody"), browser.enter("viewer", "wrong")
    assert (unknown.status, wrong.status) == (403, 403)
    assert unknown.text == wrong.text


@pytest.mark.parametrize("path", addresses(changes=False))
def test_no_page_is_shown_before_the_door(looked_at: Console, path) -> None:
    got = looked_at.browser().get(path)
    assert (got.status, got.body) == (303, b"")
    assert got.headers["location"].startswith("/login?next=")


@pytest.mark.parametrize("path", addresses(changes=True))
def test_a_decision_needs_a_planner_and_a_form_of_ours(looked_at: Console, path) -> None:
    ledger = looked_at.world.ledger
    stranger, viewer = looked_at.browser(), looked_at.browser("viewer")
    planner, other = looked_at.browser("planner"), looked_at.browser("administrator")
    before = ledger.event_page(None, None, 1)[0]["number"]
    fields = {"why": "x", "province": "02", "form": "PL02"}
    assert stranger.post(path, fields).status == 303
    assert viewer.decide("/", path, **fields).status == 403
    assert planner.post(path, fields).status == 403
    assert planner.post(path, {**fields, "token": other.get("/").token}).status == 403
    ours = {**fields, "token": planner.get("/").token}
    evil = planner.post(path, ours, Origin="https://evil.example")
    assert evil.status == 403
    assert ledger.event_page(None, None, 1)[0]["number"] == before


def test_a_login_that_no_page_of_ours_made_is_refused(looked_at: Console) -> None:
    browser = looked_at.browser()
    fields = {"name": "viewer", "password": PASSWORD, "token": "x"}
    assert browser.post("/login", fields).status == 403
    token = browser.get("/login").token
    sent = {**fields, "token": token}
    assert browser.post("/login", sent, Origin="https://evil.example").status == 403
    assert "khtc_session" not in browser.cookies


def test_every_answer_bears_the_headers_of_safety(looked_at: Console) -> None:
    browser = looked_at.browser("planner")
    for path in ("/", "/login", "/none", "/static/console.css", f"/messages/{NOBODY}/raw"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(looked_at: Console) -> None:
    browser = looked_at.browser()
    cookies = browser.enter("viewer").cookies
    (session,) = [c.lower() for c in cookies if c.startswith("khtc_session=")]
    assert "httponly" in session
    assert "samesite=lax" in session


@pytest.mark.parametrize(
    "path",
    [
        *("/messages/0", "/messages/99", "/messages/abc", "/messages/1%00", "/none"),
        *("/messages/1/forms/PL99", "/provinces/99", "/provinces/..", "/forms/x"),
        *("/static/../vi.json", "/static/%2e%2e/vi.json", "/static/..%2f..%2fcli/vi.json"),
        *("/letters/99", "/?round=none", "/log?before=x", "/messages/-1", "/messages/1e3"),
    ],
)
def test_a_trick_with_an_address_finds_nothing(looked_at: Console, path) -> None:
    got = looked_at.browser("administrator").get(path)
    assert got.status == 404
    assert "Không có trang này" in got.text


def test_a_form_of_any_length_is_not_read(looked_at: Console) -> None:
    browser = looked_at.browser("planner")
    got = browser.decide("/", "/letters/pause", more="x" * 70_000)
    assert got.status == 413
    assert not looked_at.world.desk.paused()
    stranger = looked_at.browser()
    fields = {"name": "x" * 70_000, "token": stranger.get("/login").token}
    assert stranger.post("/login", fields).status == 413


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/log?state=held", "/log?state=held"),
        ("//evil.example", "/"),
        ("//[", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("/a\r\nSet-Cookie: x=1", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_the_door_one_stays_in_the_house(wanted, path) -> None:
    assert own_path(wanted) == path


def test_the_language_is_switched_and_kept(looked_at: Console) -> None:
    browser = looked_at.browser("viewer")
    assert "Sổ thư" in browser.get("/").text
    assert browser.get("/language/en?next=/log").headers["location"] == "/log"
    assert "Ingest log" in browser.get("/log").text
    assert browser.get("/language/xx").status == 303
    assert 'lang="en"' in browser.get("/").html
