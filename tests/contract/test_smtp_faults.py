"""Every bad thing at every point of an SMTP session, and what we make of it."""

import pytest

from pipeline.adapters.mail.smtp_postbox import SmtpPostbox
from pipeline.domain.errors import (
    PermanentError,
    PipelineError,
    RefusedLoginError,
    ThrottledError,
    TransientError,
    UnknownOutcomeError,
    UnreachableError,
)
from tests.servers.faulty_smtp import FaultySmtp, faulty_smtp

TO = "so@hanam.test"
LETTER = b"Subject: a\r\n\r\none\r\ntwo\r\n"
FAULTS = ("drop", "stall", "trickle", "421", "4xx", "5xx", "junk", "long")


def send(server: FaultySmtp, postbox: SmtpPostbox | None = None) -> list[str]:
    """Send one letter; how often the dot was reached."""
    dots: list[str] = []
    own = postbox or SmtpPostbox(server.access())
    try:
        own.send(TO, LETTER, lambda: dots.append("dot"))
    finally:
        if postbox is None:
            own.close()
    return dots


def expected(point: str, fault: str) -> type[PipelineError]:
    """The promise of the port."""
    special: dict[tuple[str, str], type[PipelineError]] = {
        ("auth", "5xx"): RefusedLoginError,
        ("rcpt", "4xx"): TransientError,
        ("rcpt", "5xx"): PermanentError,
        ("data", "4xx"): TransientError,
        ("data", "5xx"): TransientError,
        ("dot", "421"): UnreachableError,
        ("dot", "4xx"): TransientError,
        ("dot", "5xx"): PermanentError,
    }
    if point == "dot":
        return special.get((point, fault), UnknownOutcomeError)
    return special.get((point, fault), UnreachableError)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "point", ["greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot"]
)
def test_what_a_fault_means(point: str, fault: str) -> None:
    """Before the dot it is safe to try again; after it, only a clear word counts."""
    with faulty_smtp({point: fault}) as server:
        postbox = SmtpPostbox(server.access())
        dots: list[str] = []
        with pytest.raises(PipelineError) as caught:
            postbox.send(TO, LETTER, lambda: dots.append("dot"))
        assert type(caught.value) is expected(point, fault)
        assert f":{server.port}" in str(caught.value)
        assert dots == (["dot"] if point == "dot" else [])
        assert server.accepted == []
        postbox.close()


def test_a_line_lost_in_the_text_is_safe() -> None:
    with faulty_smtp({"body": "drop"}) as server:
        postbox = SmtpPostbox(server.access())
        big = b"Subject: a\r\n\r\n" + b"x" * 70 * 200_000 + b"\r\n"
        dots: list[str] = []
        with pytest.raises((UnreachableError, UnknownOutcomeError)) as caught:
            postbox.send(TO, big, lambda: dots.append("dot"))
        assert type(caught.value) is UnreachableError
        assert dots == []


def test_an_accepted_letter_whose_answer_is_lost_is_unknown() -> None:
    with faulty_smtp({"dot": "accept-and-drop"}) as server:
        with pytest.raises(UnknownOutcomeError, match="may or may not"):
            send(server)
        assert len(server.accepted) == 1


def test_any_2xx_after_the_dot_is_a_yes() -> None:
    with faulty_smtp({"dot": "other"}) as server:
        assert send(server) == ["dot"]
        assert len(server.accepted) == 1


@pytest.mark.parametrize("point", ["greeting", "mail", "rcpt", "data", "body", "dot"])
def test_the_next_letter_takes_a_new_line(point: str) -> None:
    with faulty_smtp({point: "drop"}, times=1) as server:
        postbox = SmtpPostbox(server.access())
        with pytest.raises(PipelineError):
            send(server, postbox)
        assert send(server, postbox) == ["dot"]
        assert server.connections == 2
        assert len(server.accepted) == 1
        postbox.close()


def test_an_idle_line_that_died_costs_nothing() -> None:
    """A server may hang up between two letters; nothing was begun, so just redial."""
    with faulty_smtp({"mail": "421"}, times=0) as server:
        postbox = SmtpPostbox(server.access())
        send(server, postbox)
        server.times = 1
        assert send(server, postbox) == ["dot"]
        assert (server.connections, len(server.accepted)) == (2, 2)
        postbox.close()


def test_a_server_that_stays_dead_is_not_redialled_for_ever() -> None:
    with faulty_smtp({"mail": "drop"}, times=0) as server:
        postbox = SmtpPostbox(server.access())
        send(server, postbox)
        server.times = 1_000
        with pytest.raises(UnreachableError):
            send(server, postbox)
        assert server.connections == 2
        postbox.close()


def test_nobody_listens() -> None:
    with faulty_smtp({}) as server:
        access = server.access()
    with pytest.raises(UnreachableError, match="refused"):
        SmtpPostbox(access).check()


def test_asking_for_less_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("tests.servers.faulty_smtp", fromlist=["_BAD"])._BAD,
        "4xx",
        "450 4.2.1 Too many messages, try later",
    )
    with faulty_smtp({"mail": "4xx"}) as server, pytest.raises(ThrottledError):
        send(server)


def test_eight_bits_need_a_server_that_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        __import__("tests.servers.faulty_smtp", fromlist=["_GOOD"])._GOOD, "ehlo", "250 old"
    )
    with faulty_smtp({}) as server:
        postbox = SmtpPostbox(server.access(username=None))
        with pytest.raises(PermanentError, match="8-bit"):
            postbox.send(TO, "Sở".encode(), lambda: None)
        assert send(server, postbox) == ["dot"]
        assert f"rcpt TO:<{TO}>" in server.lines, "no DSN options for an old server"
        postbox.close()


def test_failures_are_asked_for_where_offered() -> None:
    with faulty_smtp({}) as server:
        send(server)
        assert "mail FROM:<khtc@example.test> RET=HDRS" in server.lines
        assert f"rcpt TO:<{TO}> NOTIFY=FAILURE" in server.lines


def test_a_password_in_the_servers_answer_is_blotted_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(
        __import__("tests.servers.faulty_smtp", fromlist=["_BAD"])._BAD,
        "5xx",
        "535 no such password: mat-khau-thu \x1b[31m",
    )
    with faulty_smtp({"auth": "5xx"}) as server:
        with pytest.raises(RefusedLoginError, match=r"password: \*\*\* ") as caught:
            send(server)
        assert "\x1b" not in str(caught.value)


def test_closing_never_raises() -> None:
    with faulty_smtp({"quit": "drop"}) as server:
        postbox = SmtpPostbox(server.access())
        send(server, postbox)
        postbox.close()
        postbox.close()
