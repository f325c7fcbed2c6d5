"""Paragraphs of letters break as textwrap breaks them."""

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from pipeline.adapters.letters.letter_sandbox import TEXT_WIDTH, wrap_paragraph

WORDS = st.text(alphabet="aạ-Đ.<&", min_size=1, max_size=90)
PROSE = st.lists(WORDS, max_size=40).map("  \n".join)
STARTS = st.sampled_from(["", "- ", "1. Điểm: ", "x" * 80 + " "])


@given(PROSE, STARTS, st.sampled_from(["", "  ", "      "]))
def test_wraps_like_the_library(text: str, first: str, indent: str) -> None:
    assert wrap_paragraph(text, first, indent) == textwrap.fill(
        " ".join(text.split()),
        width=TEXT_WIDTH,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
