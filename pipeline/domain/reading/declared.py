"""The unit that was declared for a row."""

from dataclasses import dataclass, replace

from pipeline.domain.plan.finding import UNLIKE
from pipeline.domain.reading.units import Conversion, Relation


@dataclass(frozen=True, slots=True)
class Declared:
    """The unit of a row: as written, where, and what it takes to reach the form's.

    `against` is another one that is told of the same row.
    """

    written: str | None
    cell: str | None
    conversion: Conversion
    against: str | None = None

    @property
    def told(self) -> str | None:
        """What a province is asked about: what it wrote; of two units both."""
        if self.written is None or self.against is None:
            return self.written
        return f"{self.written}{UNLIKE}{self.against}"


def doubtful(declared: Declared, against: str | None = None) -> Declared:
    """A unit that another one contradicts, or that may be none: the row is asked about."""
    unknown = Conversion(Relation.UNKNOWN)
    return replace(declared, conversion=unknown, against=against or declared.against)
