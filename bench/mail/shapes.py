"""How the parts of a mail are put together: by the standard, and in the ways it breaks."""

import base64
import random
from collections.abc import Callable, Mapping, Sequence

Shape = Callable[[random.Random, bytes, Sequence[bytes]], bytes]
"""(dice, header lines of the mail, parts) to the whole mail."""


def joined(parts: Sequence[bytes], mark: bytes = b"=_a", *, closed: bool = True) -> bytes:
    """Parts behind their delimiters."""
    body = b"".join(b"--" + mark + b"\r\n" + part + b"\r\n" for part in parts)
    return body + (b"--" + mark + b"--\r\n" if closed else b"")


def _mail(head: bytes, content_type: bytes, body: bytes) -> bytes:
    return head + b"Content-Type: " + content_type + b"\r\n\r\n" + body


def _of_type(content_type: bytes, **options: bool) -> Shape:
    return lambda rng, head, parts: _mail(head, content_type, joined(parts, **options))


def _with_mark(written: bytes, used: bytes) -> Shape:
    typed = b"multipart/mixed; boundary=" + written
    return lambda rng, head, parts: _mail(head, typed, joined(parts, used))


_MIXED = b'multipart/mixed; boundary="=_a"'


def _nested(depth: int, *, same: bool = False) -> Shape:
    def write(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
        inner = joined(parts, b"m0")
        mark = b"m0"
        for level in range(1, depth):
            wrapped = b'Content-Type: multipart/mixed; boundary="' + mark + b'"\r\n\r\n'
            mark = b"m0" if same else b"m%d" % level
            inner = joined([wrapped + inner], mark)
        return _mail(head, b"multipart/mixed; boundary=" + mark, inner)

    return write


def _attached(kind: bytes, *coding: bytes) -> Shape:
    """The mail inside another mail."""

    def write(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
        inner = _mail(head, _MIXED, joined(parts))
        if b"base64" in b"".join(coding):
            inner = base64.encodebytes(inner)
        fields = [b"Content-Type: " + kind, *coding]
        part = b"\r\n".join(fields) + b"\r\n\r\n" + inner
        text = b"Content-Type: text/plain\r\n\r\nxin gui\r\n"
        return _mail(head, b"multipart/mixed; boundary=out", joined([text, part], b"out"))

    return write


def _after_the_end(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    body = joined(parts[:1]) + joined(parts[1:], closed=False)
    return _mail(head, _MIXED, body)


def _in_the_epilogue(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    return _mail(head, _MIXED, joined(parts[:1]) + b"\r\n" + b"\r\n".join(parts[1:]))


def _in_the_preamble(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    return _mail(head, _MIXED, b"\r\n".join(parts[1:]) + b"\r\n" + joined(parts[:1]))


def _no_blank_line(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    return _mail(head, _MIXED, joined([p.replace(b"\r\n\r\n", b"\r\n", 1) for p in parts]))


def _blank_within(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    return _mail(head, _MIXED, joined([p.replace(b"\r\n", b"\r\n\r\n", 1) for p in parts]))


def _bad_line(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    bad = rng.choice((b"this is no field\r\n", b"Bi\xe1\xbb\x83u: x\r\n", b": x\r\n"))
    return _mail(head, _MIXED, joined([bad + part for part in parts]))


def _two_types(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    other = rng.choice((b"text/plain", b"multipart/mixed; boundary=zz", b"garbage", b""))
    fields = [b"Content-Type: " + other, b"Content-Type: " + _MIXED]
    rng.shuffle(fields)
    return head + b"\r\n".join(fields) + b"\r\n\r\n" + joined(parts)


def _no_type(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    return head + b"\r\n" + joined(parts)


def _alone(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    """The file is the whole mail."""
    return head + parts[-1]


def _many(count: int) -> Shape:
    small = b"Content-Type: text/plain\r\n\r\nx"
    return lambda rng, head, parts: _mail(head, _MIXED, joined([*[small] * count, *parts]))


def _trailing(tail: bytes) -> Shape:
    """Something behind every delimiter."""

    def write(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
        body = joined(parts).replace(b"--=_a\r\n", b"--=_a" + tail + b"\r\n")
        return _mail(head, _MIXED, body)

    return write


def _prefix_marks(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    inner = joined(parts, b"=_ab")
    part = b'Content-Type: multipart/mixed; boundary="=_ab"\r\n\r\n' + inner
    return _mail(head, _MIXED, joined([part]))


def _partial(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    inner = _mail(head, _MIXED, joined(parts, closed=False))
    return _mail(head, b'message/partial; id="a@b"; number=1; total=2', inner)


def _cut(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    whole = _mail(head, _MIXED, joined(parts))
    body = whole.rindex(parts[-1])
    return whole[: body + max(200, int(len(parts[-1]) * rng.uniform(0.2, 0.9)))]


def _coded_multipart(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    coding = b"Content-Transfer-Encoding: base64\r\n"
    return _mail(head + coding, _MIXED, base64.encodebytes(joined(parts)))


def _body_in_html(rng: random.Random, head: bytes, parts: Sequence[bytes]) -> bytes:
    """The whole MIME mail pasted as text behind a blank line, as gateways do."""
    note = b"This mail was checked.\r\n\r\nContent-Type: " + _MIXED + b"\r\n\r\n"
    return head + b"Content-Type: text/plain\r\n\r\n" + note + joined(parts)


SHAPES: Mapping[str, Shape] = {
    "mixed": _of_type(_MIXED),
    "related": _of_type(b'multipart/related; boundary="=_a"'),
    "alternative": _of_type(b'multipart/alternative; boundary="=_a"'),
    "parallel": _of_type(b'multipart/parallel; boundary="=_a"'),
    "digest": _of_type(b'multipart/digest; boundary="=_a"'),
    "form-data": _of_type(b'multipart/form-data; boundary="=_a"'),
    "unclosed": _of_type(_MIXED, closed=False),
    "no boundary": _of_type(b"multipart/mixed"),
    "no semicolon": _of_type(b"multipart/mixed boundary==_a"),
    "unquoted": _of_type(b"multipart/mixed; boundary==_a"),
    "half quoted": _of_type(b'multipart/mixed; boundary="=_a'),
    "single quotes": _of_type(b"multipart/mixed; boundary='=_a'"),
    "empty type": _of_type(b""),
    "type garbage": _of_type(b"\x00\xff/;;;=\xfe"),
    "multipart slash": _of_type(b"multipart/; boundary==_a"),
    "text": _of_type(b'text/plain; boundary="=_a"'),
    "html": _of_type(b"text/html; charset=utf-8"),
    "charset unknown": _of_type(b'multipart/mixed; charset=x-vps; boundary="=_a"'),
    "comment": _of_type(b'multipart/(x)mixed (y); boundary (z) = "=_a"'),
    "encoded boundary": _of_type(b"multipart/mixed; boundary*=us-ascii''%3D_a"),
    "boundary in pieces": _of_type(b"multipart/mixed; boundary*0==; boundary*1=_a"),
    "wrong boundary": _with_mark(b"zzz", b"=_a"),
    "other case": _with_mark(b"NEXT", b"next"),
    "spaces in boundary": _with_mark(b'"a b "', b"a b"),
    "long boundary": _with_mark(b"x" * 900, b"x" * 900),
    "dashes": _with_mark(b"--", b"--"),
    "empty boundary": _with_mark(b'""', b""),
    "slashes": _with_mark(b'"a\\"b"', b'a"b'),
    "8-bit boundary": _with_mark("“biểu”".encode(), "“biểu”".encode()),
    "nested": _nested(5),
    "nested, one boundary": _nested(3, same=True),
    "nested deep": _nested(9),
    "nested too deep": _nested(30),
    "nested 3000": _nested(3000),
    "prefix of another": _prefix_marks,
    "blank behind": _trailing(b"  \t"),
    "text behind": _trailing(b" x"),
    "attached": _attached(b"message/rfc822"),
    "attached base64": _attached(b"message/rfc822", b"Content-Transfer-Encoding: base64"),
    "attached as bytes": _attached(
        b'application/octet-stream; name="thu.eml"', b"Content-Transfer-Encoding: base64"
    ),
    "attached nameless": _attached(b"application/octet-stream"),
    "attached as text": _attached(b"text/plain"),
    "attached global": _attached(b'message/global; name="x"'),
    "behind the end": _after_the_end,
    "epilogue": _in_the_epilogue,
    "preamble": _in_the_preamble,
    "no blank line": _no_blank_line,
    "blank line within": _blank_within,
    "bad line": _bad_line,
    "two types": _two_types,
    "no type": _no_type,
    "alone": _alone,
    "150 parts": _many(150),
    "250 parts": _many(250),
    "partial": _partial,
    "cut": _cut,
    "coded multipart": _coded_multipart,
    "pasted": _body_in_html,
}
