"""The unit that was declared for a row."""

from dataclasses import dataclass, replace

from pipeline.domain.reading.units import Conversion, Relation


@dataclass(frozen=True, slots=True)
class Declared:
    """The unit of a row: as written, where, and what it takes to reach the form's."""

    written: str | None
    cell: str | None
    conversion: Conversion


def doubtful(declared: Declared) -> Declared:
    """A unit that another one contradicts: the row is asked about."""
    return replace(declared, conversion=Conversion(Relation.UNKNOWN))
