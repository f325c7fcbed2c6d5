"""One IMAP session: every fault of imapclient and the network translated here."""

import logging
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from math import ceil
from threading import Event
from typing import Any

from imapclient import SocketTimeout
from imapclient.exceptions import (
    CapabilityError,
    IMAPClientAbortError,
    IMAPClientError,
    LoginError,
    ProtocolError,
)

from pipeline.adapters.mail.deadline import cut_off_after
from pipeline.adapters.mail.imap_mailbox.line import BoundedClient
from pipeline.adapters.mail.oauth2_token import TokenSource
from pipeline.adapters.mail.tls_context import verified_context
from pipeline.domain.errors import (
    MissingFolderError,
    RefusedLoginError,
    ThrottledError,
    TransientError,
    UnreachableError,
)
from pipeline.ports.access import MailboxAccess

# At DEBUG imapclient writes out whole commands and mails; neither belongs in a log.
logging.getLogger("imapclient").setLevel(logging.WARNING)

_SEARCH_SPAN = 50_000  # numbers in one answer: imaplib cuts off at lines of 1 MB
_FETCH_SPAN = 1_000
_CONNECT_SECONDS = 30.0
_THROTTLED = re.compile(
    r"\[(OVERQUOTA|LIMIT|UNAVAILABLE|INUSE|THROTTLED)\]|too many|bandwidth|rate limit",
    re.IGNORECASE,
)
_ANSWERED = re.compile(r"\w+ (failed|command error): ")
_BYTES = re.compile(r"""^b(['"])(.*)\1$""")  # imaplib words some errors as bytes
# What imapclient's parser raises on answers that are not IMAP.
_PARSE_FAULTS = (ValueError, LookupError, TypeError, AttributeError, AssertionError)


class ImapSession:
    """A connection, logged in. After an UnreachableError it is dead: open another."""

    def __init__(self, access: MailboxAccess, tokens: TokenSource | None = None) -> None:
        self._access = access
        self._tokens = tokens
        self._where = f"IMAP {access.host}:{access.port}"
        self.alive = False
        self._client = self._connect()
        try:
            self._enter()
        except TransientError:
            self.close()
            raise

    @property
    def idles(self) -> bool:
        """Whether the server offers IDLE (RFC 2177)."""
        with self._talk("CAPABILITY"):
            return bool(self._client.has_capability("IDLE"))

    def examine(self, folder: str) -> Mapping[bytes, Any]:
        """Open a folder read-only; its EXISTS, UIDVALIDITY, UIDNEXT.

        MissingFolderError when there is none, or none with lasting UIDs.
        """
        try:
            with self._talk("EXAMINE"):
                status: Mapping[bytes, Any] = self._client.select_folder(
                    folder, readonly=True
                )
        except UnreachableError:
            raise
        except TransientError as fault:
            raise MissingFolderError(
                f"{self._where}: folder {folder!r} cannot be opened ({fault}); "
                "see mailbox.folders"
            ) from None
        if b"UIDVALIDITY" not in status or b"UIDNOTSTICKY" in status:
            raise MissingFolderError(
                f"{self._where}: folder {folder!r} has no lasting UIDs (no UIDVALIDITY), "
                "so mail in it cannot be told apart; choose another folder"
            )
        return status

    def uids(self, exists: int) -> tuple[int, ...]:
        """All UIDs of the open folder, ascending, which has `exists` messages."""
        found: set[int] = set()
        for low in range(1, exists + 1, _SEARCH_SPAN):
            # Plain numbers in SEARCH are places in the folder; the answer is UIDs.
            span = f"{low}:{min(low + _SEARCH_SPAN - 1, exists)}"
            # A ValueError is an answer cut in several: the count below will tell.
            with self._talk("SEARCH"), suppress(ValueError):
                found.update(self._client.search("ALL" if exists <= _SEARCH_SPAN else span))
        if len(found) < exists:
            found |= self._uids_by_fetch(exists)
        return tuple(sorted(found))

    def uids_above(self, uid: int) -> tuple[int, ...] | None:
        """UIDs of the open folder above one, ascending; None where the server balks."""
        try:
            with self._talk("SEARCH"), suppress(ValueError):
                # `*` is the last message, also where its number is not above
                found = self._client.search(["UID", f"{uid + 1}:*"])
                return tuple(sorted(each for each in set(found) if each > uid))
        except UnreachableError:
            raise
        except TransientError:
            pass
        return None

    def fetch(
        self, uids: Sequence[int], items: Sequence[str], size: int = 0
    ) -> Mapping[int, Mapping[bytes, Any]]:
        """Items of messages by UID; `size` bytes are given time to come."""
        with self._talk("FETCH", size):
            found: Mapping[int, Mapping[bytes, Any]] = self._client.fetch(uids, items)
            return found

    def sizes(self, uids: Sequence[int]) -> Mapping[int, Any]:
        """RFC822.SIZE of messages by UID, as the server tells it."""
        with self._talk("FETCH"):
            found: Mapping[int, Any] = self._client.sizes(uids)
            return found

    def listen(self, seconds: float, stop: Event) -> bool:
        """IDLE for a while; True when the server says that mail came."""
        with self._talk("IDLE", idle=seconds):
            self._client.idle()
            heard: list[tuple[Any, ...]] = []
            # Counted, not timed: on a dead line every look returns at once.
            for _ in range(ceil(seconds)):
                heard += self._client.idle_check(timeout=min(1.0, seconds))
                if any(response[:1] == (b"BYE",) for response in heard):
                    raise IMAPClientAbortError("the server said BYE while idling")
                if stop.is_set() or _mail_came(heard):
                    break
            heard += self._client.idle_done()[1]
        return _mail_came(heard)

    def percent_full(self) -> int | None:
        """Of the fullest quota (RFC 9208) that the inbox counts against; None: no quota."""
        with self._talk("GETQUOTAROOT"):
            if not self._client.has_capability("QUOTA"):
                return None
            _, quotas = self._client.get_quota_root("INBOX")
            shares = [100 * one.usage // one.limit for one in quotas if one.limit > 0]
            return max(shares, default=None)

    def close(self) -> None:
        """Log out, or at least close the line; never raises."""
        if self.alive:
            self.alive = False
            with (
                suppress(IMAPClientError, OSError, *_PARSE_FAULTS),
                cut_off_after(_CONNECT_SECONDS, self._client.socket),
            ):
                self._client.logout()
        self._hang_up()

    def _connect(self) -> Any:
        access = self._access
        wait = SocketTimeout(
            connect=min(access.timeout_seconds, _CONNECT_SECONDS),
            read=access.timeout_seconds,
        )
        self._context = verified_context("mailbox", access.security, access.ca_file)
        with self._translated("connecting"):
            return BoundedClient(
                access.host,
                access.port,
                ssl=access.security == "tls",
                ssl_context=self._context,
                timeout=wait,
            )

    def _enter(self) -> None:
        self.alive = True
        self._client.normalise_times = False
        if bytes(self._client.welcome or b"").upper().startswith(b"* PREAUTH"):
            raise UnreachableError(
                f"{self._where}: the server let us in without asking who we are "
                "(PREAUTH), so it is not the mailbox we know; nothing was read"
            )
        if self._access.security == "starttls":
            with self._talk("STARTTLS"):
                self._client.starttls(self._context)
        if self._tokens is not None:
            self._enter_by_token(self._tokens)
            return
        with self._talk("LOGIN"):
            self._log_in()

    def _enter_by_token(self, tokens: TokenSource) -> None:
        """XOAUTH2; once more with a new token when one from memory is refused."""
        fresh = tokens.fresh
        token = tokens.token()
        try:
            with self._talk("LOGIN"):
                self._client.oauth2_login(self._access.username, token)
        except RefusedLoginError:
            tokens.forget()
            if fresh:
                raise
            self._enter_by_token(tokens)

    def _log_in(self) -> None:
        name, password = self._access.username, self._access.password
        if (name + password).isascii():
            self._client.login(name, password)
        else:
            self._client.plain_login(name, password)

    def _uids_by_fetch(self, exists: int) -> set[int]:
        """UIDs asked one by one, for servers whose SEARCH is not complete."""
        found: set[int] = set()
        self._client.use_uid = False
        try:
            for low in range(1, exists + 1, _FETCH_SPAN):
                places = range(low, min(low + _FETCH_SPAN, exists + 1))
                answer = self.fetch(places, ["UID"])
                found.update(item[b"UID"] for item in answer.values() if b"UID" in item)
        finally:
            self._client.use_uid = True
        return found

    @contextmanager
    def _talk(self, what: str, size: int = 0, idle: float = 0.0) -> Iterator[None]:
        """One exchange: translated, and bounded as a whole (16 KB/s at the slowest)."""
        seconds = 2 * self._access.timeout_seconds + size / 16_384 + idle
        with (
            self._translated(what),
            cut_off_after(seconds, self._client.socket),
        ):
            yield

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except (IMAPClientError, OSError) as fault:
            raise self._verdict(what, fault) from None
        except _PARSE_FAULTS as fault:
            self._hang_up()
            raise TransientError(
                f"{self._where}: {what}: the answer is not IMAP ({type(fault).__name__})"
            ) from None

    def _verdict(self, what: str, fault: Exception) -> TransientError:
        """Our word for what imapclient or the network said, without secrets."""
        text = self._redacted(fault)
        told = f"{self._where}: {what}: {text}"
        if _THROTTLED.search(text):
            return ThrottledError(f"{told}; the server asks us to wait")
        # imapclient calls a line that is lost while logging in a failed login, too.
        lost = isinstance(fault.__context__ or fault, IMAPClientAbortError)
        if isinstance(fault, LoginError) and not lost:
            return RefusedLoginError(
                f"{told}; check mailbox.username and its password (some providers want "
                "an app password)"
            )
        if _ANSWERED.match(text) and not lost:
            return TransientError(told)
        self._hang_up()
        if isinstance(fault, ProtocolError) or text.startswith("Unexpected IDLE"):
            return TransientError(told)  # the line works, the answer does not
        if isinstance(fault, ssl.SSLCertVerificationError):
            told += "; the certificate is not trusted, nothing was sent (mailbox.ca_file)"
        if isinstance(fault, CapabilityError):
            told += "; nothing was sent in the clear"
        return UnreachableError(told)

    def _redacted(self, fault: Exception) -> str:
        text = _BYTES.sub(r"\2", str(fault) or type(fault).__name__)
        password = self._access.password
        token = self._tokens.secret if self._tokens else ""
        text = text.replace(token, "***") if token else text
        for written in {password, repr(password)[1:-1], repr(repr(password)[1:-1])[1:-1]}:
            text = text.replace(written, "***") if written else text
        return "".join(sign if sign.isprintable() else " " for sign in text)[:300]

    def _hang_up(self) -> None:
        self.alive = False
        client = getattr(self, "_client", None)
        if client is not None:
            with suppress(IMAPClientError, OSError):
                client.shutdown()


def _mail_came(responses: Sequence[tuple[Any, ...]]) -> bool:
    return any(response[1:2] in {(b"EXISTS",), (b"RECENT",)} for response in responses)
