"""Every bad thing an IMAP server can do, and what we make of it."""

import socket
from datetime import datetime, timedelta, timezone

import pytest

from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.domain.errors import (
    MissingFolderError,
    RefusedLoginError,
    ThrottledError,
    TransientError,
    UnreachableError,
)
from tests.servers.scripted_imap import ScriptedImap, scripted_imap

MAILS = {3: b"Subject: c\r\n\r\nc\r\n", 5: b"Subject: e\r\n\r\nee\r\n", 9: b"i: j\r\n\r\n"}


def read(server: ScriptedImap, **changes: object) -> dict[int, bytes]:
    """What one look at the mailbox brings."""
    mailbox = ImapMailbox(server.access(**changes))
    try:
        status = mailbox.examine("INBOX")
        mailbox.sizes(status.uids)
        return {message.uid: message.data for message in mailbox.fetch(status.uids)}
    finally:
        mailbox.close()


def test_a_well_behaved_server_is_read() -> None:
    with scripted_imap(dict(MAILS)) as server:
        assert read(server) == MAILS
        assert not any("SELECT" in command for command in server.commands)
        fetches = [each for each in server.commands if "BODY" in each]
        assert len(fetches) == 1
        assert "BODY.PEEK[]" in fetches[0]


@pytest.mark.fault("F-S1-4", "F-S1-5", "F-S2-3", "F-S3-2", "F-S4-2")
@pytest.mark.parametrize(
    ("point", "fault", "error"),
    [
        ("greeting", "drop", UnreachableError),
        ("greeting", "stall", UnreachableError),
        ("greeting", "* BYE full", UnreachableError),
        ("greeting", "* PREAUTH welcome", UnreachableError),
        ("greeting", "SSH-2.0-OpenSSH", UnreachableError),
        ("greeting", "* OK " + "x" * 1_100_000, UnreachableError),
        ("LOGIN", "drop", UnreachableError),
        ("LOGIN", "stall", UnreachableError),
        ("LOGIN", "{tag} NO [AUTHENTICATIONFAILED] no", RefusedLoginError),
        ("LOGIN", "{tag} NO no", RefusedLoginError),
        ("LOGIN", "{tag} NO [UNAVAILABLE] later", ThrottledError),
        ("LOGIN", "* BYE Too many simultaneous connections", ThrottledError),
        ("EXAMINE", "drop", UnreachableError),
        ("EXAMINE", "trickle", UnreachableError),
        ("EXAMINE", "{tag} NO no such mailbox", MissingFolderError),
        ("EXAMINE", "{tag} NO [LIMIT] slow down", ThrottledError),
        ("EXAMINE", "* 3 EXISTS\r\n{tag} OK no validity", MissingFolderError),
        ("SEARCH", "drop", UnreachableError),
        ("SEARCH", "* SEARCH " + "1 " * 600_000 + "\r\n{tag} OK", UnreachableError),
        ("SEARCH", "{tag} NO no", TransientError),
    ],
)
def test_what_a_fault_means(point: str, fault: str, error: type[Exception]) -> None:
    with scripted_imap(dict(MAILS), faults={point: fault}) as server:
        with pytest.raises(TransientError) as caught:
            read(server)
        assert type(caught.value) is error
        assert f":{server.port}" in str(caught.value)
        assert len(str(caught.value)) < 500


@pytest.mark.fault("F-S1-4")
def test_a_trickling_greeting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.adapters.mail.imap_mailbox.line._GREETING_SECONDS", 0.3)
    with (
        scripted_imap(dict(MAILS), faults={"greeting": "trickle"}) as server,
        pytest.raises(UnreachableError),
    ):
        read(server)


@pytest.mark.fault("F-S1-3", "T-31")
def test_starttls_never_falls_back() -> None:
    with scripted_imap(dict(MAILS)) as server:
        with pytest.raises(UnreachableError, match="nothing was sent in the clear"):
            read(server, security="starttls")
        assert not any("LOGIN" in command for command in server.commands)


@pytest.mark.fault("F-S2-5", "T-25")
def test_a_password_in_the_servers_answer_is_blotted_out() -> None:
    fault = "{tag} NO user khtc password 'mat-khau-thu' \x1b[31m unknown"
    with scripted_imap(dict(MAILS), faults={"LOGIN": fault}) as server:
        with pytest.raises(RefusedLoginError) as caught:
            read(server)
        assert "mat-khau" not in str(caught.value)
        assert "\x1b" not in str(caught.value)


@pytest.mark.fault("F-S4-1")
def test_an_incomplete_search_is_not_believed() -> None:
    for answer in ("* SEARCH", "* SEARCH 3", "* SEARCH 9 3 3", "* SEARCH 3\r\n* SEARCH 5"):
        fault = f"{answer}\r\n{{tag}} OK done"
        with scripted_imap(dict(MAILS), faults={"SEARCH": fault}) as server:
            assert read(server) == MAILS, answer


@pytest.mark.fault("F-S4-2")
def test_a_search_in_any_order_is_sorted() -> None:
    with scripted_imap(
        dict(MAILS), faults={"SEARCH": "* SEARCH 9 3 5\r\n{tag} OK done"}
    ) as server:
        mailbox = ImapMailbox(server.access())
        assert mailbox.examine("INBOX").uids == (3, 5, 9)
        mailbox.close()


@pytest.mark.fault("F-S4-2")
def test_a_big_folder_is_searched_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """One answer with 100,000 numbers would be longer than imaplib's longest line."""
    monkeypatch.setattr("pipeline.adapters.mail.imap_mailbox.session._SEARCH_SPAN", 2)
    with scripted_imap(dict(MAILS)) as server:
        assert read(server) == MAILS
        searches = [each for each in server.commands if "SEARCH" in each]
        assert searches == ["UID SEARCH 1:2", "UID SEARCH 3:3"]


@pytest.mark.fault("F-S5-2", "F-S5-3", "F-S5-5")
@pytest.mark.parametrize(
    "fault",
    [
        "{tag} NO [EXPUNGEISSUED] gone",
        "{tag} BAD what",
        "drop",
        "stall",
        "* 2 FETCH (UID 5 BODY[] NIL)",
        '* 2 FETCH (UID 5 BODY[] "")',
        "* 2 FETCH (UID 5 BODY[] {{999999999}}",
        "* 2 FETCH (UID 77 BODY[] {{1}}\r\nx)",
        "* 2 FETCH (UID 5 BODY[] (((",
        "* 2 FETCH BODY[]",
        "* 2 FETCH (UID five BODY[] {{1}}\r\nx)",
        "* 2 FETCH (UID 5)",
        "* 2 FETCH (UID 5 BODY 7)",
        "",
    ],
)
def test_one_bad_message_does_not_keep_the_others(fault: str) -> None:
    with scripted_imap(dict(MAILS), faults={"BODY 5": fault}) as server:
        assert read(server) == {3: MAILS[3], 9: MAILS[9]}


@pytest.mark.fault("F-S5-2")
@pytest.mark.fault("F-S5-10")
def test_what_is_told_in_between_is_ignored() -> None:
    told = "* 1 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 5 FLAGS ($Junk))\r\n* 7 EXISTS"
    with scripted_imap(dict(MAILS), faults={"BODY 5": told, "SIZE 9": told}) as server:
        assert read(server).items() >= {3: MAILS[3], 9: MAILS[9]}.items()
        server.faults = {"BODY 5": [f"{told}\r\n* 2 FETCH (UID 5 FLAGS ())"]}
        assert read(server) == MAILS


@pytest.mark.fault("F-S1-1")
def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_asked: object, **_named: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    with scripted_imap(dict(MAILS)) as server:
        monkeypatch.setattr(socket, "getaddrinfo", unknown)
        with pytest.raises(UnreachableError, match="not known"):
            read(server, host="thu.example.test", security="tls")


@pytest.mark.parametrize("fault", ["drop", "stall", "{tag} NO later", "* BYE bye"])
def test_a_passing_fault_costs_only_time(fault: str) -> None:
    with scripted_imap(dict(MAILS), faults={"BODY 5": [fault]}) as server:
        assert read(server) == MAILS


@pytest.mark.parametrize("date", ["* 2 FETCH (UID 5 INTERNALDATE (x", "", "{tag} NO no"])
def test_a_message_without_a_sound_date_is_fetched_without(date: str) -> None:
    odd = "* 2 FETCH (UID 5 INTERNALDATE (x BODY[] {{1}}\r\nx)"
    faults = {"BODY 5": [odd, odd], "DATE 5": date}
    with scripted_imap(dict(MAILS), faults=faults) as server:
        mailbox = ImapMailbox(server.access())
        uids = mailbox.examine("INBOX").uids
        found = {message.uid: message for message in mailbox.fetch(uids)}
        mailbox.close()
    assert found[5].received_at is None
    assert found[9].received_at == datetime(
        2013, 7, 10, 9, 12, tzinfo=timezone(timedelta(hours=7))
    )


@pytest.mark.parametrize("fault", ["{tag} NO [EXPUNGEISSUED] gone", "* 2 FETCH (UID 5 ((("])
def test_a_fault_that_passes_does_not_cost_a_message_its_date(fault: str) -> None:
    """Twice refused with its date, it is asked for apart from it, and then for the date."""
    with scripted_imap(dict(MAILS), faults={"BODY 5": [fault, fault]}) as server:
        mailbox = ImapMailbox(server.access())
        (message,) = mailbox.fetch([mailbox.examine("INBOX").uids[1]])
        mailbox.close()
    assert message.data == MAILS[5]
    assert message.received_at is not None


def test_the_line_lost_over_a_date_loses_no_time_of_receipt() -> None:
    """Without its date the message is not taken: the next round asks again."""
    faults = {"BODY 5": ["{tag} NO no", "{tag} NO no"], "DATE 5": "drop"}
    with scripted_imap(dict(MAILS), faults=faults) as server:
        assert set(read(server)) == {3, 9}


def test_a_server_that_gives_no_date_gives_none() -> None:
    bare = '* 2 FETCH (UID 5 INTERNALDATE "10-Jul-2013 09:12:00" BODY[] {{1}}\r\nx)'
    with scripted_imap(dict(MAILS), faults={"BODY 5": bare}) as server:
        mailbox = ImapMailbox(server.access())
        (message,) = mailbox.fetch([mailbox.examine("INBOX").uids[1]])
        mailbox.close()
    assert message.received_at is None


@pytest.mark.fault("F-S5-4")
def test_a_trickled_message_ends() -> None:
    with scripted_imap(dict(MAILS), faults={"BODY 5": "trickle"}) as server:
        mailbox = ImapMailbox(server.access(timeout_seconds=0.2))
        mailbox.sizes(mailbox.examine("INBOX").uids)
        assert {message.uid for message in mailbox.fetch([3, 5, 9])} == {3, 9}
        mailbox.close()


def test_many_dead_lines_in_a_row_are_the_servers_fault() -> None:
    many = dict.fromkeys(range(1, 9), b"a: b\r\n\r\n")
    faults: dict[str, str | list[str]] = {f"BODY {uid}": "drop" for uid in many}
    with scripted_imap(many, faults=faults) as server, pytest.raises(UnreachableError):
        read(server)


@pytest.mark.fault("F-S5-8")
@pytest.mark.parametrize(
    "fault", ["{tag} NO [OVERQUOTA] bandwidth limits", "* BYE [LIMIT]"]
)
def test_a_throttled_fetch_ends_at_once(fault: str) -> None:
    with scripted_imap(dict(MAILS), faults={"BODY 5": fault}) as server:
        with pytest.raises(ThrottledError):
            read(server)
        assert sum("BODY" in command for command in server.commands) == 1


@pytest.mark.fault("F-S5-8")
def test_throttling_one_by_one_ends_too() -> None:
    faults: dict[str, str | list[str]] = {"BODY 5": ["{tag} NO", "{tag} NO [LIMIT] wait"]}
    with scripted_imap(dict(MAILS), faults=faults) as server, pytest.raises(ThrottledError):
        read(server)


@pytest.mark.parametrize("fault", ["{tag} NO no", "* 2 FETCH (UID 5 RFC822.SIZE big)", ""])
def test_a_size_that_is_not_told_is_zero_or_absent(fault: str) -> None:
    with scripted_imap(dict(MAILS), faults={"SIZE 5": fault}) as server:
        mailbox = ImapMailbox(server.access())
        uids = mailbox.examine("INBOX").uids
        sizes = mailbox.sizes(uids)
        assert sizes.get(5, 0) == 0
        assert sizes[3] == len(MAILS[3])
        assert {message.uid for message in mailbox.fetch(uids)} == {3, 5, 9}
        mailbox.close()


@pytest.mark.parametrize(
    "answer",
    [
        "* 2 FETCH (UID 5 RFC822.SIZE 77)",
        "* 2 FETCH (RFC822.SIZE 77 UID 5)",
        "* 2 FETCH (FLAGS (\\Seen) UID 5 RFC822.SIZE 77)",
        "* 2 FETCH (uid 5 rfc822.size 77)",
        "* 2 FETCH (UID 5 RFC822.SIZE 7)\r\n* 2 FETCH (UID 5 RFC822.SIZE 77)",
        "* 2 FETCH (FLAGS (\\Seen))\r\n* 2 FETCH (UID 5 RFC822.SIZE 77)",
    ],
)
def test_a_size_is_read_however_it_is_told(answer: str) -> None:
    with scripted_imap(dict(MAILS), faults={"SIZE 5": answer}) as server:
        mailbox = ImapMailbox(server.access())
        sizes = mailbox.sizes(mailbox.examine("INBOX").uids)
        mailbox.close()
    assert sizes == {3: len(MAILS[3]), 5: 77, 9: len(MAILS[9])}


def test_sizes_of_a_dead_server_are_trouble() -> None:
    faults: dict[str, str | list[str]] = {"SIZE 5": "drop"}
    with (
        scripted_imap(dict(MAILS), faults=faults) as server,
        pytest.raises(UnreachableError),
    ):
        read(server)


def test_an_idle_line_that_died_costs_nothing() -> None:
    with scripted_imap(dict(MAILS), faults={"EXAMINE": []}) as server:
        mailbox = ImapMailbox(server.access())
        mailbox.examine("INBOX")
        server.faults["EXAMINE"] = ["drop"]
        assert mailbox.examine("INBOX").uids == (3, 5, 9)
        assert server.connections == 2
        server.faults["EXAMINE"] = ["* BYE idle too long", "drop"]
        with pytest.raises(UnreachableError):
            mailbox.examine("INBOX")
        server.faults["EXAMINE"] = ["{tag} NO [LIMIT] x"]
        with pytest.raises(ThrottledError):
            mailbox.examine("INBOX")
        mailbox.close()


def test_a_folder_renumbered_while_it_is_read_is_left_for_later() -> None:
    with scripted_imap(dict(MAILS), faults={"BODY 5": "drop"}) as server:
        mailbox = ImapMailbox(server.access())
        uids = mailbox.examine("INBOX").uids
        server.uidvalidity = 78
        with pytest.raises(TransientError, match="renumbered"):
            list(mailbox.fetch(uids))
        mailbox.close()


@pytest.mark.fault("F-S5-1")
def test_wherever_the_line_is_cut_nothing_half_is_taken() -> None:
    """The stream ends after byte n, for n all over a session."""
    with scripted_imap(dict(MAILS)) as server:
        read(server)
        whole = server.sent_bytes
    assert whole > 500
    for cut in range(1, whole, 13):
        with scripted_imap(dict(MAILS), cut_after=cut) as server:
            try:
                first = read(server)
            except UnreachableError:
                first = {}
            assert first.items() <= MAILS.items()
            assert read(server) == MAILS


def percent_full(server: ScriptedImap) -> int | None:
    mailbox = ImapMailbox(server.access())
    try:
        return mailbox.percent_full()
    finally:
        mailbox.close()


WITH_QUOTA = "IMAP4rev1 QUOTA"


@pytest.mark.fault("F-S3-8")
@pytest.mark.parametrize(
    ("quota", "percent"),
    [
        ('* QUOTA "" (STORAGE 910 1000)\r\n', 91),
        ('* QUOTA "" (STORAGE 10 1000 MESSAGE 95 100)\r\n', 95),
        ('* QUOTA "" (STORAGE 7 0)\r\n', None),
        ("", None),
    ],
)
def test_the_fullest_quota_counts(quota, percent) -> None:
    with scripted_imap({}, capabilities=WITH_QUOTA, quota=quota) as server:
        assert percent_full(server) == percent


@pytest.mark.fault("F-S3-8")
@pytest.mark.parametrize(
    "fault", ["{tag} NO not for you", "* QUOTA nonsense\r\n{tag} OK done"]
)
def test_a_quota_that_cannot_be_had_is_no_trouble(fault) -> None:
    faults = {"GETQUOTAROOT": fault}
    with scripted_imap({}, faults=faults, capabilities=WITH_QUOTA) as server:
        assert percent_full(server) is None


def test_a_server_without_quotas_is_not_asked() -> None:
    with scripted_imap({}) as server:
        assert percent_full(server) is None
        assert not [each for each in server.commands if "QUOTA" in each]
