"""Header values as mailers write them, right or wrong."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.domain.mail.header_text import decode_header, from_base64, parse_parameterised
from tests.builders.raw_mails import in_cp1258, in_tcvn3

NAME = "Phụ lục.xls"


def b64(data: bytes) -> bytes:
    return base64.b64encode(data)


def split_inside_a_letter() -> bytes:
    raw = NAME.encode()
    return b"=?utf-8?B?" + b64(raw[:4]) + b"?=\r\n =?UTF-8?B?" + b64(raw[4:]) + b"?="


def split_between_quads() -> bytes:
    whole = b64(NAME.encode())
    return b"=?utf-8?B?" + whole[:5] + b"?= =?utf-8?B?" + whole[5:] + b"?="


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"plain", "plain"),
        (NAME.encode(), NAME),
        (in_cp1258(NAME), NAME),
        (in_tcvn3(NAME), NAME),
        (split_inside_a_letter(), NAME),
        (split_between_quads(), NAME),
        (b"=?utf-8*vi?Q?Ph=E1=BB=A5_l=E1=BB=A5c.xls?=", NAME),
        (b"Re: =?utf-8?q?Ph=E1=BB=A5?= =?utf-8?q?_l=E1=BB=A5c.xls?=", "Re: " + NAME),
        (b"=?windows-1258?Q?" + b"Ph=F9?= x", "Phù x"),
        (b"=?utf-8?B?!!?=", ""),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
        (b"a =?utf-8?q?b?= c", "a b c"),
    ],
)
def test_encoded_words_are_found_anywhere_and_joined(raw: bytes, text: str) -> None:
    assert decode_header(raw) == text


@pytest.mark.fault("F-S8-4")
@pytest.mark.parametrize(
    "raw",
    [
        b'attachment; filename="Ph\xe1\xbb\xa5 l\xe1\xbb\xa5c.xls"',
        b"attachment; filename=Ph\xe1\xbb\xa5 l\xe1\xbb\xa5c.xls",
        b"attachment; filename*=utf-8''Ph%E1%BB%A5%20l%E1%BB%A5c.xls",
        b"attachment; filename*=utf-8'vi'Ph%E1%BB%A5%20l%E1%BB%A5c.xls; filename=x.xls",
        (
            b"attachment; filename*0*=utf-8''Ph%E1%BB; filename*1*=%A5%20l%E1%BB%A5c;"
            b' filename*2=".xls"'
        ),
        b'attachment; filename="=?utf-8?Q?Ph=E1=BB=A5_l=E1=BB=A5c.xls?="',
        b'attachment; filename*0="=?utf-8?Q?Ph=E1=BB=A5_l=E1=BB=A5c"; filename*1=".xls?="',
        b'attachment; filename="Ph%E1%BB%A5%20l%E1%BB%A5c.xls"',
        b'attachment; junk; filename="Ph\xe1\xbb\xa5 l\xe1\xbb\xa5c.xls',
    ],
)
def test_a_file_name_is_found_in_every_spelling(raw: bytes) -> None:
    assert parse_parameterised(raw).parameters["filename"] == NAME


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b'a/b; name="Bao cao "moi".xls"', 'Bao cao "moi".xls'),
        (b'a/b; name="Bao cao (1).xls"; x=y', "Bao cao (1).xls"),
        (b"a/b; name=Bao cao (1).xls", "Bao cao (1).xls"),
        (b'a/b; name="C:\\dir\\a.xls"', "C:\\dir\\a.xls"),
        (b'a/b; name="a\\"b.xls"', 'a"b.xls'),
        (b'a/b; name="100%ab.xls"', "100%ab.xls"),
        (b'a/b; name="50%FF.xls"', "50%FF.xls"),
        (b"a/b; name=first.xls; name=second.xls", "first.xls"),
        (b'a/b; name="part one" "part two"', "part one part two"),
        (b"a/b; name*=; name=kept.xls", "kept.xls"),
    ],
)
def test_odd_parameters(raw: bytes, name: str) -> None:
    assert parse_parameterised(raw).parameters["name"] == name


def test_the_value_stands_without_comment_and_case() -> None:
    assert parse_parameterised(b"Text/HTML (really); charset=x").value == "text/html"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"QUJD", b"ABC"),
        (b"QU\r\nJD", b"ABC"),
        (b"QUI=QUJD", b"ABABC"),
        (b"QUJDQ", b"ABC"),
        (b"Q!U?JD", b"ABC"),
        (b"", b""),
    ],
)
def test_sloppy_base64(data: bytes, expected: bytes) -> None:
    assert from_base64(data) == expected


@pytest.mark.fault("F-S8-4")
@given(st.binary(max_size=400))
def test_nothing_raises(raw: bytes) -> None:
    decode_header(raw).encode()
    parse_parameterised(raw)
    parse_parameterised(b"a/b; name*0*=" + raw)
