"""The reporting units: provinces, or others; names, regions and registry facts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from pipeline.domain.senders.addressing import Addressee, Addressing

POPULATION = "population"
"""The fact that says how large a province is."""
PROVINCE_TYPES = frozenset({"Tỉnh", "Thành phố"})


@dataclass(frozen=True, slots=True)
class Province:
    """A reporting unit, by its GSO code of 2013.

    `weak_abbr` are abbreviations that are never enough alone (HN, TH ...).
    """

    code: str
    name: str
    name_en: str
    type: str
    region6: str
    region8: str
    unit2025_code: str
    unit2025: str
    capital: str
    domains: tuple[str, ...]
    aliases: tuple[str, ...]
    weak_abbr: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        """The name with its type, as letters write it: "tỉnh Hà Giang".

        A unit of the ministry bears its type in its name: "Cục Bảo trợ xã hội".
        """
        if self.name.startswith(f"{self.type} "):
            return self.name
        return f"{self.type.lower()} {self.name}"


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All reporting units with the registry facts that rules may ask for.

    `facts` maps (fact, province code) to its figures by year, for instance
    ("communes", "02") -> {2012: 195, 2013: 195}; `published` names the facts there are,
    be there none of these units. `addressing` has the words in which they are written to.
    """

    provinces: tuple[Province, ...]
    facts: Mapping[tuple[str, str], Mapping[int, int]] = field(default_factory=dict)
    published: frozenset[str] = frozenset()
    addressing: Addressing = field(default_factory=Addressing)

    @property
    def of_provinces(self) -> bool:
        """Whether all units are provinces (cities of their own among them)."""
        return all(unit.type in PROVINCE_TYPES for unit in self.provinces)

    def by_code(self, code: str) -> Province:
        """The province of a code; KeyError when there is none."""
        for province in self.provinces:
            if province.code == code:
                return province
        raise KeyError(code)

    def addressee(self, province: Province | None) -> Addressee:
        """How a reporter is written to; None: it is not known which one it is."""
        if province is None:
            kinds = frozenset(each.type for each in self.provinces)
            return self.addressing.of_somebody(kinds)
        return self.addressing.of(province.type, province.full_name)

    def fact(self, name: str, code: str, year: int) -> int | None:
        """The figure of the newest published year not after `year` (contract.md)."""
        figures = self.facts.get((name, code), {})
        years = [known for known in figures if known <= year]
        return figures[max(years)] if years else None

    def share(self, name: str, code: str, year: int) -> Decimal | None:
        """How much of the nation's figure is a province's; None unless all are known."""
        figures = [self.fact(name, each.code, year) for each in self.provinces]
        own = self.fact(name, code, year)
        nation = sum(figure or 0 for figure in figures)
        if own is None or None in figures or nation == 0:
            return None
        return Decimal(own) / nation


@dataclass(frozen=True, slots=True)
class Sender:
    """An address of the registry and the province it speaks for."""

    address: str
    province: str
    name: str = ""
    phone: str = ""
    confirmed_by: str | None = None
