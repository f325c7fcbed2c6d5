"""Login by OAuth 2: a real token endpoint over TLS, IMAP and SMTP that ask for tokens."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from pipeline.adapters.mail.imap_mailbox import ImapMailbox
from pipeline.adapters.mail.oauth2_token import TokenSource
from pipeline.adapters.mail.smtp_postbox import SmtpPostbox
from pipeline.assembly import mailbox_access, open_postbox, read_plan
from pipeline.domain.errors import (
    ConfigError,
    RefusedLoginError,
    ThrottledError,
    UnreachableError,
)
from pipeline.ports.access import PostboxAccess, TokenAccess
from pipeline.settings import load_settings
from tests.contract.test_commands import Place
from tests.servers.certificates import Certificates
from tests.servers.loopback import free_ports
from tests.servers.scripted_imap import ScriptedImap, scripted_imap
from tests.servers.token_server import TokenEndpoint, running_token_endpoint

pytest_plugins = ["tests.servers.fixtures"]


@dataclass
class Office:
    """A token endpoint, the file of the refresh token, and how to ask."""

    endpoint: TokenEndpoint
    file: Path
    access: TokenAccess

    def source(self, **changes: object) -> TokenSource:
        return TokenSource(replace(self.access, **changes))


@pytest.fixture
def office(certificates: Certificates, tmp_path: Path) -> Iterator[Office]:
    file = tmp_path / "refresh-token"
    file.write_text("refresh-1\n")
    file.chmod(0o600)
    with running_token_endpoint(certificates) as endpoint:
        access = TokenAccess(
            token_url=endpoint.url,
            client_id="khtc",
            refresh_token_file=str(file),
            client_secret="rat-bi-mat",
            scope="mail",
            ca_file=str(certificates.ca_file),
        )
        yield Office(endpoint, file, access)


def test_a_token_is_fetched_once_while_it_lives(office: Office) -> None:
    now = [0.0]
    source = TokenSource(office.access, lambda: now[0])
    assert source.token() == source.token() == "access-1"
    assert office.endpoint.asked == [
        {
            "grant_type": "refresh_token",
            "client_id": "khtc",
            "client_secret": "rat-bi-mat",
            "scope": "mail",
            "refresh_token": "refresh-1",
        }
    ]
    now[0] = 3541.0
    assert source.token() == "access-2"


def test_a_new_refresh_token_is_stored_back_for_us_only(office: Office) -> None:
    office.endpoint.rotates = True
    assert office.source().token() == "access-1"
    assert office.file.read_text() == "refresh-2\n"
    assert office.file.stat().st_mode & 0o777 == 0o600
    assert [*office.file.parent.iterdir()] == [office.file]
    assert office.source().token() == "access-2"  # the next start goes on from there


@pytest.mark.fault("F-S2-2")
@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ((400, b'{"error": "invalid_grant"}'), RefusedLoginError),
        ((401, b'{"error": "invalid_client"}'), RefusedLoginError),
        ((400, b"<html>"), RefusedLoginError),
        ((429, b"{}"), ThrottledError),
        ((500, b"oops"), UnreachableError),
        ((302, b""), UnreachableError),
        ((200, b"[]"), UnreachableError),
        ((200, b"{" * 100_000), UnreachableError),
        ((200, b'{"access_token": "a\\r\\nb"}'), UnreachableError),
        ((200, b'{"access_token": 7}'), UnreachableError),
    ],
)
def test_every_answer_of_the_endpoint_has_its_word(
    answer: tuple[int, bytes], fault: type[Exception], office: Office
) -> None:
    office.endpoint.answers.append(answer)
    source = office.source()
    with pytest.raises(fault) as caught:
        source.token()
    assert caught.type is fault
    assert "refresh-1" not in str(caught.value)
    assert source.token() == "access-1"


def test_a_revoked_refresh_token_says_what_to_do_and_no_secret(office: Office) -> None:
    office.endpoint.refresh = "another"
    with pytest.raises(RefusedLoginError) as caught:
        office.source().token()
    said = str(caught.value)
    assert "400 invalid_grant" in said
    assert str(office.file) in said
    for secret in ("refresh-1", "rat-bi-mat"):
        assert secret not in said


def test_an_endpoint_that_is_not_trusted_is_told_nothing(office: Office) -> None:
    with pytest.raises(UnreachableError, match=r"not trusted.*oauth2\.ca_file"):
        office.source(ca_file=None).token()
    assert office.endpoint.asked == []


@pytest.mark.fault("T-31")
@pytest.mark.parametrize(
    "url", ["http://example.test/t", "ftp://127.0.0.1/t", "x", "https://", "https://h:x/"]
)
def test_tokens_are_asked_for_over_tls_only(url: str, office: Office) -> None:
    with pytest.raises(ConfigError, match="not https"):
        office.source(token_url=url)


def read(server: ScriptedImap, office: Office, mailbox: ImapMailbox | None = None) -> int:
    access = server.access(password="", tokens=office.access)
    mailbox = mailbox or ImapMailbox(access)
    try:
        return len(mailbox.examine("INBOX").uids)
    finally:
        mailbox.close()


def test_imap_is_entered_with_a_token(office: Office) -> None:
    with scripted_imap({1: b"x"}, capabilities="IMAP4rev1 AUTH=XOAUTH2") as server:
        server.tokens = {"access-1"}
        assert read(server, office) == 1
        assert not any(said.startswith("LOGIN") for said in server.commands)


@pytest.mark.fault("F-S2-2")
def test_a_token_that_died_early_is_refreshed_once(office: Office) -> None:
    with scripted_imap({1: b"x"}) as server:
        server.tokens = {"access-1"}
        mailbox = ImapMailbox(server.access(password="", tokens=office.access))
        assert read(server, office, mailbox) == 1
        server.tokens = {"access-2"}
        assert read(server, office, mailbox) == 1
        server.tokens = set()
        with pytest.raises(RefusedLoginError) as caught:
            read(server, office, mailbox)
    assert office.endpoint.made == ["access-1", "access-2", "access-3"]
    assert "access-" not in str(caught.value)


class Doorman:
    """What an SMTP server knows: the tokens it takes, the letters it got."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()
        self.letters: list[bytes] = []

    async def auth_XOAUTH2(self, server: SMTP, words: list[str]) -> AuthResult:  # noqa: N802
        from base64 import b64decode

        said = b64decode(words[1]).decode()
        if any(said == f"user=khtc\1auth=Bearer {one}\1\1" for one in self.tokens):
            return AuthResult(success=True)
        await server.challenge_auth(b'{"status":"401"}', encode_to_b64=True)
        return AuthResult(success=False, handled=False)

    async def handle_DATA(self, _s: SMTP, _: Session, letter: Envelope) -> str:  # noqa: N802
        self.letters.append(bytes(letter.content or b""))
        return "250 ok"


@pytest.fixture
def smtp(
    certificates: Certificates, office: Office
) -> Iterator[tuple[Doorman, SmtpPostbox]]:
    doorman, port = Doorman(), free_ports(1)[0]
    controller = Controller(
        doorman,
        hostname="127.0.0.1",
        port=port,
        tls_context=certificates.server_context(),
        require_starttls=True,
        auth_required=True,
    )
    controller.start()
    access = PostboxAccess(
        host="127.0.0.1",
        port=port,
        security="starttls",
        ca_file=str(certificates.ca_file),
        username="khtc",
        password="",
        envelope_from="khtc@example.test",
        timeout_seconds=20,
        tokens=office.access,
    )
    try:
        yield doorman, SmtpPostbox(access)
    finally:
        controller.stop()


@pytest.mark.fault("F-S2-2")
def test_smtp_is_entered_with_a_token_and_with_a_new_one(
    smtp: tuple[Doorman, SmtpPostbox], office: Office
) -> None:
    doorman, postbox = smtp
    for number in (1, 2):
        doorman.tokens = {f"access-{number}"}
        postbox.send("so@example.test", b"Subject: x\r\n\r\nx\r\n", lambda: None)
        postbox.close()
    assert len(doorman.letters) == 2
    doorman.tokens = set()
    with pytest.raises(RefusedLoginError) as caught:
        postbox.check()
    assert "access-" not in str(caught.value)
    assert office.endpoint.made == ["access-1", "access-2", "access-3"]


@pytest.fixture
def place(tmp_path: Path, capsys, office: Office) -> Place:
    made = Place(tmp_path, capsys)
    (tmp_path / "secret").write_text("rat-bi-mat\n")
    (tmp_path / "secret").chmod(0o600)
    (tmp_path / "daemon.yaml").write_text(
        "mailbox: {host: 127.0.0.1, port: 1, security: none, oauth2: &login {\n"
        f" token_url: {office.endpoint.url}, client_id: khtc, scope: mail,"
        " client_secret_file: secret, refresh_token_file: refresh-token,\n"
        f" ca_file: {office.access.ca_file}}}}}\n"
        "smtp: {port: 1, security: none, oauth2: *login}\n"
    )
    return made


def test_the_configuration_leads_to_the_same_tokens(place: Place, office: Office) -> None:
    plan = read_plan(load_settings(place.folder / "daemon.yaml", {}))
    assert mailbox_access(plan).tokens == office.access
    assert "rat-bi-mat" not in repr(plan.settings)
    with pytest.raises(UnreachableError, match=r"SMTP 127\.0\.0\.1:1"):
        open_postbox(plan).check()


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (" token_url: https", " # https", "mailbox.oauth2.token_url"),
        (" token_url: https", " scope: https", "scope"),
        ("client_id: khtc, ", "", "mailbox.oauth2.client_id"),
        (", refresh_token_file: refresh-token", "", "mailbox.oauth2.refresh_token_file"),
        ("refresh_token_file: refresh", "refresh_token_file: x", "refresh_token_file"),
        ("client_secret_file: secret", "client_secret: secret", "oauth2.client_secret"),
        ("client_id: khtc", "client: khtc", "mailbox.oauth2.client"),
    ],
)
def test_a_mistake_in_it_stops_with_its_key(
    old: str, new: str, key: str, place: Place
) -> None:
    file = place.folder / "daemon.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    code, _, err = place.run("doctor")
    assert (code, key in err) == (78, True), err


def test_a_refresh_token_that_others_may_read_stops(place: Place, office: Office) -> None:
    office.file.chmod(0o640)
    code, _, err = place.run("doctor")
    assert (code, "chmod 600" in err) == (78, True)


@pytest.mark.fault("F-S2-2")
def test_doctor_names_a_revoked_token(place: Place, office: Office) -> None:
    office.endpoint.refresh = "another"
    with scripted_imap({1: b"x"}) as server:
        file = place.folder / "daemon.yaml"
        file.write_text(file.read_text().replace("port: 1,", f"port: {server.port},", 1))
        code, doors = place.json("doctor")
    (imap,) = [door for door in doors if door["door"] == "imap"]
    assert (code, imap["ok"], "invalid_grant" in imap["detail"]) == (1, False, True)
