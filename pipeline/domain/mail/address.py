"""Mail addresses, read strictly: what cannot be read in one way only is no address.

Libraries hand back the victim's address for most hostile From forms; here a From field
is accepted only in the three shapes that mail programs write.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.domain.mail.header_text import decode_header

MAX_RECIPIENTS = 500
_LOCAL = r"[a-z0-9_+&'=/#-]+(?:\.[a-z0-9_+&'=/#-]+)*"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ADDR_SPEC = re.compile(
    rf"({_LOCAL})@((?:{_LABEL}\.)+(?:[a-z]{{2,24}}|xn--[a-z0-9-]{{2,59}}))"
)
_ANGLED = re.compile(rb"([^<>]*)<([!-;=?-~]{3,254})>")
_QUOTED = re.compile(rb'"(?:[^"\\\r\n]|\\.)*"')
_IN_LIST = re.compile(r"[a-z0-9_.+&'=/#-]{1,64}@[a-z0-9.-]{3,200}")
_BARE_WORD = re.compile(r"[a-z0-9_.+=-]{1,64}")
_MSG_ID = re.compile(
    r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,200}@[A-Za-z0-9._\-\[\]:]{1,150}>"
)
# Signs that readers of mail draw like an @.
_AT_SIGNS = frozenset("@＠﹫")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox: its address in lower case, and the name shown beside it."""

    address: str
    name: str = ""


def parse_address(text: str) -> str | None:
    """An address in lower case when `text` is exactly one ASCII addr-spec, else None."""
    lowered = text.lower() if text.isascii() else ""
    shape = _ADDR_SPEC.fullmatch(lowered)
    if shape is None or len(shape[1]) > 64 or len(lowered) > 254:
        return None
    return lowered


def parse_from(values: Iterable[bytes]) -> Mailbox | None:
    """The one mailbox of all From fields of a message, or None.

    Accepted: `addr`, `<addr>` and `name <addr>`. A name that shows another address,
    a comma, a group, a comment that holds an address or a second bracket is not.
    """
    fields = list(values)
    if len(fields) != 1 or any(byte < 32 and byte != 9 for byte in fields[0]):
        return None
    raw = fields[0].strip()
    bare = parse_address(raw.decode("latin-1"))
    if bare is not None:
        return Mailbox(bare)
    shape = _ANGLED.fullmatch(raw)
    address = parse_address(shape[2].decode("ascii")) if shape else None
    if shape is None or address is None:
        return None
    name = _shown_name(shape[1].strip())
    return None if name is None or _misleads(name, address) else Mailbox(address, name)


def _shown_name(raw: bytes) -> str | None:
    """The name before the bracket, None when it is not one phrase."""
    unquoted = _QUOTED.sub(b"", raw)
    if any(sign in unquoted for sign in b'",;:@\\'):
        return None
    plain = re.sub(rb"\\(.)", rb"\1", raw.replace(b'\\"', b"'").replace(b'"', b""))
    return decode_header(plain)


def _misleads(name: str, address: str) -> bool:
    """Whether a shown name holds an address that is not the real one."""
    folded = unicodedata.normalize("NFKC", name).strip().strip("<>'\" ").lower()
    if any(sign in name or sign in folded for sign in _AT_SIGNS):
        return folded != address
    return "<" in folded or ">" in folded


def list_addresses(values: Iterable[bytes]) -> tuple[str, ...]:
    """Every address that To and Cc fields name, lower case, in order, bounded."""
    found: dict[str, None] = {}
    for value in values:
        for address in _IN_LIST.findall(value.decode("latin-1").lower()):
            if len(found) < MAX_RECIPIENTS:
                found.setdefault(address)
    return tuple(found)


def local_parts(value: bytes) -> tuple[str, ...]:
    """Local parts (and bare words in brackets) of an address field, read leniently."""
    text = value.decode("latin-1").lower()
    parts = [address.partition("@")[0] for address in _IN_LIST.findall(text)]
    bracketed = re.findall(r"<([^<>@\s]{1,64})>", text)
    whole = [text.strip()] if _BARE_WORD.fullmatch(text.strip()) else []
    return (*parts, *bracketed, *whole)


def message_ids(value: bytes) -> tuple[str, ...]:
    """The well-formed message-ids of a field, the first and the last 19."""
    ids = _MSG_ID.findall(value.decode("latin-1"))
    return tuple(ids if len(ids) <= 20 else [ids[0], *ids[-19:]])
