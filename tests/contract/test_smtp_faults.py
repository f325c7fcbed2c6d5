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
from tests.servers.faulty_smtp import FAULTS, FaultySmtp, faulty_smtp

TO = "so@hanam.test"
LETTER = b"Subject: a\r\n\r\none\r\ntwo\r\n"


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


@pytest.mark.fault("F-S13-1", "F-S13-3")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "point", ["greeting", "ehlo", "auth", "mail", "rcpt", "data", "dot"]
)
@pytest.mark.parametrize("pipelining", [False, True])
def test_what_a_fault_means(point: str, fault: str, pipelining: bool) -> None:
    """Before the dot it is safe to try again; after it, only a clear word counts."""
    with faulty_smtp({point: fault}, pipelining=pipelining) as server:
        postbox = SmtpPostbox(server.access())
        dots: list[str] = []
        with pytest.raises(PipelineError) as caught:
            postbox.send(TO, LETTER, lambda: dots.append("dot"))
        assert type(caught.value) is expected(point, fault)
        assert f":{server.port}" in str(caught.value)
        assert dots == (["dot"] if point == "dot" else [])
        assert server.accepted == []
        postbox.close()


@pytest.mark.fault("F-S13-4")
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_happens_in_the_text_is_safe(fault: str) -> None:
    """A server that speaks before the dot is not sent one."""
    with faulty_smtp({"body": fault}, times=1) as server:
        postbox = SmtpPostbox(server.access())
        big = b"Subject: a\r\n\r\n" + (b"x" * 70 + b"\r\n") * 60_000
        dots: list[str] = []
        with pytest.raises(TransientError):
            postbox.send(TO, big, lambda: dots.append("dot"))
        assert dots == server.accepted == []
        postbox.close()


@pytest.mark.parametrize("together", [False, True])
def test_a_word_out_of_turn_is_no_answer_to_the_dot(together: bool) -> None:
    """451 before the dot and 250 after it: sent again, it would come twice."""
    faults = {"data": "354 go on\r\n451 later"} if together else {"body": "451 later"}
    with faulty_smtp(faults, times=1) as server:
        postbox = SmtpPostbox(server.access())
        big = b"Subject: a\r\n\r\n" + (b"x" * 70 + b"\r\n") * 60_000
        with pytest.raises(TransientError, match="before the final dot"):
            send(server, postbox) if together else postbox.send(TO, big, lambda: None)
        assert send(server, postbox) == ["dot"]
        assert len(server.accepted) == 1
        postbox.close()


def test_an_accepted_letter_whose_answer_is_lost_is_unknown() -> None:
    with faulty_smtp({"dot": "accept-and-drop"}) as server:
        with pytest.raises(UnknownOutcomeError, match="may or may not"):
            send(server)
        assert len(server.accepted) == 1


@pytest.mark.parametrize("refusal", ["451 later", "554 never"])
def test_a_refusal_followed_by_a_yes_is_unknown(refusal: str) -> None:
    """The refusal was said before the dot: sent again, the letter would come twice."""
    with (
        faulty_smtp({"dot": f"{refusal}\r\n250 taken"}) as server,
        pytest.raises(UnknownOutcomeError, match="nobody knows"),
    ):
        send(server)


def test_any_2xx_after_the_dot_is_a_yes() -> None:
    with faulty_smtp({"dot": "299 well"}) as server:
        assert send(server) == ["dot"]
        assert len(server.accepted) == 1


def test_the_envelope_leaves_at_once_where_the_server_offers_that() -> None:
    """It answers no command before it has all three; without that it would wait."""
    with faulty_smtp({}, pipelining=True) as server:
        postbox = SmtpPostbox(server.access())
        assert [send(server, postbox) for _ in range(3)] == [["dot"]] * 3
        assert (server.connections, len(server.accepted)) == (1, 3)
        assert server.lines[2:5] == [
            "mail FROM:<khtc@example.test> RET=HDRS",
            f"rcpt TO:<{TO}> NOTIFY=FAILURE",
            "DATA",
        ]
        postbox.close()


def test_no_text_follows_a_refused_recipient_though_the_server_would_take_it() -> None:
    with faulty_smtp({"rcpt": "550 no such office"}, times=1, pipelining=True) as server:
        postbox = SmtpPostbox(server.access())
        with pytest.raises(PermanentError, match="no such office"):
            send(server, postbox)
        assert server.accepted == []
        assert send(server, postbox) == ["dot"]
        assert server.connections == 2
        postbox.close()


def test_a_line_is_left_before_the_server_tires_of_it() -> None:
    with faulty_smtp({}) as server:
        postbox = SmtpPostbox(server.access())
        for _ in range(19):
            send(server, postbox)
        assert (server.connections, len(server.accepted)) == (2, 19)
        postbox.close()


@pytest.mark.parametrize("point", ["greeting", "mail", "rcpt", "data", "body", "dot"])
@pytest.mark.parametrize("pipelining", [False, True])
def test_the_next_letter_takes_a_new_line(point: str, pipelining: bool) -> None:
    with faulty_smtp({point: "drop"}, times=1, pipelining=pipelining) as server:
        postbox = SmtpPostbox(server.access())
        with pytest.raises(PipelineError):
            send(server, postbox)
        assert send(server, postbox) == ["dot"]
        assert server.connections == 2
        assert len(server.accepted) == 1
        postbox.close()


@pytest.mark.parametrize("pipelining", [False, True])
def test_an_idle_line_that_died_costs_nothing(pipelining: bool) -> None:
    """A server may hang up between two letters; nothing was begun, so just redial."""
    with faulty_smtp({"mail": "421"}, times=0, pipelining=pipelining) as server:
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


@pytest.mark.fault("F-S1-2")
def test_nobody_listens() -> None:
    with faulty_smtp({}) as server:
        access = server.access()
    with pytest.raises(UnreachableError, match="refused"):
        SmtpPostbox(access).check()


def test_asking_for_less_is_understood() -> None:
    fault = "450 4.2.1 Too many messages, try later"
    with faulty_smtp({"mail": fault}) as server, pytest.raises(ThrottledError):
        send(server)


def test_eight_bits_need_a_server_that_takes_them() -> None:
    with faulty_smtp({"ehlo": "250 old"}) as server:
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


@pytest.mark.fault("F-S2-5")
def test_a_password_in_the_servers_answer_is_blotted_out() -> None:
    fault = "535 no such password: mat-khau-thu \x1b[31m"
    with faulty_smtp({"auth": fault}) as server:
        with pytest.raises(RefusedLoginError, match=r"password: \*\*\* ") as caught:
            send(server)
        assert "\x1b" not in str(caught.value)


def test_closing_never_raises() -> None:
    with faulty_smtp({"quit": "drop"}) as server:
        postbox = SmtpPostbox(server.access())
        send(server, postbox)
        postbox.close()
        postbox.close()
