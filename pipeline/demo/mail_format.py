"""Messages byte by byte: the spellings of headers and file names met in practice.

The standard library would spell every mail the same way, and date and number it anew on
each run; here the bytes depend on the draft alone.
"""

import base64
import hashlib
import quopri
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from email.charset import BASE64, QP, Charset
from email.header import Header
from email.utils import format_datetime
from html import escape
from urllib.parse import quote

from pipeline.demo.sample_files import NamedFile

_CRLF = b"\r\n"
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
}


@dataclass(frozen=True, slots=True)
class MailDraft:
    """A mail before it is spelled out. Header values may hold any Unicode text.

    `headers` are extra ones, in ASCII; `spelling` picks among ways to encode the rest.
    """

    sender: str
    sender_name: str
    recipient: str
    sent_at: datetime
    subject: str
    text: str
    files: tuple[NamedFile, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    spelling: int = 0

    @property
    def token(self) -> str:
        """A name for this mail that no clock or chance goes into."""
        known = (self.sender, self.sent_at.isoformat(), self.subject)
        return hashlib.sha256("\n".join(known).encode()).hexdigest()[:20]


def write_mail(draft: MailDraft) -> bytes:
    """The message of a draft, with CRLF line ends."""
    return _head(draft) + write_body(draft)


def write_body(draft: MailDraft) -> bytes:
    """Content headers, the empty line and the content."""
    text = _text_part(draft)
    if not draft.files:
        return text
    parts = [text, *(_file_part(file, draft.spelling) for file in draft.files)]
    return join_parts("mixed", f"=_{draft.token}", parts)


def join_parts(subtype: str, boundary: str, parts: Iterable[bytes]) -> bytes:
    """A multipart entity of parts that bring their own headers."""
    mark = b"--" + boundary.encode()
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"'.encode()
    body = b"".join(_CRLF + mark + _CRLF + part for part in parts)
    return head + _CRLF + body + _CRLF + mark + b"--" + _CRLF


def write_headers(headers: Iterable[tuple[str, str]]) -> bytes:
    """Header lines in ASCII."""
    return b"".join(f"{name}: {value}\r\n".encode("ascii") for name, value in headers)


def stamp_received(raw: bytes, sender: str, recipient: str, at: datetime) -> bytes:
    """The message as a server files it: with Return-Path and a Received field on top.

    The stamp holds nothing but its arguments, so that the same mail is the same bytes.
    """
    stamp = (
        "from relay.demo.invalid (relay.demo.invalid [192.0.2.1])\r\n"
        f"\tby mx.demo.invalid with ESMTP\r\n\tfor <{recipient}>;"
        f" {format_datetime(at)}"
    )
    lines = (("Return-Path", f"<{sender}>"), ("Received", stamp))
    return write_headers(lines) + raw


def _head(draft: MailDraft) -> bytes:
    domain = draft.sender.rpartition("@")[2] or "mx.demo.invalid"
    name = encode_header(draft.sender_name, draft.spelling)
    address = f"{name} <{draft.sender}>" if name else draft.sender
    lines = [
        ("From", address),
        ("To", draft.recipient),
        ("Subject", encode_header(draft.subject, draft.spelling)),
        ("Date", format_datetime(draft.sent_at)),
        ("Message-ID", f"<{draft.token}@{domain}>"),
        ("MIME-Version", "1.0"),
        *draft.headers,
    ]
    return write_headers(lines)


def encode_header(text: str, spelling: int) -> str:
    """A header value as encoded words, base64 or quoted-printable by turns."""
    if text.isascii():
        return text
    charset = Charset("utf-8")
    charset.header_encoding = QP if spelling % 3 == 1 else BASE64
    folded = Header(text, charset, maxlinelen=72).encode()
    return "\r\n".join(folded.splitlines())


def _text_part(draft: MailDraft) -> bytes:
    """The text, for every second correspondent with an HTML twin, as web mail does."""
    plain = _encoded_text(draft.text.strip() + "\n", "plain", draft.spelling)
    if draft.spelling % 2 == 0:
        return plain
    paragraphs = escape(draft.text.strip()).replace("\n", "<br>\n")
    html = _encoded_text(
        f"<html><body>{paragraphs}</body></html>\n", "html", draft.spelling
    )
    return join_parts("alternative", f"=_alt_{draft.token}", [plain, html])


def _encoded_text(text: str, subtype: str, spelling: int) -> bytes:
    data = text.replace("\n", "\r\n").encode()
    if spelling % 3:
        encoding, content = "base64", _base64(data)
    else:
        encoding = "quoted-printable"
        content = quopri.encodestring(data.replace(_CRLF, b"\n")).replace(b"\n", _CRLF)
    head = (
        ("Content-Type", f"text/{subtype}; charset=utf-8"),
        ("Content-Transfer-Encoding", encoding),
    )
    return write_headers(head) + _CRLF + content


def _base64(data: bytes) -> bytes:
    return base64.encodebytes(data).replace(b"\n", _CRLF)


def _file_part(file: NamedFile, spelling: int) -> bytes:
    ending = file.name.rpartition(".")[2].lower()
    kind = _TYPES.get(ending, "application/octet-stream")
    if spelling % 5 == 4:  # some programs declare every file to be just bytes
        kind = "application/octet-stream"
    head = (
        ("Content-Type", kind + _parameter("name", file.name, spelling)),
        (
            "Content-Disposition",
            "attachment" + _parameter("filename", file.name, spelling),
        ),
        ("Content-Transfer-Encoding", "base64"),
    )
    return write_headers(head) + _CRLF + _base64(file.data)


def _parameter(key: str, name: str, spelling: int) -> str:
    """A file name: plain, by RFC 2231, or (against the rules, and common) RFC 2047."""
    if name.isascii():
        return f';\r\n {key}="{name}"'
    if spelling % 4 < 2:
        return f";\r\n {key}*=UTF-8''{quote(name)}"
    words = encode_header(name, spelling).replace("\r\n ", "\r\n  ")
    return f';\r\n {key}="{words}"'
