"""The registry's CSV files: reporting units, their published facts, known senders."""

from collections.abc import Collection
from pathlib import Path

from pipeline.adapters.round_definitions.csv_lines import CsvLine, code_of, csv_lines
from pipeline.domain.errors import ConfigError
from pipeline.domain.senders.addressing import ANY_TYPE, Addressee, Addressing
from pipeline.domain.senders.province import POPULATION, Gazetteer, Province, Sender
from pipeline.domain.senders.registry import fault_of_address

_PROVINCE_HEADER = (
    "code",
    "name_vi",
    "name_en",
    "type",
    "region6",
    "region8",
    "unit2025_code",
    "unit2025",
    "capital",
    "domains",
    "aliases",
    "weak_abbr",
)
_FACT_COLUMNS = {"communes": "communes", POPULATION: "persons"}
_SENDER_HEADER = ("address", "province_code", "name", "phone")
_ADDRESSING_HEADER = ("type", "called", "office", "authority")


def load_gazetteer(
    provinces_csv: Path,
    communes_csv: Path | None,
    populations_csv: Path | None = None,
    addressing_csv: Path | None = None,
) -> Gazetteer:
    """All reporting units, with their published communes and people by year.

    A file of facts from another folder than the units may speak of others too: those
    are left out. Without `addressing_csv` units are written to by their bare names.
    Raises ConfigError naming file and line.
    """
    provinces: dict[str, Province] = {}
    for line in csv_lines(provinces_csv, _PROVINCE_HEADER):
        code = line.cells["code"]
        if not code or not line.cells["name_vi"]:
            raise line.fault("code", "code and name_vi are needed")
        if code in provinces:
            raise line.fault("code", f"{code} stands twice")
        provinces[code] = _province(line.cells)
    if not provinces:
        raise ConfigError(str(provinces_csv), "the file", "names no province")
    facts: dict[tuple[str, str], dict[int, int]] = {}
    published = {"communes": communes_csv, POPULATION: populations_csv}
    for fact, path in published.items():
        if path is not None:
            figures = _facts(path, fact, provinces, own=path.parent == provinces_csv.parent)
            facts.update(figures)
    names = frozenset(fact for fact, path in published.items() if path is not None)
    return Gazetteer(tuple(provinces.values()), facts, names, _addressing(addressing_csv))


def _addressing(path: Path | None) -> Addressing:
    """The words in which each type of unit is written to; one line is for any type."""
    if path is None:
        return Addressing()
    by_type: dict[str, Addressee] = {}
    for line in csv_lines(path, _ADDRESSING_HEADER):
        kind = line.cells["type"]
        if kind in by_type:
            raise line.fault("type", f"{kind!r} stands twice")
        for column in _ADDRESSING_HEADER[1:]:
            if not line.cells[column]:
                raise line.fault(column, "is empty")
        words = Addressee(*(line.cells[column] for column in _ADDRESSING_HEADER[1:]))
        by_type[kind] = words
    if ANY_TYPE not in by_type:
        raise ConfigError(str(path), "type", "no line is for any other type (type empty)")
    return Addressing(by_type)


def _facts(
    path: Path, fact: str, provinces: Collection[str], *, own: bool
) -> dict[tuple[str, str], dict[int, int]]:
    """A fact of each unit by year; `own` files may speak of these units only."""
    figure = _FACT_COLUMNS[fact]
    facts: dict[tuple[str, str], dict[int, int]] = {}
    for line in csv_lines(path, ("province_code", "year", figure)):
        code = code_of(line)
        if own or code in provinces:
            by_year = facts.setdefault((fact, _known_province(line, provinces)), {})
            by_year[line.whole("year")] = line.whole(figure)
    return facts


def load_senders(
    senders_csv: Path, gazetteer: Gazetteer | None = None, own: Collection[str] = ()
) -> tuple[Sender, ...]:
    """The registry of senders; none when the file is absent.

    Raises ConfigError naming file and line: a bad address, a robot, one of our `own`
    addresses, a province that `gazetteer` does not know, one address for two provinces.
    """
    if not senders_csv.exists():
        return ()
    known = {province.code for province in gazetteer.provinces} if gazetteer else None
    senders: dict[str, Sender] = {}
    for line in csv_lines(senders_csv, _SENDER_HEADER):
        sender = _sender(line, known, own)
        earlier = senders.setdefault(sender.address, sender)
        if earlier.province != sender.province:
            raise line.fault(
                "address", f"{sender.address} already speaks for {earlier.province}"
            )
    return tuple(senders.values())


def _province(cells: dict[str, str]) -> Province:
    return Province(
        code=cells["code"],
        name=cells["name_vi"],
        name_en=cells["name_en"],
        type=cells["type"],
        region6=cells["region6"],
        region8=cells["region8"],
        unit2025_code=cells["unit2025_code"],
        unit2025=cells["unit2025"],
        capital=cells["capital"],
        domains=_list(cells["domains"]),
        aliases=_list(cells["aliases"]),
        weak_abbr=_list(cells["weak_abbr"]),
    )


def _list(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split("|") if item.strip())


def _sender(line: CsvLine, known: Collection[str] | None, own: Collection[str]) -> Sender:
    address = line.cells["address"].lower()
    fault = fault_of_address(address, own)
    if fault is not None:
        raise line.fault("address", fault)
    return Sender(
        address=address,
        province=_known_province(line, known),
        name=line.cells["name"],
        phone=line.cells["phone"],
    )


def _known_province(line: CsvLine, known: Collection[str] | None) -> str:
    code = code_of(line)
    if not code or (known is not None and code not in known):
        raise line.fault("province_code", f"{code!r} is not a code of provinces.csv")
    return code
