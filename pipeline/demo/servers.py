"""Mail servers of the demo: IMAP and SMTP in one thread, on loopback, in memory.

The only door to pymap and aiosmtpd. Both live in one event loop, so that a message
handed over by SMTP is put into the IMAP folder without a second connection.
"""

import asyncio
import secrets
import smtplib
import socket
import threading
from argparse import Namespace
from collections.abc import Callable, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pipeline.demo.mail_format import stamp_received
from pipeline.domain.errors import ConfigError

if TYPE_CHECKING:
    from aiosmtpd.smtp import Envelope, LoginPassword, Session
    from aiosmtpd.smtp import SMTP as SmtpProtocol

LOOPBACK = "127.0.0.1"
SENT_AT_HEADER = "X-Demo-Sent-At"
_LARGEST_MESSAGE = 50_000_000
# the folder of a real server keeps its number when the server is started again
_UIDVALIDITY = 1_372_600_000


class EmbeddedMail:
    """A ministry's mailbox and a way in and out, for as long as the context lasts.

    Mail to `address` is appended to the INBOX that `imap_port` serves; all other mail
    needs a login and is kept as files under `letters`, one folder an address. User
    name is `address`, `password` is new for each instance. No TLS: loopback only.
    Letters of an earlier run stay where they are.
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
        self._letters = LetterBoxes(letters)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo-mail")
        self._servers: list[asyncio.Server] = []
        self._inbox: Any = None

    def __enter__(self) -> Self:
        self._thread.start()
        try:
            self._wait_for(self._start)
        except BaseException:
            self._stop_loop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._wait_for(self._stop)
        self._stop_loop()

    def deliver(self, sender: str, recipient: str, raw: bytes, sent_at: datetime) -> None:
        """Send a message by SMTP, as if at `sent_at`; the clock of the demo is simulated.

        `sender` may be "" (a bounce). smtplib's errors pass: they are bugs of the demo.
        """
        stamped = f"{SENT_AT_HEADER}: {sent_at.isoformat()}\r\n".encode() + raw
        with smtplib.SMTP(self.host, self.smtp_port, "relay.demo.invalid", 30) as connection:
            connection.sendmail(sender, [recipient], stamped)

    def letters_for(self, address: str) -> Sequence[bytes]:
        """The letters that ever arrived for an address, oldest first."""
        return self._letters.read(address)

    def addresses(self) -> Sequence[str]:
        """Every address that ever got a letter."""
        return self._letters.addresses()

    def _wait_for(self, start: Callable[[], Any]) -> None:
        """Run a coroutine in the servers' thread and wait for its end."""
        asyncio.run_coroutine_threadsafe(start(), self._loop).result(30)

    def _stop_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> None:
        self._inbox, imap_connected = await _imap(self.address, self.password)
        # a stable number: a daemon that comes back must know the folder again
        self._inbox._uid_validity = self._uidvalidity  # noqa: SLF001
        imap = await asyncio.start_server(imap_connected, sock=_loopback_socket())
        self._servers.append(imap)
        smtp = await self._loop.create_server(self._smtp_protocol, sock=_loopback_socket())
        self._servers.append(smtp)
        self.imap_port, self.smtp_port = (
            server.sockets[0].getsockname()[1] for server in (imap, smtp)
        )

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        # connections still open end here, before the loop that serves them
        mine = asyncio.current_task()
        others = [task for task in asyncio.all_tasks() if task is not mine]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for server in self._servers:
            await server.wait_closed()
        await self._loop.shutdown_default_executor()

    def _smtp_protocol(self) -> "SmtpProtocol":
        from aiosmtpd.smtp import SMTP

        return SMTP(
            _Desk(self.address, self._file_mail, self._letters.keep),
            hostname="mx.demo.invalid",
            ident="demo",
            data_size_limit=_LARGEST_MESSAGE,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            loop=self._loop,
        )

    def _authenticate(self, *call: Any) -> Any:
        """aiosmtpd's question: server, session, envelope, mechanism, credentials."""
        from aiosmtpd.smtp import AuthResult

        return AuthResult(success=self._knows(call[-1]), handled=False)

    def _knows(self, given: "LoginPassword") -> bool:
        name, password = getattr(given, "login", b""), getattr(given, "password", b"")
        return secrets.compare_digest(
            name.lower() + b"\n" + password, f"{self.address}\n{self.password}".encode()
        )

    async def _file_mail(self, data: bytes, received_at: datetime) -> None:
        """Append to the INBOX, without the detour of a connection."""
        from pymap.parsing.message import AppendMessage

        await self._inbox.append(AppendMessage(data, received_at), recent=True)


class LetterBoxes:
    """Letters as .eml files, one folder an address: any mail program opens them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, address: str, data: bytes) -> None:
        """Add a letter behind those that are there."""
        box = self._box(address)
        box.mkdir(parents=True, exist_ok=True)
        number = len(list(box.glob("*.eml"))) + 1
        (box / f"{number:03d}.eml").write_bytes(data)

    def read(self, address: str) -> Sequence[bytes]:
        """The letters of an address, oldest first."""
        return [path.read_bytes() for path in sorted(self._box(address).glob("*.eml"))]

    def addresses(self) -> Sequence[str]:
        """The addresses that have letters, in alphabetical order."""
        return sorted(path.parent.name for path in self._folder.glob("*/001.eml"))

    def _box(self, address: str) -> Path:
        # an address is checked before it comes here; a path must not leave the folder
        return self._folder / address.lower().replace("/", "_").lstrip(".")


class _Desk:
    """aiosmtpd's handler: who may send what, and where it goes."""

    def __init__(
        self,
        address: str,
        file_mail: Callable[[bytes, datetime], Any],
        keep_letter: Callable[[str, bytes], None],
    ) -> None:
        self._address, self._file_mail, self._keep = address, file_mail, keep_letter

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self,
        server: "SmtpProtocol",
        session: "Session",
        envelope: "Envelope",
        address: str,
        options: list[str],
    ) -> str:
        """Anybody may write to the ministry; only the ministry may write to others."""
        if address.lower() != self._address and not session.authenticated:
            return "550 5.7.1 relaying needs a login"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
        self, server: "SmtpProtocol", session: "Session", envelope: "Envelope"
    ) -> str:
        """Take a message over, at the time that it says of itself."""
        content = envelope.content
        assert isinstance(content, bytes)
        sent_at, raw = _sent_at(content)
        for recipient in envelope.rcpt_tos:
            if recipient.lower() == self._address:
                sender = envelope.mail_from or ""
                data = stamp_received(raw, sender, self._address, sent_at)
                await self._file_mail(data, sent_at)
            else:
                self._keep(recipient, raw)
        return "250 2.0.0 taken over"


def _sent_at(content: bytes) -> tuple[datetime, bytes]:
    """The simulated moment, and the message without the field that told it.

    A message from elsewhere has no such field: then its Date stands in.
    """
    first, _, rest = content.partition(b"\r\n")
    name, _, value = first.decode("latin-1").partition(": ")
    if name == SENT_AT_HEADER:
        return datetime.fromisoformat(value), rest
    head, _, _ = content.partition(b"\r\n\r\n")
    for line in head.decode("latin-1").splitlines():
        if line.lower().startswith("date:"):
            return parsedate_to_datetime(line[5:]), content
    raise ValueError("a message to the demo needs a Date")


def _loopback_socket() -> socket.socket:
    """A listening socket on a port that the system picks: no race, no clash."""
    return socket.create_server((LOOPBACK, 0))


async def _imap(user: str, password: str) -> tuple[Any, Callable[..., Any]]:
    """The INBOX of one user, and what serves a connection to it."""
    try:
        from proxyprotocol.reader import ProxyProtocolReader
        from pymap.imap import IMAPServer
        from pysasl.hashing import Cleartext

        from pipeline.demo.quiet_pymap import QuietBackend
    except ImportError as error:
        raise ConfigError(
            "setup.cfg", "extra demo", f"not installed ({error.name}): pip install .[demo]"
        ) from error
    raise NotImplementedError
