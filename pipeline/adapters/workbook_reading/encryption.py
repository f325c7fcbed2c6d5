"""The door to msoffcrypto: Office files locked with the password that Excel itself knows.

Excel encrypts a workbook whose structure is protected with this password and opens it
without asking; so does everybody's program, and nobody thinks of such a file as locked.
"""

import io
import struct
from types import SimpleNamespace
from xml.parsers.expat import ExpatError

from pipeline.domain.reading.sheet import UnreadableWorkbookError

_BUILT_IN = "VelvetSweatshop"
_MOST_SPINS = 1_000_000
_LARGEST_XLS = 8 * 1024 * 1024
# What msoffcrypto and olefile are known to raise on damaged files, besides their own.
_BROKEN = (
    struct.error,
    AssertionError,
    AttributeError,
    EOFError,
    ExpatError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    TypeError,
    ValueError,
)


def decrypted(data: bytes) -> bytes:
    """The file without its lock, after one try with the built-in password.

    UnreadableWorkbookError, password-protected, when it has another password, is
    damaged, or asks for more work than any program puts into one password.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from msoffcrypto import OfficeFile, exceptions
    from msoffcrypto.format import xls97

    # It writes the opened file through the disk, which the child may not (ADR 0021).
    xls97.tempfile = SimpleNamespace(TemporaryFile=io.BytesIO)
    try:
        locked = OfficeFile(io.BytesIO(data))
        _refuse_labour(locked, data)
        # An .xls is always verified; the other door only when it is told to.
        verify = {"verify_password": True} if locked.format == "ooxml" else {}
        locked.load_key(password=_BUILT_IN, **verify)
        plain = io.BytesIO()
        locked.decrypt(plain)
    except (
        exceptions.FileFormatError,
        exceptions.ParseError,
        exceptions.DecryptionError,
        UnsupportedAlgorithm,
        *_BROKEN,
    ) as error:
        raise UnreadableWorkbookError("password-protected", str(error)) from error
    return plain.getvalue()


def _refuse_labour(locked: object, data: bytes) -> None:
    """One try is cheap as files are; these bounds keep it so for a hostile one."""
    spins = getattr(locked, "info", {}).get("spinValue", 0)
    slow = getattr(locked, "format", "") == "xls97" and len(data) > _LARGEST_XLS
    if spins > _MOST_SPINS or slow:
        detail = f"{len(data)} bytes, {spins} rounds: too much to try"
        raise UnreadableWorkbookError("password-protected", detail)
