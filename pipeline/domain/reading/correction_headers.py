"""The two columns that a correction workbook adds to a form, and how we know them."""

from pipeline.domain.reading.form_match import FormTable
from pipeline.domain.reading.header import read_header

EXPLANATION = "Giải trình"
"""The header under which a province explains a figure; read back as its note."""
ORIGIN = "Ô trong tệp đã gửi"
"""The header of the column that tells where each row stands in the province's file."""
_EARLIER_ORIGIN = "Ô trong tệp của Sở"  # in workbooks that went out before

_EXPLANATION_KEY = read_header(EXPLANATION).text
_ORIGIN_KEYS = frozenset(read_header(text).text for text in (ORIGIN, _EARLIER_ORIGIN))
_MOST_WORDS = 5


def is_explanation(header: str) -> bool:
    """Whether a column header asks for explanations ("Giải trình (nếu có)")."""
    key = read_header(header).text
    return len(key.split()) <= _MOST_WORDS and f" {_EXPLANATION_KEY} " in f" {key} "


def is_origin(header: str) -> bool:
    """Whether a column is the one by which our own correction workbook is known."""
    return read_header(header).text in _ORIGIN_KEYS


def is_ours(found: FormTable) -> bool:
    """Whether a table is a form of our own correction workbook."""
    return any(is_origin(text) for text in found.table.headers.values())


def is_untouched(found: FormTable) -> bool:
    """Whether a table is a blank form of our correction workbook that nobody filled.

    It came back with the forms that were filled, and says nothing about its own.
    """
    if not is_ours(found):
        return False
    cells = found.table.sheet.cells
    return not any(
        (row.sheet_row, column.sheet_column) in cells
        for row in found.rows
        for column in found.layout.values
    )
