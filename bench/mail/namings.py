"""How a file's name is written into a part's header: as standards say, and otherwise."""

import base64
import random
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from tests.builders.raw_mails import in_cp1258, in_tcvn3

WORDS = (
    "Phụ lục số 9",
    "Biểu mẫu kế hoạch 2014 - Sở LĐTBXH",
    "Báo cáo số liệu năm 2013 (bổ sung)",
    "Kế hoạch giảm nghèo, việc làm",
    "PL1-9",
    "Số liệu Đắk Lắk; lần 2",
)


@dataclass(frozen=True, slots=True)
class Named:
    """What stands behind the type, and the disposition field's value (empty: none)."""

    type_tail: bytes
    disposition: bytes


Naming = Callable[[random.Random, str], Named]


def _both(raw: bytes) -> Named:
    return Named(b'; name="' + raw + b'"', b'attachment; filename="' + raw + b'"')


def _word(charset: str, data: bytes, coding: str = "b") -> bytes:
    if coding == "b":
        body = base64.b64encode(data)
    else:
        body = b"".join(b"=%02X" % byte for byte in data)
    return b"=?" + charset.encode() + b"?" + coding.encode() + b"?" + body + b"?="


def _encoded(charset: str, coding: str, data: bytes | None = None) -> Naming:
    def write(rng: random.Random, name: str) -> Named:
        raw = name.encode() if data is None else data
        return _both(_word(charset, raw, coding))

    return write


def _split_in_letter(rng: random.Random, name: str) -> Named:
    raw = name.encode()
    cut = next((n for n, byte in enumerate(raw) if byte > 0x7F), 1) + 1
    return _both(_word("utf-8", raw[:cut]) + b"\r\n " + _word("utf-8", raw[cut:]))


def _pieces(rng: random.Random, name: str, *, shuffled: bool, gap: bool) -> Named:
    coded = quote(name, safe="")
    size = rng.choice((3, 7, 20))
    cut = [coded[n : n + size] for n in range(0, len(coded), size)]
    fields = [f"filename*{n}*={piece}" for n, piece in enumerate(cut)]
    fields[0] = fields[0].replace("=", "=UTF-8''", 1)
    if gap and len(fields) > 1:
        del fields[rng.randrange(len(fields))]
    if shuffled:
        rng.shuffle(fields)
    tail = ";\r\n ".join(fields).encode()
    return Named(b"", b"attachment; " + tail)


def _raw(encode: Callable[[str], bytes]) -> Naming:
    return lambda rng, name: _both(encode(name))


def _swapped(rng: random.Random, name: str) -> Named:
    raw = name.encode()
    return Named(b'; NAME="' + raw + b'"', rng.choice((b"", b"inline", b"attachment")))


def _odd(raw: bytes) -> Naming:
    return lambda rng, name: Named(b"", b"attachment; " + raw)


def _nul(rng: random.Random, name: str) -> Named:
    raw = name.encode()
    at = rng.randrange(len(raw))
    return _both(raw[:at] + b"\x00" + raw[at:])


NAMINGS: Mapping[str, Naming] = {
    "utf-8": _raw(str.encode),
    "ascii": _raw(lambda name: name.encode("ascii", "ignore") or b"a.xls"),
    "cp1258": _raw(in_cp1258),
    "tcvn3": _raw(lambda name: in_tcvn3(_known(name))),
    "nfd": _raw(lambda name: unicodedata.normalize("NFD", name).encode()),
    "utf-16": _raw(lambda name: name.encode("utf-16-le")),
    "encoded b": _encoded("utf-8", "b"),
    "encoded q": _encoded("UTF-8", "q"),
    "encoded unknown charset": _encoded("x-viet-vps", "b"),
    "encoded wrong charset": _encoded("us-ascii", "q"),
    "encoded utf-7": _encoded("utf-7", "q"),
    "encoded cp1258": lambda rng, name: _both(_word("windows-1258", in_cp1258(name))),
    "split inside a letter": _split_in_letter,
    "2231": lambda rng, name: Named(
        b"", b"attachment; filename*=UTF-8''" + quote(name).encode()
    ),
    "2231 latin": lambda rng, name: Named(
        b"", b"attachment; filename*=iso-8859-1'vi'" + quote(name).encode()
    ),
    "2231 no charset": lambda rng, name: Named(
        b"", b"attachment; filename*=" + quote(name).encode()
    ),
    "2231 pieces": lambda rng, name: _pieces(rng, name, shuffled=False, gap=False),
    "2231 shuffled": lambda rng, name: _pieces(rng, name, shuffled=True, gap=False),
    "2231 gap": lambda rng, name: _pieces(rng, name, shuffled=True, gap=True),
    "2231 and 2047": lambda rng, name: Named(
        b'; name="' + _word("utf-8", name.encode()) + b'"',
        b"attachment; filename*0*=UTF-8''" + quote(name).encode(),
    ),
    "percent": lambda rng, name: _both(quote(name).encode()),
    "type only": _swapped,
    "no name": lambda rng, name: Named(b"", rng.choice((b"", b"attachment", b"inline"))),
    "open quote": lambda rng, name: Named(b"", b'attachment; filename="' + name.encode()),
    "quotes inside": lambda rng, name: _both(b'Bi"u \\"s\\" ' + name.encode()),
    "unquoted": lambda rng, name: Named(b"", b"attachment; filename=" + name.encode()),
    "nul": _nul,
    "path": lambda rng, name: _both(b"C:\\..\\..\\" + name.encode()),
    "slashes": lambda rng, name: _both(b"../../etc/" + name.encode()),
    "long": lambda rng, name: _both(b"x" * rng.choice((300, 4000, 15000)) + name.encode()),
    "right to left": lambda rng, name: _both("\u202eslx.".encode() + name.encode()),
    "folded": lambda rng, name: _both(name.encode().replace(b" ", b"\r\n\t", 1)),
    "empty": _odd(b'filename=""'),
    "dots": _odd(b'filename="..."'),
    "stars": _odd(b"filename**=x; filename*0*1=y; filename*99999=z"),
    "huge number": _odd(b"filename*" + b"9" * 60 + b"*=x"),
    "disposition broken": lambda rng, name: Named(
        b"", b'; filename="' + name.encode() + b'"'
    ),
    "image type": lambda rng, name: Named(b"", b"inline; filename=image001.png"),
    "winmail": _odd(b"filename=winmail.dat"),
}


def _known(name: str) -> str:
    """The name in letters that TCVN3 has: capitals with tones have no byte there."""
    lowered = (c.lower() if ord(c) > 0x7F else c for c in name)
    return "".join(lowered)
