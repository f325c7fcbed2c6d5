"""How much room an .xls asks for: calamine makes all of it before it looks at a cell.

More than there is ends the process, and nothing can be caught.
"""

import re
import struct

from pipeline.domain.mail.compound_file import MAGIC, sizes_fit, stream_of

LARGEST = 65_536 * 256
# The record DIMENSIONS of BIFF8 and of BIFF5, by its head; a chance likeness only costs
# the second opinion.
_TOLD = re.compile(rb"\x00\x02(?:\x0e\x00(.{12})|\x0a\x00(.{8}))", re.DOTALL)
_OF_CELLS = frozenset((0x06, 0xBD, 0xBE, 0xD6, 0xFD, 0x201, 0x203, 0x204, 0x205, 0x27E))


def asks_too_much(data: bytes, *, look_at_cells: bool = False) -> bool:
    """Whether the sizes that a file tells are larger than the file or than any sheet.

    `look_at_cells`: also where its cells say they are.
    """
    contained = data.startswith(MAGIC)
    if contained and not sizes_fit(data):
        return True
    stream = stream_of(data, ("workbook", "book")) if contained else data
    told = max((_area(*found.groups()) for found in _TOLD.finditer(stream)), default=0)
    return told > LARGEST or (look_at_cells and _widest(stream) > LARGEST)


def _area(wide: bytes | None, narrow: bytes | None) -> int:
    if wide is not None:
        top, bottom, left, right = struct.unpack("<IIHH", wide)
    else:
        top, bottom, left, right = struct.unpack("<4H", narrow or bytes(8))
    turned = top > bottom or left > right  # it takes one from the other without a look
    return LARGEST + 1 if turned else int(bottom) * int(right)


def _widest(stream: bytes) -> int:
    """The rectangle of all cells of a stream."""
    rows = columns = at = 0
    while at + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, at)
        if number in _OF_CELLS and at + 8 <= len(stream):
            row, column = struct.unpack_from("<HH", stream, at + 4)
            rows, columns = max(rows, row), max(columns, column)
        at += 4 + size
    return (rows + 1) * (columns + 1)
