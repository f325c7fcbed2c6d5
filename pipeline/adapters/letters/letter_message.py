"""Frozen bytes of a letter: headers of an automatic answer, text and HTML, no chance.

The same draft, texts and time always give the same bytes, so that a retry sends what
was filed. Headers are those of reliability.md 4.3.
"""

import base64
import hashlib
import hmac
import re
import unicodedata
from binascii import b2a_qp
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from pipeline.domain.errors import ConfigError, PermanentError
from pipeline.domain.letters.letter import Enclosure, LetterDraft, LetterTexts, Thread
from pipeline.domain.letters.reply import Letter, LetterState
from pipeline.domain.writing.vietnamese import HANOI

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_HOST}(?:\.{_HOST})+")
_ADDRESS = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_HOST}(?:\.{_HOST})*")
_MESSAGE_ID = re.compile(
    r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,200}@[A-Za-z0-9.:\[\]_-]{1,200}>"
)
_AUTO_SUBMITTED = {"reminder": "auto-generated", "night-digest": "auto-generated"}
"""RFC 3834: a letter that answers nothing is no reply."""
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_THREAD_FIELDS = frozenset({"in-reply-to", "references"})
_BY_HAND = frozenset({"Subject", "In-Reply-To", "References"})
_PLAIN_ADDRESSES = frozenset({"Reply-To", "To", "X-Loop"})
"""What looks like an encoded word there is a name (RFC 2047, 5), and no text to read."""
LAST_REFERENCES = 19
TOKEN_LENGTH = 26
SHORTEST_SECRET = 16
WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WORD_BYTES = 45
"""Bytes in one encoded word: 60 characters of base64 and 12 of dress, under 75."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who the letters come from.

    `reply_to` is the submission mailbox, `domain` the right side of Message-IDs;
    `secret` keys the tokens by which our own letters are known again.
    """

    from_name: str
    from_address: str
    reply_to: str
    domain: str
    secret: bytes

    def __post_init__(self) -> None:
        """ConfigError, naming the key, when a part could not stand in a header."""
        for key, address in (
            ("from_address", self.from_address),
            ("reply_to", self.reply_to),
        ):
            if not _ADDRESS.fullmatch(address):
                raise ConfigError("smtp", key, f"{address!r} is not a plain address")
        if not _DOMAIN.fullmatch(self.domain):
            raise ConfigError("smtp", "domain", f"{self.domain!r} is not a domain")
        if not self.from_name.strip() or _has_unseen(self.from_name):
            raise ConfigError("smtp", "from_name", "empty, or holds control characters")
        if len(self.secret) < SHORTEST_SECRET:
            raise ConfigError("letters", "secret", f"shorter than {SHORTEST_SECRET} bytes")

    def __repr__(self) -> str:
        """All but the secret."""
        return f"Letterhead({self.from_name!r}, {self.from_address!r})"

    def token(self, reply_key: str) -> str:
        """The token of a letter: nobody without the secret can make or guess one."""
        mac = hmac.new(self.secret, reply_key.encode(), hashlib.sha256).digest()
        return base64.b32encode(mac).decode()[:TOKEN_LENGTH].lower()


class _KnownHeaders(HeaderRegistry):
    """Makes the class of a header once; the library makes one for every header."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        made = self._made.get(name)
        if made is None:
            made = self._made[name] = super().__getitem__(name)
        return made


class _LetterPolicy(EmailPolicy):
    """SMTP rules with three fields folded by hand, which the library gets wrong.

    It turns a message-id longer than a line into encoded words, which breaks the thread
    in every mail program; and it loses the space where encoded words end and plain ones
    begin ("đã nhậnđủ" for "đã nhận đủ").
    """

    def fold(self, name: str, value: Any) -> str:
        if name.lower() in _THREAD_FIELDS:
            return f"{name}: " + "\r\n ".join(str(value).split()) + "\r\n"
        if name == "Subject":
            return f"{name}: {_fold_subject(str(value))}\r\n"
        if name == "From" and not str(value).isascii():
            (address,) = value.addresses
            words = "\r\n ".join(_encoded_words(address.display_name))
            return f"{name}: {words}\r\n <{address.addr_spec}>\r\n"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: Any) -> bytes:
        return self.fold(name, value).encode("ascii")


def _fold_subject(subject: str) -> str:
    """Our tag as it is, everything after it in encoded words of its own."""
    tag, mark, rest = subject.partition("] ")
    if not mark or not tag.isascii():
        tag, rest = "", subject
    words = _encoded_words(rest)
    return "\r\n ".join([tag + "]", *words] if tag else words)


def _encoded_words(text: str) -> list[str]:
    """RFC 2047 words of at most 72 characters, none of which splits a letter."""
    data = text.encode()
    words: list[str] = []
    while data or not words:
        end = min(WORD_BYTES, len(data))
        while end < len(data) and data[end] & 0xC0 == 0x80:  # in the middle of a letter
            end -= 1
        words.append(f"=?utf-8?b?{base64.b64encode(data[:end]).decode()}?=")
        data = data[end:]
    return words


# a header line with encoded words and a quoted-printable line end at 76 (RFC 2045, 2047);
# the library counts two short
LINE_LENGTH = 74
LETTER_POLICY = _LetterPolicy(
    linesep="\r\n", max_line_length=LINE_LENGTH, header_factory=_KnownHeaders()
)


def header_line(name: str, value: str) -> str:
    """A header as it leaves; what the library would leave as it is, it is not asked."""
    line = f"{name}: {value}"
    if name in _PLAIN_ADDRESSES:
        return f"{line}\r\n"
    if "=?" not in value and not value.startswith(" "):
        if name in _BY_HAND:
            return LETTER_POLICY.fold(name, value)
        if value.isascii() and len(line) <= LINE_LENGTH:
            return f"{line}\r\n"
    return LETTER_POLICY.fold(*LETTER_POLICY.header_store_parse(name, value))


@lru_cache(maxsize=16)
def _sender_line(name: str, address: str) -> str:
    return header_line("From", str(Address(name, addr_spec=address)))


def make_letter(
    draft: LetterDraft,
    texts: LetterTexts,
    head: Letterhead,
    now: datetime,
    enclosure: Enclosure | None = None,
) -> Letter:
    """The letter as it will be sent, byte for byte; `now` is aware.

    PermanentError when the recipient is not a plain address or a header would hold a
    control character: nothing of the kind may ever reach a mail server.
    """
    if not _ADDRESS.fullmatch(draft.to):
        raise PermanentError("letter: the recipient is not a plain address; correct it")
    token = head.token(draft.reply_key)
    message_id = f"<khtc.{token}@{head.domain}>"
    lines = [_sender_line(head.from_name, head.from_address)]
    for name, value in _headers(draft, texts.subject, head, now):
        if _has_unseen(value):
            raise PermanentError(f"letter: control character in {name}")
        lines.append(header_line(name, value))
    lines.append(header_line("Message-ID", message_id))
    lines.append(header_line("X-KHTC-Reply", token))
    kind, body = _body(texts, enclosure, f"=_khtc_{token}")
    lines.append(f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n")
    return Letter(
        reply_key=draft.reply_key,
        token=token,
        template=draft.template,
        recipient=draft.to,
        rfc_message_id=message_id,
        subject=texts.subject,
        data="".join(lines).encode("ascii") + body,
        state=LetterState.SUPPRESSED if draft.suppressed else LetterState.QUEUED,
        suppressed=draft.suppressed,
    )


def _headers(
    draft: LetterDraft, subject: str, head: Letterhead, now: datetime
) -> Iterable[tuple[str, str]]:
    yield "Reply-To", head.reply_to
    yield "To", draft.to
    yield "Date", format_datetime(now.astimezone(HANOI))
    yield "Subject", subject
    yield from _thread_headers(draft.thread)
    yield "Auto-Submitted", _AUTO_SUBMITTED.get(draft.template, "auto-replied")
    yield "X-Auto-Response-Suppress", "All"
    yield "Precedence", "auto_reply"
    yield "X-Loop", head.from_address


def _thread_headers(thread: Thread) -> Iterable[tuple[str, str]]:
    """In-Reply-To and References, out of ids that are well-formed and nothing else."""
    answered = [i for i in (thread.message_id,) if i and _MESSAGE_ID.fullmatch(i)]
    known = [i for i in thread.references if _MESSAGE_ID.fullmatch(i)]
    line = list(dict.fromkeys(i for i in known if i not in answered)) + answered
    if answered:
        yield "In-Reply-To", answered[0]
    if line:
        cut = (
            line
            if len(line) <= LAST_REFERENCES
            else [line[0], *line[1:][-LAST_REFERENCES:]]
        )
        yield "References", " ".join(cut)


def _body(
    texts: LetterTexts, enclosure: Enclosure | None, boundary: str
) -> tuple[str, bytes]:
    """Text first, HTML second, the workbook behind both; its kind, and the whole.

    Put together by hand: the library takes three times as long. All is 7-bit clean, and
    "=_" cannot occur in quoted-printable.
    """
    words = [_words("plain", texts.text), _words("html", texts.html)]
    kind, body = _multipart("alternative", words, boundary)
    if enclosure is None:
        return kind, body
    both = f"Content-Type: {kind}\r\n\r\n".encode("ascii") + body
    return _multipart("mixed", [both, _enclosed(enclosure)], f"{boundary}_m")


def _multipart(subtype: str, parts: Iterable[bytes], boundary: str) -> tuple[str, bytes]:
    line = f"--{boundary}".encode("ascii")
    body = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    return f'multipart/{subtype};\r\n boundary="{boundary}"', body + line + b"--\r\n"


def _words(subtype: str, text: str) -> bytes:
    """A part of words, in lines of at most 76 characters."""
    head = (
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode("ascii") + b2a_qp(text.encode()).replace(b"\n", b"\r\n")


def _enclosed(enclosure: Enclosure) -> bytes:
    maintype, _, subtype = WORKBOOK_TYPE.partition("/")
    part = EmailMessage(policy=LETTER_POLICY)
    part.set_content(
        enclosure.data,
        maintype=maintype,
        subtype=subtype,
        disposition="attachment",
        filename=enclosure.name,
    )
    del part["MIME-Version"]
    return part.as_bytes()


def _has_unseen(text: str) -> bool:
    if text.isprintable():
        return False  # which says so of fewer texts, but without looking at each letter
    return any(unicodedata.category(c) in _UNSEEN for c in text)
