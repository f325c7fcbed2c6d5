"""What libraries raise on damaged or hostile archives, besides errors of their own."""

import lzma
import struct
import zlib

DAMAGE: tuple[type[Exception], ...] = (
    lzma.LZMAError,
    struct.error,
    zlib.error,
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
