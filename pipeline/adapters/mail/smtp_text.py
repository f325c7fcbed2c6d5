"""A letter's text and its address as SMTP wants them."""

import re

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"({_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})*")


def is_address(text: str) -> bool:
    """One strictly plain ASCII address: no name, quotes, spaces, comments, line ends."""
    match = _ADDRESS.fullmatch(text)
    return match is not None and len(match[1]) <= 64 and len(text) <= 254


def transparent(data: bytes) -> bytes:
    """The text as it goes over the line: CRLF everywhere, leading dots doubled."""
    ends = data.count(b"\r\n")
    if not ends == data.count(b"\r") == data.count(b"\n"):  # as our own letters have it
        data = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    if not data.endswith(b"\r\n"):
        data += b"\r\n"
    dotted = data.replace(b"\r\n.", b"\r\n..")
    return b"." + dotted if dotted.startswith(b".") else dotted
