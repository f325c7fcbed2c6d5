"""How a file's bytes are written into a part, rightly and wrongly."""

import base64
import binascii
import quopri
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Coded:
    """Header lines and body of a part; `whole`: the file can be had back unharmed."""

    fields: tuple[bytes, ...]
    body: bytes
    whole: bool = True


Coding = Callable[[random.Random, bytes], Coded]
_B64 = b"Content-Transfer-Encoding: base64"


def lines(data: bytes, width: int = 76, end: bytes = b"\r\n") -> bytes:
    """Base64 in lines."""
    text = base64.b64encode(data)
    return end.join(text[n : n + width] for n in range(0, len(text), width))


def uuencoded(data: bytes, name: bytes = b"PL9.xls", *, end: bool = True) -> bytes:
    """A uuencoded file with its begin and end lines."""
    body = b"".join(binascii.b2a_uu(data[n : n + 45]) for n in range(0, len(data), 45))
    return b"begin 644 " + name + b"\n" + body + (b"`\nend\n" if end else b"")


def _fields(*fields: bytes) -> Coding:
    return lambda rng, data: Coded(fields, lines(data))


def _cut(rng: random.Random, data: bytes) -> Coded:
    text = lines(data)
    return Coded((_B64,), text[: rng.randrange(60, len(text) - 10)], whole=False)


def _junk(rng: random.Random, data: bytes) -> Coded:
    rows = lines(data).split(b"\r\n")
    for _ in range(5):
        at = rng.randrange(len(rows))
        rows[at] = rows[at][:10] + rng.choice((b"!", b" ", b"\x00", b"\xa0", b"-"))\
            + rows[at][10:]  # fmt: skip
    return Coded((_B64,), b"\r\n".join(rows))


def _lost_line(rng: random.Random, data: bytes) -> Coded:
    rows = lines(data).split(b"\r\n")
    del rows[rng.randrange(1, len(rows))]
    return Coded((_B64,), b"\r\n".join(rows), whole=False)


def _padding_inside(rng: random.Random, data: bytes) -> Coded:
    cut = len(data) // 2 // 3 * 3 + 1
    return Coded((_B64,), lines(data[:cut]) + b"\r\n" + lines(data[cut:]))


def _quoted(rng: random.Random, data: bytes) -> Coded:
    body = quopri.encodestring(data, quotetabs=True).replace(b"\n", b"\r\n")
    return Coded((b"Content-Transfer-Encoding: quoted-printable",), body)


def _binary(rng: random.Random, data: bytes) -> Coded:
    fields = rng.choice(((), (b"Content-Transfer-Encoding: binary",)))
    return Coded(fields, data)


def _soft_breaks(rng: random.Random, data: bytes) -> Coded:
    body = b"=\r\n".join(lines(data).split(b"\r\n"))
    return Coded((b"Content-Transfer-Encoding: quoted-printable",), body, whole=False)


def _twice(rng: random.Random, data: bytes) -> Coded:
    return Coded((_B64,), lines(lines(data)))


def _reply_signs(rng: random.Random, data: bytes) -> Coded:
    return Coded((_B64,), b"> " + lines(data).replace(b"\r\n", b"\r\n> "))


def _yenc(rng: random.Random, data: bytes) -> Coded:
    coded = bytes((byte + 42) % 256 for byte in data)
    for raw in (0x3D, 0x00, 0x0A, 0x0D):
        coded = coded.replace(bytes([raw]), b"=" + bytes([(raw + 64) % 256]))
    head = b"=ybegin line=128 size=%d name=PL9.xls\r\n" % len(data)
    return Coded((), head + coded + b"\r\n=yend size=%d\r\n" % len(data), whole=False)


CODINGS: Mapping[str, Coding] = {
    "base64": _fields(_B64),
    "one line": lambda rng, data: Coded((_B64,), base64.b64encode(data)),
    "short lines": lambda rng, data: Coded((_B64,), lines(data, rng.choice((4, 19, 60)))),
    "bare feeds": lambda rng, data: Coded((_B64,), lines(data, 76, b"\n")),
    "blank lines": lambda rng, data: Coded((_B64,), lines(data, 76, b"\r\n\r\n")),
    "blank before": lambda rng, data: Coded((_B64,), b"\r\n \r\n\r\n" + lines(data)),
    "undeclared": _fields(),
    "declared 7bit": _fields(b"Content-Transfer-Encoding: 7bit"),
    "declared quoted": _fields(b"Content-Transfer-Encoding: quoted-printable"),
    "declared uu": _fields(b"Content-Transfer-Encoding: x-uuencode"),
    "declared unknown": _fields(b"Content-Transfer-Encoding: base-64"),
    "declared twice": _fields(b"Content-Transfer-Encoding: 8bit", _B64),
    "declared with comment": _fields(b"Content-Transfer-Encoding: (x) Base64 (y)"),
    "declared quoted string": _fields(b'Content-Transfer-Encoding: "base64";'),
    "declared badly": _fields(b"Content-Transfer-Encoding base64"),
    "misspelt": _fields(b"Content-Transfer-Encodng: base64"),
    "cut": _cut,
    "junk": _junk,
    "lost line": _lost_line,
    "padding inside": _padding_inside,
    "quoted": _quoted,
    "binary": _binary,
    "soft breaks": _soft_breaks,
    "twice": _twice,
    "reply signs": _reply_signs,
    "uu": lambda rng, data: Coded(
        (b"Content-Transfer-Encoding: x-uuencode",), uuencoded(data)
    ),
    "uu undeclared": lambda rng, data: Coded((), uuencoded(data)),
    "uu without end": lambda rng, data: Coded((), uuencoded(data, end=False)),
    "begin-base64": lambda rng, data: Coded(
        (), b"begin-base64 644 PL9.xls\r\n" + lines(data) + b"\r\n====\r\n"
    ),
    "yenc": _yenc,
}
