"""imapclient's connection with four holes closed: greeting, literal, debug output, IDLE."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError
from imapclient.imap4 import IMAP4WithTimeout
from imapclient.response_parser import parse_fetch_response
from imapclient.tls import IMAP4_TLS

from pipeline.adapters.mail.deadline import cut_off_after

_GREETING_SECONDS = 60.0
_MOST_LITERAL = 64 * 1024 * 1024
_PLAIN_SIZE = re.compile(rb"\d+ \(UID (\d+) RFC822\.SIZE (\d+)\)")


class _Bounded:
    """What both kinds of connection get; mixed in before imaplib's own class."""

    sock: Any
    file: Any

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

    def holds_a_line(self) -> bool:
        """Whether something was read that nobody took yet; the socket does not block."""
        try:
            return bool(self.file.peek(1))
        except OSError:  # nothing there: a TLS socket says so with an error
            return False

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

    def _poll_socket(self, sock: Any, timeout: float | None = None) -> Any:
        """As imapclient's, but what came in one packet with "+ idling" is seen, too.

        It was read with it and waits in our buffer, where polling the socket finds
        nothing: mail that came in that moment was heard of a poll later.
        """
        return self._imap.holds_a_line() or super()._poll_socket(sock, timeout)

    def sizes(self, uids: Sequence[int]) -> dict[int, Any]:
        """RFC822.SIZE by UID, as `fetch` would tell it; None where it is not told.

        Imapclient reads an answer sign by sign: more than a second for a hundred thousand
        mails. Lines of plain numbers are read at a glance, any other answer by imapclient.
        """
        which = ",".join(map(str, uids))
        outcome, lines = self._imap.uid("FETCH", which, "(RFC822.SIZE)")
        self._checkok("fetch", outcome, lines)
        plain = [_PLAIN_SIZE.fullmatch(line) for line in lines if isinstance(line, bytes)]
        if len(plain) == len(lines) and None not in plain:
            return {int(found[1]): int(found[2]) for found in plain if found}
        told: Mapping[int, Any] = parse_fetch_response(lines, self.normalise_times)
        # what nobody asked for may come without its UID
        return {uid: told[uid].get(b"RFC822.SIZE") for uid in uids if uid in told}

    def _create_IMAP4(self) -> Any:  # noqa: N802 - imapclient's name
        wait = self._timeout.connect
        if self.ssl:
            return _TlsLine(self.host, self.port, self.ssl_context, wait)
        return _PlainLine(self.host, self.port, wait)
