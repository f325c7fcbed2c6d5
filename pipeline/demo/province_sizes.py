"""Published figures that give sample returns the size of real ones."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pipeline.domain.errors import ConfigError

Three = tuple[Decimal, Decimal, Decimal]

# 9.60 % of households (the ministry's count) stood beside 11.1 % of persons (the survey)
# in 2012. The two rates must never be mixed in a table; here the survey only lends its
# magnitude to the sample of a province whose own rate was not published.
_MINISTRY_TO_SURVEY = Decimal("9.60") / Decimal("11.1")
_NEAR_POOR_TO_POOR = Decimal("6.57") / Decimal("9.60")
_PERSONS_IN_A_HOUSEHOLD = Decimal("3.9")


@dataclass(frozen=True, slots=True)
class ProvinceSize:
    """How large a province is; triples are the years 2012, 2013 and 2014.

    Population, rural population and labour force in thousand persons, rates in per cent;
    `households` and `poor_households` are counts at the end of 2012.
    """

    code: str
    population: Three
    rural: Three
    labour: Three
    trained: Three
    unemployment: Three
    poor_rate: Decimal
    near_poor_rate: Decimal
    hiv: Decimal
    households: Decimal
    poor_households: Decimal
    communes: tuple[int, int]

    @property
    def urban_share(self) -> Decimal:
        """Part of the population that lived in towns in 2013 (0 to 1)."""
        return 1 - self.rural[1] / self.population[1]


def load_sizes(config: Path) -> Mapping[str, ProvinceSize]:
    """Sizes by province code, from `demo/province_sizes.csv` and `communes.csv`.

    `config` is the folder of the configuration; ConfigError names file and row.
    """
    communes = _communes(config / "communes.csv")
    source = config / "demo" / "province_sizes.csv"
    sizes: dict[str, ProvinceSize] = {}
    for row in _rows(source):
        code = row.get("code", "?")
        try:
            sizes[code] = _size(row, communes[code])
        except (KeyError, InvalidOperation) as error:
            raise ConfigError(
                str(source), code, f"not a row of sizes: {error!r}"
            ) from error
    return sizes


def _rows(source: Path) -> list[dict[str, str]]:
    try:
        with source.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream))
    except OSError as error:
        raise ConfigError(str(source), "file", str(error)) from error


def _communes(source: Path) -> dict[str, tuple[int, int]]:
    """Communes at the end of 2012 and of 2013, by province."""
    counted: dict[str, dict[str, int]] = {}
    for row in _rows(source):
        counted.setdefault(row["province_code"], {})[row["year"]] = int(row["communes"])
    return {
        code: (years["2012"], years["2013"])
        for code, years in counted.items()
        if {"2012", "2013"} <= set(years)
    }


def _size(row: Mapping[str, str], communes: tuple[int, int]) -> ProvinceSize:
    population = _three(row, "population")
    households = Decimal(
        row["households_2012"] or int(population[0] * 1000 / _PERSONS_IN_A_HOUSEHOLD)
    )
    estimated = max(
        Decimal(row["survey_poverty_2012"]) * _MINISTRY_TO_SURVEY, Decimal("0.4")
    )
    poor_rate = Decimal(row["poor_rate_2012"] or estimated)
    return ProvinceSize(
        code=row["code"],
        population=population,
        rural=_three(row, "rural"),
        labour=_three(row, "labour"),
        trained=_three(row, "trained"),
        unemployment=_three(row, "region_unemployment"),
        poor_rate=poor_rate,
        near_poor_rate=Decimal(
            row["near_poor_rate_2012"] or poor_rate * _NEAR_POOR_TO_POOR
        ),
        hiv=Decimal(row["hiv_2012"]),
        households=households,
        poor_households=Decimal(
            row["poor_households_2012"] or int(households * poor_rate / 100)
        ),
        communes=communes,
    )


def _three(row: Mapping[str, str], name: str) -> Three:
    return (
        Decimal(row[f"{name}_2012"]),
        Decimal(row[f"{name}_2013"]),
        Decimal(row[f"{name}_2014"]),
    )
