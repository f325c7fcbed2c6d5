"""aiosmtpd with STARTTLS and a login, in a thread: keeps what it is sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from pipeline.ports.access import PostboxAccess
from tests.servers.certificates import Certificates
from tests.servers.dovecot import PASSWORD
from tests.servers.loopback import free_ports


@dataclass
class AioSmtp:
    """A running server: letters by recipient, refusals by recipient."""

    port: int
    certificates: Certificates
    letters: list[tuple[str, bytes]] = field(default_factory=list)
    mail_options: list[list[str]] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd names its hooks
        self, _server: object, _session: Session, envelope: Envelope, address: str, _: list
    ) -> str:
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(  # noqa: N802
        self, _server: object, _session: Session, envelope: Envelope
    ) -> str:
        self.letters += [(address, envelope.content) for address in envelope.rcpt_tos]
        self.mail_options.append(envelope.mail_options)
        return "250 ok"

    def access(self, password: str = PASSWORD, username: str = "khtc") -> PostboxAccess:
        """How our adapter reaches it."""
        return PostboxAccess(
            host="127.0.0.1",
            port=self.port,
            security="starttls",
            ca_file=str(self.certificates.ca_file),
            username=username,
            password=password,
            envelope_from="khtc@example.test",
            timeout_seconds=20,
        )


@contextmanager
def running_aiosmtpd(
    certificates: Certificates, password: str = PASSWORD
) -> Iterator[AioSmtp]:
    """Serve until the block ends."""
    server = AioSmtp(free_ports(1)[0], certificates)

    def known(_server: object, _session: object, _env: object, _mech: str, who: object):
        good = isinstance(who, LoginPassword) and who.password == password.encode()
        return AuthResult(success=good, handled=False)

    controller = Controller(
        server,
        hostname="127.0.0.1",
        port=server.port,
        tls_context=certificates.server_context(),
        require_starttls=True,
        authenticator=known,
        auth_required=True,
    )
    controller.start()
    try:
        yield server
    finally:
        controller.stop()
