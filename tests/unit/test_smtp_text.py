"""A letter's text on the line: what a server makes of it is the letter again."""

import re

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.mail.smtp_text import transparent

TEXT = st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"..", b"x"])).map(b"".join)


@given(TEXT)
def test_every_line_ends_with_both_and_no_dot_begins_one_alone(data: bytes) -> None:
    said = transparent(data)
    assert said.endswith(b"\r\n")
    lines = said.split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in lines)
    assert all(line.startswith(b"..") for line in lines if line.startswith(b"."))
    read = b"\r\n".join(line.removeprefix(b".") for line in lines)
    whole = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    assert read == (whole if whole.endswith(b"\r\n") else whole + b"\r\n")
