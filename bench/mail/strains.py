"""What is done to a whole mail at last: header fields too large, odd bytes, odd lines."""

import random
from collections.abc import Callable, Mapping

Strain = Callable[[random.Random, bytes], bytes]


def _field(make: Callable[[random.Random], bytes]) -> Strain:
    """One more header field on top."""
    return lambda rng, raw: make(rng) + b"\r\n" + raw


def _nul_in_header(rng: random.Random, raw: bytes) -> bytes:
    end = raw.index(b"\r\n\r\n")
    at = rng.randrange(end)
    return raw[:at] + b"\x00" + raw[at:]


def _nul_anywhere(rng: random.Random, raw: bytes) -> bytes:
    for _ in range(3):
        at = rng.randrange(len(raw))
        raw = raw[:at] + b"\x00" + raw[at:]
    return raw


def _noise(rng: random.Random, raw: bytes) -> bytes:
    """Some bytes of the first header lines changed."""
    spoilt = bytearray(raw)
    for _ in range(4):
        spoilt[rng.randrange(min(len(raw), 600))] = rng.randrange(256)
    return bytes(spoilt)


def _nested_comments(rng: random.Random) -> bytes:
    return b"Received: " + b"(" * 3000 + b"x" + b")" * 3000


def _many_pieces(rng: random.Random) -> bytes:
    pieces = b"".join(b"; x*%d*=%%41" % n for n in range(2000))
    return b"Content-Disposition: attachment" + pieces


def _folded_subject(rng: random.Random) -> bytes:
    return b"Subject: " + b"\r\n ".join([b"=?utf-8?q?B=C3=A1o?= x"] * 5000)


def _huge_subject(rng: random.Random) -> bytes:
    return b"Subject: " + b"=?utf-8?b?QsOhbyBjw6Fv?= " * 12_000


STRAINS: Mapping[str, Strain] = {
    "none": lambda rng, raw: raw,
    "bare feeds": lambda rng, raw: raw.replace(b"\r\n", b"\n"),
    "bare returns": lambda rng, raw: raw.replace(b"\r\n", b"\r"),
    "doubled returns": lambda rng, raw: raw.replace(b"\r\n", b"\r\r\n"),
    "mixed ends": lambda rng, raw: raw.replace(b"\r\n", b"\n", rng.randrange(20)),
    "mbox line": lambda rng, raw: b"From x@y Wed Jul 10 09:00:00 2013\r\n" + raw,
    "blank line first": lambda rng, raw: b"\r\n" + raw,
    "byte order mark": lambda rng, raw: b"\xef\xbb\xbf" + raw,
    "nul in header": _nul_in_header,
    "nul anywhere": _nul_anywhere,
    "noise": _noise,
    "8-bit header": _field(lambda rng: b"Subject: B\xe1o c\xe1o s\xed li\xd6u"),
    "8-bit field name": _field(lambda rng: "Tiêu-đề: x".encode()),
    "utf-16 subject": _field(lambda rng: b"Subject: " + "Báo".encode("utf-16")),
    "header line without colon": _field(lambda rng: b"X-A: b\r\nno field here"),
    "field of 15 KB": _field(lambda rng: b"X-A: " + b"a" * 15_000),
    "field of 100 KB": _field(lambda rng: b"X-A: " + b"a " * 50_000),
    "field of 300 KB": _field(lambda rng: b"X-A: " + b"a" * 300_000),
    "folded subject": _field(_folded_subject),
    "huge subject": _field(_huge_subject),
    "5000 fields": _field(lambda rng: b"\r\n".join([b"X-A: b"] * 5_000)),
    "20000 fields": _field(lambda rng: b"\r\n".join([b"X: b"] * 20_000)),
    "10000 addresses": _field(lambda rng: b"To: " + b", ".join([b"a@b.vn"] * 10_000)),
    "group address": _field(lambda rng: b"To: a:b@c,d:e@f;,;;:"),
    "nested comments": _field(_nested_comments),
    "2000 pieces": _field(_many_pieces),
    "wild types": _field(lambda rng: b"Content-Type: " + b"a/b;" * 5000),
    "no version": lambda rng, raw: raw.replace(b"MIME-Version: 1.0\r\n", b""),
    "dates": _field(lambda rng: b"Date: Thu, 99 Jul 99999 99:99:99 +99999999999"),
    "received dates": _field(lambda rng: b"Received: by x; 0 Jan 1 0:0:0 -9999"),
}
