"""The forms in which a secret that got out may be written."""

import base64
from collections.abc import Iterator
from urllib.parse import quote


def forms(secret: str) -> Iterator[bytes]:
    """A secret as it may be written: plain, quoted, in base64 at any offset, in hex."""
    raw = secret.encode()
    yield from (raw, quote(secret).encode(), raw.hex().encode())
    yield secret.encode("utf-16-le")
    yield base64.b64encode(f"\0khtc\0{secret}".encode())
    for offset in range(3):
        yield base64.b64encode(b"\0" * offset + raw)[4:-4]
