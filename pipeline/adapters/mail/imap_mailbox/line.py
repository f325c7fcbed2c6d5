"""imapclient's connection with three holes closed: greeting, literal and debug output."""

from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.tls import IMAP4_TLS

from pipeline.adapters.mail.deadline import cut_off_after

_GREETING_SECONDS = 60.0
_MOST_LITERAL = 64 * 1024 * 1024


class _Bounded:
    """What both kinds of connection get; mixed in before imaplib's own class."""

    sock: Any

    @property
    def debug(self) -> int:
        """Always off: else every mail is written out as text, only to be thrown away."""
        return 0

    @debug.setter
    def debug(self, level: int) -> None: ...

    def _connect(self) -> None:
        # A greeting may trickle in, byte by byte, each in time.
        with cut_off_after(_GREETING_SECONDS, lambda: self.sock):
            super()._connect()  # type: ignore[misc]

    def read(self, size: int) -> bytes:
        """A literal, as imaplib reads it, unless it would not fit into our memory."""
        if size > _MOST_LITERAL:
            raise IMAPClientAbortError(f"a literal of {size} bytes was announced")
        return bytes(super().read(size))  # type: ignore[misc]


class _PlainLine(_Bounded, IMAP4WithTimeout):  # type: ignore[misc]
    """A connection that begins in the clear (STARTTLS, or loopback)."""


class _TlsLine(_Bounded, IMAP4_TLS):  # type: ignore[misc]
    """A connection that is TLS from its first byte."""


class BoundedClient(IMAPClient):  # type: ignore[misc]
    """IMAPClient on these connections."""

    def _create_IMAP4(self) -> Any:  # noqa: N802 - imapclient's name
        wait = self._timeout.connect
        if self.ssl:
            return _TlsLine(self.host, self.port, self.ssl_context, wait)
        return _PlainLine(self.host, self.port, wait)
