"""Header values: encoded words (RFC 2047) and parameters (RFC 2231), as mailers write.

Everything is read from raw bytes and nothing raises: a name that cannot be decoded is
kept as it looks.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from pipeline.domain.writing.raw_text import decode_bytes, guess, one_line

_ENCODED = re.compile(rb"=\?([!->@-~]{1,75})\?([bBqQ])\?([^?]*)\?=")
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(byte for byte in range(256) if byte not in _ALPHABET + b"=")
_PARAMETER = re.compile(rb"\s*([^=;\s]{1,80})\s*=\s*")
_CLOSING = re.compile(rb'(?<!\\)"[ \t]*(?:;|$)')
_MOST_REMEMBERED = 300
_PIECE = re.compile(r"([^*]+)\*?(\d{1,4})?(\*?)")


def from_base64(data: bytes) -> bytes:
    """The bytes of sloppy base64: junk is skipped, padding may stand in the middle."""
    chunks = data.translate(None, _NOT_BASE64).split(b"=")
    return b"".join(_from_chunk(chunk) for chunk in chunks if len(chunk) > 1)


def _from_chunk(chunk: bytes) -> bytes:
    whole = chunk[:-1] if len(chunk) % 4 == 1 else chunk
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


def _word_bytes(encoding: bytes, payload: bytes) -> bytes:
    if encoding in b"bB":
        return from_base64(payload)
    return binascii.a2b_qp(payload.replace(b"_", b" "), header=False)


def _words(raw: bytes) -> Iterator[tuple[str | None, bytes, bytes]]:
    """Runs of a header value: (charset, encoding, bytes); charset None is plain."""
    at = 0
    for word in _ENCODED.finditer(raw):
        between = raw[at : word.start()]
        if between.strip() or at == 0:
            yield None, b"", between
        charset = word[1].decode("ascii").partition("*")[0].lower()
        yield charset, word[2].upper(), word[3]
        at = word.end()
    yield None, b"", raw[at:]


def decode_header(raw: bytes) -> str:
    """The text of a header value: encoded words anywhere, raw 8-bit bytes, one line.

    Neighbouring words of one charset are joined before decoding, because mailers
    split them inside a letter.
    """
    text = []
    for (charset, encoding), run in groupby(_words(raw), key=lambda word: word[:2]):
        pieces = [payload for _, _, payload in run]
        if charset is None:
            text.append(guess(b"".join(pieces)))
        else:
            text.append(decode_bytes(_joined(encoding, pieces), charset))
    return one_line("".join(text))


def _joined(encoding: bytes, pieces: list[bytes]) -> bytes:
    """The bytes of neighbouring words; base64 may have been cut between quads."""
    if encoding == b"B" and any(len(p.rstrip(b"=")) % 4 == 1 for p in pieces):
        return from_base64(b"".join(pieces))
    return b"".join(_word_bytes(encoding, piece) for piece in pieces)


@dataclass(frozen=True, slots=True)
class Parameterised:
    """A value with parameters, as Content-Type has: all decoded, names in lower case."""

    value: str
    parameters: Mapping[str, str]


def parse_parameterised(raw: bytes) -> Parameterised:
    """A Content-Type or Content-Disposition value; never raises."""
    return (_remembered if len(raw) <= _MOST_REMEMBERED else _parsed)(raw)


def _parsed(raw: bytes) -> Parameterised:
    head, _, rest = raw.partition(b";")
    value = decode_header(_without_comments(head)).strip().lower()
    return Parameterised(value, _assemble(_raw_parameters(rest)))


_remembered = lru_cache(maxsize=512)(_parsed)


def _without_comments(raw: bytes) -> bytes:
    return raw.partition(b"(")[0]


def _raw_parameters(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """(name, value bytes) of each parameter, quotes taken off."""
    at = 0
    while at < len(raw):
        name = _PARAMETER.match(raw, at)
        if name is None:
            following = raw.find(b";", at)
            at = len(raw) if following < 0 else following + 1
            continue
        value, at = _raw_value(raw, name.end())
        yield name[1].decode("latin-1").lower(), value


def _raw_value(raw: bytes, at: int) -> tuple[bytes, int]:
    """A parameter's value from `at`, and where the next parameter begins.

    The closing quote is the one before a semicolon: names with bare quotes are met.
    """
    if raw[at : at + 1] == b'"':
        closing = _CLOSING.search(raw, at + 1)
        if closing is None:
            return _unquoted(raw[at + 1 :]), len(raw)
        return _unquoted(raw[at + 1 : closing.start()]), closing.end()
    end = raw.find(b";", at)
    end = len(raw) if end < 0 else end
    return raw[at:end].strip(), end + 1


def _unquoted(raw: bytes) -> bytes:
    joined = re.sub(rb'(?<!\\)"\s+"', b" ", raw)
    return re.sub(rb'\\(["\\])', rb"\1", joined)


def _assemble(raw: Iterable[tuple[str, bytes]]) -> dict[str, str]:
    """Parameters with their RFC 2231 pieces joined; the first of a name wins."""
    plain: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for name, value in raw:
        shape = _PIECE.fullmatch(name)
        if shape is None or "*" not in name:
            plain.setdefault(name, _plain_value(value))
            continue
        number = int(shape[2] or 0)
        extended = bool(shape[3]) or shape[2] is None
        pieces.setdefault(shape[1], {}).setdefault(number, (extended, value))
    for name, parts in pieces.items():
        joined = _extended_value([parts[number] for number in sorted(parts)])
        if joined or name not in plain:
            plain[name] = joined
    return plain


def _plain_value(raw: bytes) -> str:
    """A plain value: encoded words, raw bytes, or bytes behind percent signs."""
    if re.search(rb"%[89A-Fa-f][0-9A-Fa-f]", raw) and raw.isascii():
        try:
            return one_line(_unpercented(raw).decode("utf-8"))
        except UnicodeDecodeError:
            pass
    return decode_header(raw)


def _extended_value(parts: list[tuple[bool, bytes]]) -> str:
    extended, first = parts[0]
    charset: str | None = None
    if extended and first.count(b"'") >= 2:
        label, _, rest = first.partition(b"'")
        charset = label.decode("latin-1")
        parts = [(True, rest.partition(b"'")[2]), *parts[1:]]
    data = b"".join(_unpercented(value) if ext else value for ext, value in parts)
    if _ENCODED.search(data):
        return decode_header(data)
    return one_line(decode_bytes(data, charset))


def _unpercented(raw: bytes) -> bytes:
    return _PERCENT.sub(lambda code: bytes([int(code[1], 16)]), raw)
