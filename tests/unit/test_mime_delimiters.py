"""Lines between the parts of a mail, found as bytes: those that their pattern finds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.domain.mail.mime_delimiters import Delimiter, delimiters

PIECES = (b"--b", b"--b--", b"--", b"b", b"\n", b"\r\n", b"\r", b" ", b"\t", b"text", b"-")


def by_pattern(data: bytes, boundary: bytes, start: int, end: int) -> list[Delimiter]:
    """What the standard says of a delimiter line, as one pattern."""
    pattern = re.compile(rb"^--" + re.escape(boundary) + rb"(--)?[ \t]*\r?$", re.MULTILINE)
    return [
        Delimiter(found.start(), found.end(), found[1] is not None)
        for found in pattern.finditer(data, start, end)
    ]


def test_text_about_a_boundary_is_no_delimiter():
    data = b"--b\r\nx --b\r\n--bb\r\n--b \t\r\n--b--\r\n--b--x\r\n--b"
    found = list(delimiters(data, b"b", (0, len(data))))
    assert [data[one.begins : one.ends] for one in found] == [
        b"--b\r",
        b"--b \t\r",
        b"--b--\r",
        b"--b",
    ]
    assert [one.closes for one in found] == [False, False, True, False]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=25).map(b"".join),
    st.sampled_from((b"b", b"b--", b"-", b"--b", b"b b")),
    st.integers(0, 30),
    st.integers(0, 60),
)
def test_they_are_those_that_the_pattern_finds(data, boundary, start, length):
    start = min(start, len(data))
    end = min(start + length, len(data))
    expected = by_pattern(data, boundary, start, end)
    assert list(delimiters(data, boundary, (start, end))) == expected


@pytest.mark.parametrize("boundary", [b"-", b"---", b"--b"])
def test_a_line_of_nothing_but_dashes_is_looked_at_once(boundary: bytes) -> None:
    """One look a dash took minutes for a mail of the size that is let in."""
    data = b"-" * 4_000_000 + b"\n--" + boundary + b"\n" + b"-" * 4_000_000
    found = list(delimiters(data, boundary, (0, len(data))))
    assert [(one.begins, one.closes) for one in found] == [(4_000_001, False)]
