"""The way out over SMTP, phase by phase, so that "before the final dot" is known."""

import re
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from pipeline.adapters.mail.deadline import cut_off_after
from pipeline.adapters.mail.oauth2_token import TokenSource, xoauth2
from pipeline.adapters.mail.smtp_line import PlainLine, SmtpLine, TlsLine
from pipeline.adapters.mail.smtp_text import is_address, transparent
from pipeline.adapters.mail.tls_context import verified_context
from pipeline.domain.errors import (
    PermanentError,
    RefusedLoginError,
    ThrottledError,
    TransientError,
    UnknownOutcomeError,
    UnreachableError,
)
from pipeline.ports.access import PostboxAccess

# Yahoo hangs up after 20 letters without a word.
_LETTERS_A_LINE = 18
Answers = Iterator[tuple[int, bytes]]
_THROTTLED = re.compile(r"too many|quota|rate limit|limit exceeded", re.IGNORECASE)


class SmtpPostbox:
    """ports.Postbox on an SMTP server; a line is used for a few letters."""

    def __init__(self, access: PostboxAccess) -> None:
        self._access = access
        self._where = f"SMTP {access.host}:{access.port}"
        self._tokens = TokenSource(access.tokens) if access.tokens else None
        self._line: SmtpLine | None = None
        self._trusted: ssl.SSLContext | None = None
        self._letters = 0

    def send(self, recipient: str, data: bytes, at_dot: Callable[[], None]) -> None:
        """Hand a letter over (see the port); line ends and leading dots are put right.

        PermanentError also for a recipient that is not one plain ASCII address.
        """
        if not is_address(recipient):
            raise PermanentError(f"{recipient!r} is not a plain e-mail address")
        with self._all_or_no_line():
            line = self._begun(recipient, data)
            self._hand_over(line, transparent(data), at_dot)
        self._letters += 1

    def check(self) -> None:
        """Connect, verify TLS, log in, leave; raises as `send`."""
        self.close()
        self._connected()
        self.close()

    def close(self) -> None:
        """End the session; never raises. Whom to trust is read anew for the next."""
        self._leave()
        self._trusted = None

    def _leave(self) -> None:
        if self._line is not None:
            with (
                suppress(smtplib.SMTPException, OSError),
                cut_off_after(self._access.timeout_seconds, self._line.open_socket),
            ):
                self._line.quit()
        self._hang_up()

    def _begun(self, recipient: str, data: bytes) -> SmtpLine:
        """A line on which the server waits for the letter's text."""
        if self._letters >= _LETTERS_A_LINE:
            self._leave()
        reused = self._line is not None
        try:
            line, answers = self._asked(recipient, data)
        except (RefusedLoginError, ThrottledError):
            raise
        except UnreachableError:
            if not reused:
                raise
            self._hang_up()  # an idle line had died: once more on a new one
            line, answers = self._asked(recipient, data)
        self._take_recipient(line, answers, recipient)
        return line

    def _asked(self, recipient: str, data: bytes) -> tuple[SmtpLine, Answers]:
        """A line on which the server took our MAIL FROM, and its next answers."""
        line = self._connected()
        with self._exchange("MAIL FROM", line):
            answers = line.dialogue(*self._envelope(line, recipient, data))
            code, text = next(answers)
        if code != 250:  # it is us they do not want, not this letter
            raise self._unusable(f"MAIL FROM:<{self._access.envelope_from}>", code, text)
        return line, answers

    def _envelope(self, line: SmtpLine, recipient: str, data: bytes) -> tuple[str, ...]:
        dsn, wide = line.has_extn("dsn"), not data.isascii()
        if wide and not line.has_extn("8bitmime"):
            raise PermanentError(f"{self._where} takes no 8-bit letters")
        sender = f"mail FROM:<{self._access.envelope_from}>"
        sender += (" RET=HDRS" if dsn else "") + (" BODY=8BITMIME" if wide else "")
        to = f"rcpt TO:<{recipient}>" + (" NOTIFY=FAILURE" if dsn else "")
        return sender, to, "DATA"

    def _take_recipient(self, line: SmtpLine, answers: Answers, recipient: str) -> None:
        """Both must say yes; else the line is left, whatever the server still expects."""
        with self._exchange("RCPT TO", line):
            code, text = next(answers)
        if 500 <= code <= 599:
            raise PermanentError(self._told(f"RCPT TO:<{recipient}>", code, text))
        if code not in (250, 251):
            raise self._later(f"RCPT TO:<{recipient}>", code, text)
        with self._exchange("DATA", line):
            code, text = next(answers)
        if code != 354:
            raise self._later("DATA", code, text)

    def _hand_over(self, line: SmtpLine, data: bytes, at_dot: Callable[[], None]) -> None:
        with self._exchange("the letter's text", line, len(data)):
            line.send(data)
            unasked = line.spoke_unasked()
        if unasked:  # else it would be taken for the answer to the dot
            raise TransientError(
                f"{self._where}: the letter's text: the server spoke before the final dot; "
                "the dot was not sent"
            )
        at_dot()
        code, text = self._final_reply(line)
        if 400 <= code <= 599 and self._said_before(line):
            told = self._told("the letter", code, text)
            raise UnknownOutcomeError(f"{told}, and then a yes: nobody knows which counts")
        if 400 <= code <= 499:
            raise self._later("the letter", code, text)
        if 500 <= code <= 599:
            raise PermanentError(self._told("the letter", code, text))
        if not 200 <= code <= 299:
            raise UnknownOutcomeError(self._told("the letter", code, text))

    def _final_reply(self, line: SmtpLine) -> tuple[int, bytes]:
        """Send the final dot; whatever fails from here on leaves the outcome open."""
        patience = self._access.final_timeout_seconds
        try:
            with cut_off_after(patience, line.open_socket), line.waiting(patience):
                line.send(b".\r\n")
                return line.getreply()
        except (smtplib.SMTPException, OSError) as fault:
            raise UnknownOutcomeError(
                f"{self._where}: the line was lost after the letter's final dot "
                f"({self._redacted(str(fault))}): it may or may not have been accepted"
            ) from None

    def _said_before(self, line: SmtpLine) -> bool:
        """Whether a refusal was said before the dot, so that the dot's answer comes now.

        We take our leave, for which there is only 221; a letter that was taken in spite
        of an early refusal must not be sent again. A line that is lost tells nothing.
        """
        try:
            with cut_off_after(self._access.timeout_seconds, line.open_socket):
                code, _ = line.docmd("QUIT")
        except (smtplib.SMTPException, OSError):
            return False
        return 200 <= code <= 299 and code != 221

    def _connected(self) -> SmtpLine:
        if self._line is None:
            access = self._access
            # a system's authorities take longer to load than a few letters to send
            context = self._trusted or verified_context(
                "smtp", access.security, access.ca_file
            )
            self._trusted = context
            # Not smtplib's default: that asks the DNS who we are, and may wait for it.
            name = access.envelope_from.rpartition("@")[2]
            kind = TlsLine if access.security == "tls" else PlainLine
            self._line = kind(name, access.timeout_seconds, context)
            self._letters = 0
            with self._all_or_no_line():
                self._enter(self._line, context)
        return self._line

    def _enter(self, line: SmtpLine, context: ssl.SSLContext | None) -> None:
        with self._exchange("connecting", line):
            line.dial(self._access.host, self._access.port)
        with self._exchange("EHLO", line):
            line.ehlo_or_helo_if_needed()
        if self._access.security == "starttls":
            with self._exchange("STARTTLS", line):
                code, text = line.starttls(context=context)
                if code != 220:
                    raise smtplib.SMTPResponseException(code, text)
                line.ehlo_or_helo_if_needed()
        if self._access.username is not None:
            if self._tokens is not None:
                self._enter_by_token(line, self._access.username, self._tokens)
                return
            with self._exchange("AUTH", line):
                _log_in(line, self._access.username, self._access.password)

    def _enter_by_token(self, line: SmtpLine, name: str, tokens: TokenSource) -> None:
        """XOAUTH2; once more with a new token when one from memory is refused."""
        fresh = tokens.fresh
        said = xoauth2(name, tokens.token())
        try:
            with self._exchange("AUTH", line):
                # to the reasons of a refusal the answer is an empty line
                line.auth("XOAUTH2", lambda why=None: said if why is None else "")
        except RefusedLoginError:
            tokens.forget()
            if fresh:
                raise
            self._enter_by_token(line, name, tokens)

    @contextmanager
    def _all_or_no_line(self) -> Iterator[None]:
        """Hang up unless the block ends well: nothing half-done is left on a line."""
        well = False
        try:
            yield
            well = True
        finally:
            if not well:
                self._hang_up()

    @contextmanager
    def _exchange(self, what: str, line: SmtpLine, size: int = 0) -> Iterator[None]:
        """One exchange before the dot: translated, and bounded as a whole."""
        seconds = 2 * self._access.timeout_seconds + size / 16_384
        try:
            with cut_off_after(seconds, line.open_socket):
                yield
        except smtplib.SMTPResponseException as fault:
            raise self._refused(what, fault) from None
        except ssl.SSLCertVerificationError as fault:
            raise UnreachableError(
                f"{self._where}: {what}: {self._redacted(str(fault))}; the certificate is "
                "not trusted, nothing was sent (smtp.ca_file)"
            ) from None
        except (smtplib.SMTPException, OSError, ValueError) as fault:
            told = self._redacted(str(fault) or type(fault).__name__)
            raise UnreachableError(f"{self._where}: {what}: {told}") from None

    def _refused(self, what: str, fault: smtplib.SMTPResponseException) -> TransientError:
        code, text = fault.smtp_code, _bytes(fault.smtp_error)
        if isinstance(fault, smtplib.SMTPAuthenticationError) and code >= 500:
            return RefusedLoginError(
                f"{self._told(what, code, text)}; check smtp.username and its password "
                "(some providers want an app password)"
            )
        return self._unusable(what, code, text)

    def _unusable(self, what: str, code: int, text: bytes) -> UnreachableError:
        told = self._told(what, code, text)
        return ThrottledError(told) if _THROTTLED.search(told) else UnreachableError(told)

    def _later(self, what: str, code: int, text: bytes) -> TransientError:
        """A 4xx about one letter; 421 and silence are about the whole server."""
        if code in (421, -1):
            return self._unusable(what, code, text)
        return TransientError(self._told(what, code, text))

    def _told(self, what: str, code: int, text: bytes) -> str:
        said = self._redacted(text.decode("utf-8", "replace"))
        return f"{self._where}: {what}: {code} {said}"

    def _redacted(self, text: str) -> str:
        for secret in (self._access.password, self._tokens and self._tokens.secret):
            text = text.replace(secret, "***") if secret else text
        return "".join(sign if sign.isprintable() else " " for sign in text)[:300]

    def _hang_up(self) -> None:
        line, self._line, self._letters = self._line, None, 0
        if line is not None:
            with suppress(OSError):
                line.close()


def _log_in(line: SmtpLine, name: str, password: str) -> None:
    if (name + password).isascii():
        line.login(name, password)
        return
    # smtplib knows ASCII only; AUTH PLAIN is UTF-8 (RFC 4616).
    token = b64encode(f"\0{name}\0{password}".encode()).decode()
    code, text = line.docmd("AUTH", f"PLAIN {token}")
    if code != 235:
        raise smtplib.SMTPAuthenticationError(code, text)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
