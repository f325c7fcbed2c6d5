"""What pieces of a worksheet were found to be when they first came."""

import re
from collections.abc import MutableMapping
from enum import Enum
from functools import lru_cache
from typing import TypeVar

from pipeline.adapters.workbook_reading.raw import RawCell
from pipeline.domain.reading.sheet import parse_letters

V = TypeVar("V")
Place = tuple[int, int]
_LONGEST, _MOST = 300, 4096
_ADDRESS = re.compile(rb"[A-Z]{1,3}[0-9]{1,7}")
_DIGITS = b"0123456789"
_SHORT, _MOST_PLACES = 4, 8192


class NotPlainError(Exception):
    """The sheet has more in it than the pattern knows."""


class Places(dict[bytes, Place]):
    """The places of addresses; the forms stand in the same few hundred short ones."""

    def __missing__(self, reference: bytes) -> Place:
        if _ADDRESS.fullmatch(reference) is None:
            raise NotPlainError
        letters = reference.rstrip(_DIGITS)
        place = int(reference[len(letters) :]) - 1, parse_letters(letters.decode())
        if len(reference) <= _SHORT and len(self) < _MOST_PLACES:
            self[reference] = place
        return place


PLACES = Places()


class Nothing(Enum):
    """What stands in a piece that is known to hold no value."""

    EMPTY = "empty"


Found = RawCell | Nothing


class SeenPieces:
    """Pieces that came before, under one table of styles: all that they depend on."""

    def __init__(self) -> None:
        # what follows the address of a cell: a text, or nothing
        self.cells: dict[bytes, Found] = {}
        # the attributes of a cell with a value: whether it is a percentage, if a number
        self.heads: dict[bytes, bool | None] = {}
        # the address and the attributes of a cell with a value: its place, and that
        self.fronts: dict[bytes, tuple[Place, bool | None]] = {}
        # what begins a row: the rows that it hides
        self.rows: dict[bytes, tuple[int, ...]] = {}


@lru_cache(maxsize=8)
def seen_under(styles: tuple[object, ...]) -> SeenPieces:
    """The pieces of files with these styles; a file of other styles has its own."""
    return SeenPieces()


def keep(memory: MutableMapping[bytes, V], key: bytes, value: V) -> None:
    """Remember a short piece; a memory too full begins anew."""
    if len(key) <= _LONGEST:
        if len(memory) >= _MOST:
            memory.clear()
        memory[key] = value
