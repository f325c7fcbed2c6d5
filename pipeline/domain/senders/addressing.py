"""How a reporter is written to; the words are data, by the type of the unit."""

from collections.abc import Mapping
from dataclasses import dataclass, field

ANY_TYPE = ""
"""Stands for every type of unit that has no words of its own."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """A reporter's names in letters: `called` in a sentence, `office` at its head.

    `authority` stands at the head of a form. `{name}` is the unit's name where these are
    the words of a type. Empty: nothing is known.
    """

    called: str = ""
    office: str = ""
    authority: str = ""

    def named(self, name: str) -> "Addressee":
        """The words of a type for one unit."""
        return Addressee(
            self.called.replace("{name}", name),
            self.office.replace("{name}", name),
            self.authority.replace("{name}", name),
        )


@dataclass(frozen=True, slots=True)
class Addressing:
    """The words of each type of reporting unit."""

    by_type: Mapping[str, Addressee] = field(default_factory=dict)

    def of(self, kind: str, name: str) -> Addressee:
        """How a unit of a type is written to; by its bare name where nothing says."""
        words = self.by_type.get(kind) or self.by_type.get(ANY_TYPE)
        return (words or Addressee("{name}", "{name}", "{name}")).named(name)

    def of_somebody(self, kinds: frozenset[str]) -> Addressee:
        """How one of some units is written to while it is not known which.

        In the words that all their types share, else in those of any type.
        """
        any_type = self.by_type.get(ANY_TYPE, Addressee())
        shared = {self.by_type.get(kind, any_type) for kind in kinds}
        words = shared.pop() if len(shared) == 1 else any_type
        office = words.office.replace("{name}", "").strip()
        called = words.called[:1].upper() + words.called[1:]
        return Addressee(words.called, office or called)
