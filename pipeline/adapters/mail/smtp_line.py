"""smtplib's connection with two holes closed: half an answer, and dialling unbounded."""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader


class _WholeAnswers:
    """Lines of a server's answer; OSError for one that breaks off.

    smtplib would take the first three digits of "2500 is what I..." for a yes.
    """

    def __init__(self, file: BufferedReader) -> None:
        self._file = file

    def readline(self, limit: int) -> bytes:
        """The next line with its end; empty at the end of the connection."""
        line = self._file.readline(limit)
        if line and len(line) < limit and not line.endswith(b"\n"):
            raise OSError("the answer broke off in the middle")
        return line

    def peek(self) -> bytes:
        """What can be read at once."""
        return self._file.peek(1)

    def close(self) -> None:
        """Close what is read from."""
        self._file.close()


class SmtpLine(smtplib.SMTP):
    """A connection that is made by `dial`, so that its socket is known while it is made."""

    def __init__(
        self, own_name: str, timeout: float, context: ssl.SSLContext | None
    ) -> None:
        super().__init__(local_hostname=own_name, timeout=timeout)
        self._tls = context

    def dial(self, host: str, port: int) -> None:
        """Connect and hear the greeting; raises what smtplib and the network raise."""
        self._host = host
        code, text = self.connect(host, port)
        if code != 220:
            self.close()
            raise smtplib.SMTPConnectError(code, text)
        if self.sock is not None:
            # The dot is sent on its own: without this it waits 40 ms for the server's
            # acknowledgement of the letter before it.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def open_socket(self) -> socket.socket | None:
        """What is connected at this moment."""
        return self.sock

    def getreply(self) -> tuple[int, bytes]:
        """The server's answer, whole or not at all."""
        if self.file is None and self.sock is not None:
            self.file = _WholeAnswers(self.sock.makefile("rb"))
        return super().getreply()

    def dialogue(self, *commands: str) -> Iterator[tuple[int, bytes]]:
        """The server's answer to each command, whole or not at all.

        They leave together where the server takes them so (RFC 2920), else each after
        the answer to the one before.
        """
        if any("\r" in command or "\n" in command for command in commands):
            raise ValueError("a line break in a command")
        together = self.has_extn("pipelining")
        if together:
            self.send("".join(f"{command}\r\n" for command in commands))
        for command in commands:
            if not together:
                self.send(f"{command}\r\n")
            yield self.getreply()

    def spoke_unasked(self) -> bool:
        """Whether the server said something that answers nothing; OSError: it hung up."""
        if self.sock is None:
            raise OSError("the line is closed")
        usual = self.timeout
        self._settle_for(0)
        try:
            buffered = isinstance(self.file, _WholeAnswers) and self.file.peek()
            if buffered or self.sock.recv(1):
                return True
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self._settle_for(usual)
        raise OSError("the server hung up")

    @contextmanager
    def waiting(self, seconds: float) -> Iterator[None]:
        """Another timeout for a while."""
        usual = self.timeout
        self._settle_for(seconds)
        try:
            yield
        finally:
            self._settle_for(usual)

    def _settle_for(self, seconds: float) -> None:
        if self.sock is not None:
            self.sock.settimeout(seconds)


class PlainLine(SmtpLine):
    """A connection that begins in the clear (STARTTLS, or loopback)."""


class TlsLine(SmtpLine):
    """A connection that is TLS from its first byte."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        assert self._tls is not None, "a TLS line is made with a context"
        plain = socket.create_connection((host, port), timeout)
        return self._tls.wrap_socket(plain, server_hostname=host)
