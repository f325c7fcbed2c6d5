"""Passwords: kept as scrypt records, compared in constant time."""

import base64
import hashlib
import hmac
import secrets
from functools import cache

from pipeline.domain.errors import PermanentError

SHORTEST, LONGEST = 12, 200
_COST, _BLOCKS, _LANES = 2**14, 8, 1
_MEMORY = 64 * 1024 * 1024


def keep(password: str) -> str:
    """The record of a password; PermanentError when it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise PermanentError(f"a password has {SHORTEST} to {LONGEST} characters")
    salt = secrets.token_bytes(16)
    return f"scrypt${_COST}${_BLOCKS}${_LANES}${_text(salt)}${_text(_hash(password, salt))}"


def matches(password: str, record: str) -> bool:
    """Whether a password is the one of a record; the same work for every record."""
    _, _, _, _, salt, kept = record.split("$")
    typed = _hash(password[:LONGEST], base64.b64decode(salt))
    return hmac.compare_digest(typed, base64.b64decode(kept))


@cache
def nobody() -> str:
    """The record compared against where there is no account, so that it takes as long."""
    return keep(secrets.token_urlsafe())


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=_COST,
        r=_BLOCKS,
        p=_LANES,
        maxmem=_MEMORY,
        dklen=32,
    )


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
