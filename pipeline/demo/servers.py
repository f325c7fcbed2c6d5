"""Mail servers of the demo: IMAP and SMTP in one thread, on loopback, in memory.

The only door to pymap and aiosmtpd. Both live in one event loop, so that a message
handed over by SMTP is put into the IMAP folder without a second connection.
"""

import asyncio
import logging
import secrets
import smtplib
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pipeline.demo.letter_boxes import LetterBoxes
from pipeline.demo.mail_format import stamp_received
from pipeline.domain.errors import ConfigError

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

LOOPBACK = "127.0.0.1"
SENT_AT_HEADER = b"X-Demo-Sent-At: "
_LARGEST_MESSAGE = 50_000_000
_PATIENCE_SECONDS = 30
# a real server keeps the number of its folder when it is started again
_UIDVALIDITY = 1_372_600_000
# they warn of habits of their own that nobody can change from outside
_TALKERS = ("mail.log", "pymap", "asyncio")


class EmbeddedMail:
    """The ministry's mailbox, a way in and a way out, for as long as the context lasts.

    Mail to `address` is appended to the INBOX at `imap_port`; mail to anybody else needs
    a login and is kept as files under `letters`, one folder an address. The user name is
    `address`, the password new for each instance. No TLS: loopback only. Letters of an
    earlier run stay where they are. ConfigError when the extra `demo` is not installed.
    """

    def __init__(
        self, address: str, letters: Path, *, uidvalidity: int = _UIDVALIDITY
    ) -> None:
        self.address = address.lower()
        self.password = secrets.token_urlsafe(18)
        self.host = LOOPBACK
        self.imap_port = 0
        self.smtp_port = 0
        self._uidvalidity = uidvalidity
        self._boxes = LetterBoxes(letters)
        self._servers: list[asyncio.Server] = []
        self._connections: set[asyncio.BaseTransport] = set()
        self._inbox: Any = None

    def __enter__(self) -> Self:
        _require_extra()
        self._levels = {name: logging.getLogger(name).level for name in _TALKERS}
        for name in _TALKERS:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-mail")
        self._thread.start()
        self._wait_for(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait_for(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)

    def deliver(self, sender: str, recipient: str, raw: bytes, sent_at: datetime) -> None:
        """Send a message by SMTP as if at `sent_at`: the clock of the demo is simulated.

        `sender` may be "" (a bounce). smtplib's errors pass: they are bugs of the demo.
        """
        told = SENT_AT_HEADER + sent_at.isoformat().encode() + b"\r\n"
        with smtplib.SMTP(
            self.host, self.smtp_port, "relay.demo.invalid", _PATIENCE_SECONDS
        ) as connection:
            connection.sendmail(sender, [recipient], told + raw)

    def letters_for(self, address: str) -> Sequence[bytes]:
        """The letters that ever arrived for an address, oldest first."""
        return self._boxes.read(address)

    def addresses(self) -> Sequence[str]:
        """Every address that ever got a letter, in alphabetical order."""
        return self._boxes.addresses()

    def _wait_for(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something in the servers' thread and wait for its end."""
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_PATIENCE_SECONDS)

    async def _start(self) -> None:
        self._inbox, serve_imap = await _imap_account(self.address, self.password)
        # pymap draws a new number by chance, and a daemon would take that for a new folder
        self._inbox._uid_validity = self._uidvalidity  # noqa: SLF001

        async def connected(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            self._connections.add(writer.transport)
            await serve_imap(reader, writer)

        imap = await asyncio.start_server(connected, sock=_listening_socket())
        smtp = await self._loop.create_server(self._greet, sock=_listening_socket())
        self._servers = [imap, smtp]
        self.imap_port, self.smtp_port = (
            server.sockets[0].getsockname()[1] for server in self._servers
        )

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for connection in self._connections:
            connection.close()
        # whatever still waits for a client ends here, before the loop that it needs
        waiting = asyncio.all_tasks() - {asyncio.current_task()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()

    def _greet(self) -> "SMTP":
        """The protocol of one new SMTP connection."""
        from aiosmtpd.smtp import SMTP

        return SMTP(
            _Desk(self.address, self._file_mail, self._boxes.keep, self._connections.add),
            hostname="mx.demo.invalid",
            ident="demo",
            data_size_limit=_LARGEST_MESSAGE,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            loop=self._loop,
        )

    def _authenticate(
        self,
        server: "SMTP",
        session: "Session",
        envelope: "Envelope",
        mechanism: str,
        given: "LoginPassword",
    ) -> "AuthResult":
        from aiosmtpd.smtp import AuthResult

        known = f"{self.address}\n{self.password}".encode()
        said = given.login.lower() + b"\n" + given.password
        return AuthResult(success=secrets.compare_digest(said, known), handled=False)

    async def _file_mail(self, data: bytes, received_at: datetime) -> None:
        """Append to the INBOX, without the detour of a connection."""
        from pymap.parsing.message import AppendMessage

        await self._inbox.append(AppendMessage(data, received_at), recent=True)


class _Desk:
    """aiosmtpd's handler: who may send what, and where it goes."""

    def __init__(
        self,
        address: str,
        file_mail: Callable[[bytes, datetime], Coroutine[Any, Any, None]],
        keep_letter: Callable[[str, bytes], None],
        remember: Callable[[asyncio.BaseTransport], None],
    ) -> None:
        self._address, self._file_mail = address, file_mail
        self._keep, self._remember = keep_letter, remember

    async def handle_EHLO(  # noqa: N802 - the name that aiosmtpd calls
        self,
        server: "SMTP",
        session: "Session",
        envelope: "Envelope",
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Remember the connection, to be closed at the end."""
        session.host_name = hostname
        assert server.transport is not None
        self._remember(server.transport)
        return responses

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self,
        server: "SMTP",
        session: "Session",
        envelope: "Envelope",
        address: str,
        options: list[str],
    ) -> str:
        """Anybody may write to the ministry; only the ministry may write to others."""
        if address.lower() != self._address and not session.authenticated:
            return "550 5.7.1 relaying needs a login"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: "SMTP", session: "Session", envelope: "Envelope"
    ) -> str:
        """Take a message over, at the moment that it tells."""
        content = envelope.content
        assert isinstance(content, bytes)
        first, _, rest = content.partition(b"\r\n")
        told = first.startswith(SENT_AT_HEADER)
        for recipient in envelope.rcpt_tos:
            if recipient.lower() != self._address:
                self._keep(recipient, rest if told else content)
            elif told:
                sent_at = datetime.fromisoformat(first[len(SENT_AT_HEADER) :].decode())
                sender = (envelope.mail_from or "").strip("<>")
                data = stamp_received(rest, sender, self._address, sent_at)
                await self._file_mail(data, sent_at)
            else:
                return "554 5.6.0 the simulated time of sending is missing"
        return "250 2.0.0 taken over"


def _listening_socket() -> socket.socket:
    """A listening socket on a port that the system picks: no race, no clash."""
    return socket.create_server((LOOPBACK, 0))


def _require_extra() -> None:
    """ConfigError unless the optional packages of the demo can be imported."""
    try:
        import aiosmtpd.smtp  # noqa: F401
        import pymap.imap  # noqa: F401
    except ImportError as error:
        problem = f"{error.name} is not installed; run: pip install '.[demo]'"
        raise ConfigError("setup.cfg", "options.extras_require.demo", problem) from error


async def _imap_account(
    user: str, password: str
) -> tuple[Any, Callable[..., Coroutine[Any, Any, None]]]:
    """The INBOX of the one user there is, and what serves a connection to it."""
    import ssl
    from argparse import Namespace

    from proxyprotocol.sock import SocketInfo
    from pymap.backend.dict import Config, Login
    from pymap.concurrent import Subsystem
    from pymap.imap import IMAPServer
    from pymap.user import UserMetadata
    from pysasl.hashing import Cleartext

    class QuietConfig(Config):
        """Asks neither the network for our name nor a thread for its opinion."""

        @property
        def greeting(self) -> bytes:
            return b"demo ready"

    config = QuietConfig(
        # what pymap's own command line would have set
        Namespace(debug=False, skip_services=[], passlib_cfg=None, proxy_protocol=None),
        host=LOOPBACK,
        port=0,
        demo_data=False,
        demo_user=user,
        demo_password=password,
        tls_enabled=False,
        ssl_context=ssl.create_default_context(ssl.Purpose.CLIENT_AUTH),
        # a password that lives as long as this process needs no slow hash
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
        invalid_user_sleep=0,
    )
    login = Login(config)
    identity = login.demo_user_identity
    await identity.set(UserMetadata(config, user, password=password))
    async with identity.new_session() as session:
        inbox = await session.mailbox_set.get_mailbox("INBOX")
    server = IMAPServer(login, config)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await server(reader, writer, SocketInfo.get(writer, None))

    return inbox, serve
