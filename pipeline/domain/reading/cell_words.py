"""What the text of one cell may say of a table, worked out once for each text.

Most texts of a return are those of the form that went out, and come with every mail.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from pipeline.domain.reading.header import Signature, may_head, read_header
from pipeline.domain.writing.text import compose, match_key

_LONGEST_HEADER = 120
_LONGEST_REMEMBERED = 300
_MOST_REMEMBERED = 8192
_FIGURE = re.compile(r"\s*+[-(]?\s*+\d[\d.,\s]*+\)?\s*+%?\s*+")
_WITHOUT_WORDS = re.compile(r"[\d\s.,:;%+-]*+")
YEAR = re.compile(r"(?:19|20)\d\d")
_SIGNATURES = frozenset(
    map(
        match_key,
        (
            "Người lập biểu", "Người lập", "Giám đốc", "Phó giám đốc", "KT. Giám đốc",
            "Thủ trưởng đơn vị", "Kế toán trưởng", "Nơi nhận", "Người tổng hợp",
            "Lãnh đạo Sở", "TL. Giám đốc", "Lập biểu", "Thủ trưởng cơ quan",
        ),
    )
)  # fmt: skip


class CellWords(NamedTuple):
    """A text as a header (`signature` None when it is none), and as the line that begins
    a signature block.
    """

    signature: Signature | None
    signs: bool


_NOTHING = CellWords(None, signs=False)


class KnownTexts(dict[str, CellWords]):
    """The texts of cells, each looked at when it first comes.

    `words` are the header texts of the round's label, code, unit and note columns.
    """

    def __init__(self, words: frozenset[str]) -> None:
        super().__init__()
        self._words = words
        self._starts = frozenset(word.partition(" ")[0] for word in words)

    def __missing__(self, text: str) -> CellWords:
        if _WITHOUT_WORDS.fullmatch(text) and not YEAR.search(text):
            return _NOTHING
        found = CellWords(
            self._signature(words_of_header(text)), match_key(text) in _SIGNATURES
        )
        if len(text) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[text] = found
        return found

    def _signature(self, text: str) -> Signature | None:
        if not text or len(text) > _LONGEST_HEADER or not may_head(text, self._starts):
            return None
        signature = read_header(text)
        known = signature.tells_value or signature.text in self._words
        return signature if known else None


@lru_cache(maxsize=8)
def known_texts(words: frozenset[str]) -> KnownTexts:
    """The texts that came so far, looked at with these header texts in mind."""
    return KnownTexts(words)


def words_of_header(text: str) -> str:
    """A text as a header has it: a short one; else nothing."""
    return compose(text) if len(text) <= _LONGEST_HEADER * 2 else ""


def reads_as_figure(text: str) -> bool:
    """Whether a text is read as a figure (years are not)."""
    return _reads_so(text) if len(text) > _LONGEST_REMEMBERED else _remembered(text)


def _reads_so(text: str) -> bool:
    return _FIGURE.fullmatch(text) is not None and not YEAR.fullmatch(text.strip())


_remembered = lru_cache(maxsize=8192)(_reads_so)
