"""The door to pdfium: the words of a PDF, quickly, and nothing else of it.

Beside a workbook a PDF is the signed copy or the report. Its tables are not read (that is
slow, `pdf_document.py`), but what it says is found by search and may name the province.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.adapters.workbook_reading.word_document import MOST_BODY, MOST_LINES
from pipeline.domain.writing.legacy_text import decode
from pipeline.domain.writing.text import compose

MOST_PAGES = 60
_LARGEST = 20 * 1024 * 1024
_LONGEST_LINE, _FONT_NAME = 300, 256
_LETTERS_LOOKED_AT = 40
# A document has letters only where it has a font; compressed objects may hide it.
_MAY_HAVE_WORDS = (b"/Font", b"/ObjStm")
_IDENTITY_NUMBER = re.compile(r"(?<!\d)(?:\d{9}|\d{12})(?!\d)")
_MOST_PERSONS = 4


def pdf_words(data: bytes, pages: int = MOST_PAGES) -> tuple[tuple[str, ...], int]:
    """The lines of text of a PDF, and how many pages that took.

    None of one that cannot be read, has more than `pages` pages, or lists persons by the
    numbers of their papers: nothing of such a file is quoted.
    """
    if len(data) > _LARGEST or not any(mark in data for mark in _MAY_HAVE_WORDS):
        return (), 0
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        return (), 0
    try:
        if len(document) > pages:
            return (), 0
        lines = tuple(_lines(document))[:MOST_BODY]
        return (() if _lists_persons(lines) else lines), len(document)
    except pypdfium2.PdfiumError:
        return (), pages
    finally:
        document.close()


def lines_at_the_top(lines: Sequence[str]) -> Sequence[str]:
    """Where a letterhead stands."""
    return lines[:MOST_LINES]


def _lines(document: Any) -> Iterator[str]:
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        font = _main_font(text)
        for line in text.get_text_bounded().splitlines():
            told = compose(decode(line, font)[0]).strip()
            if told:
                yield told[:_LONGEST_LINE]
        text.close()
        page.close()


def _main_font(text: Any) -> str | None:
    """The font of most letters of a page, by some of them, without the mark of a subset."""
    from ctypes import c_int, create_string_buffer

    from pypdfium2 import raw

    count = text.count_chars()
    names: Counter[str] = Counter()
    for at in range(0, count, max(1, count // _LETTERS_LOOKED_AT)):
        name, flags = create_string_buffer(_FONT_NAME), c_int()
        if raw.FPDFText_GetFontInfo(text.raw, at, name, _FONT_NAME, flags):
            names[name.value.decode("utf-8", "replace")] += 1
    return names.most_common(1)[0][0].rpartition("+")[2] if names else None


def _lists_persons(lines: Sequence[str]) -> bool:
    numbered = sum(1 for line in lines if _IDENTITY_NUMBER.search(line))
    return numbered > _MOST_PERSONS
