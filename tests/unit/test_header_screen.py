"""The quick look at a text before it is read as a header leaves out none that is one."""

import random

from pipeline.domain.reading.cell_words import KnownTexts, words_of_header
from pipeline.domain.reading.header import may_head, read_header
from tests.builders.workbooks import ROUND

WORDS = frozenset(
    read_header(text).text
    for text in ("Chỉ tiêu", "TT", "STT", "Nội dung", "Đơn vị tính", "ĐVT", "Ghi chú")
)
STARTS = frozenset(word.partition(" ")[0] for word in WORDS)
HEADERS = (
    "TH 2012", "KH2013", "Ước TH 6T/2013", "6T đầu năm", "30/6/2013", "Cùng kỳ", "Quý I",
    "Tháng 7", "SS KH 2014/ƯTH 2013", "Nửa đầu năm", "Tỷ trọng", "Dự kiến TH", "NC", "GN",
    "đến hết 30/06", "2013", "Kế (người) hoạch", "(ĐVT) Chỉ tiêu", "9T",
)  # fmt: skip


def test_what_is_left_out_tells_nothing() -> None:
    texts = list(HEADERS)
    for form in ROUND.forms:
        texts += [
            title for column in form.columns for title in (column.title, *column.aliases)
        ]
        texts += [indicator.label for indicator in form.indicators]
    dice = random.Random(7)
    for _ in range(3000):
        words = [word for text in dice.sample(texts[:400], 2) for word in text.split()]
        dice.shuffle(words)
        texts.append(dice.choice((" ", "/", "-")).join(words[:5]))
    known, left_out = KnownTexts(WORDS), 0
    for text in map(words_of_header, texts):
        found = read_header(text)
        heads = found.tells_value or found.text in WORDS
        assert (known[text].signature is not None) == (heads and len(text) <= 120)
        left_out += not may_head(text, STARTS)
    assert left_out > 300


def test_a_figure_says_nothing_and_a_year_does() -> None:
    known = KnownTexts(WORDS)
    assert known["12.345,6 %"].signature is None
    assert known["2013"].signature is not None
    assert known["19.2013"].signature is not None
