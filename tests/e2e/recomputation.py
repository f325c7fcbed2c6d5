"""The national figures once more, by plain arithmetic from the view `observations`.

Nothing of the program is used: the definitions are read from the files, the figures are
added as `Decimal`, and a rate is the weighted mean of its definition.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

Key = tuple[str, str, str]
Figures = dict[str, dict[Key, Decimal]]
LEVELS = ("national", "region6", "region8", "unit2025")
RATE = Decimal("0.000000000001")
PRECISE = Context(prec=80, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True)
class Definitions:
    """The round and the registry as files."""

    config: Path
    round: str = "ke-hoach-2014"

    @cached_property
    def head(self) -> dict[str, Any]:
        return self._read("round.yaml")

    @cached_property
    def forms(self) -> dict[str, dict[str, Any]]:
        return {form: self._read(f"{form}.yaml") for form in self.head["forms_required"]}

    def columns(self, form: str) -> list[dict[str, Any]]:
        """The columns of a form that hold figures."""
        chosen = self.head["columns"][self.forms[form]["columns"]]
        return [column for column in chosen if column["role"] == "value"]

    def year(self, column: Mapping[str, Any]) -> int:
        """The calendar year of a column: `n-1` is the year before the plan's."""
        back = str(column["year"]).removeprefix("n") or "0"
        return int(self.head["plan_year"]) + int(back)

    @cached_property
    def areas(self) -> dict[tuple[str, str], list[str]]:
        """(level, name) to the codes of its provinces."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in self._table("provinces.csv"):
            for level in LEVELS:
                found[level, row.get(level, "")].append(row["code"])
        return found

    @cached_property
    def communes(self) -> dict[str, dict[int, Decimal]]:
        """Communes by province and year."""
        found: dict[str, dict[int, Decimal]] = defaultdict(dict)
        for row in self._table("communes.csv"):
            found[row["province_code"]][int(row["year"])] = Decimal(row["communes"])
        return found

    def _read(self, name: str) -> Any:
        path = self.config / "rounds" / self.round / name
        return yaml.safe_load(path.read_text(encoding="utf-8"))

    def _table(self, name: str) -> list[dict[str, str]]:
        with (self.config / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


def figures_of(observations: Iterable[Mapping[str, Any]], *, clean: bool) -> Figures:
    """Province to its figures; a nil is 0, what is not known is no figure."""
    found: Figures = defaultdict(dict)
    for row in observations:
        if clean and not (row["status"] == "accepted" and row["verified"]):
            continue
        key = row["form_id"], row["indicator"], row["column_key"]
        if row["missing"] == "n":
            found[row["province_code"]][key] = Decimal(0)
        elif row["value"] is not None:
            found[row["province_code"]][key] = Decimal(row["value"])
    return found


def recompute(
    definitions: Definitions, figures: Figures
) -> Iterator[tuple[tuple[str, str, Key], Decimal | None, int]]:
    """(level, area, figure), its total, and how many units it is of."""
    with localcontext(PRECISE):
        for form, written in definitions.forms.items():
            for row in written["rows"]:
                for column in definitions.columns(form):
                    key = form, row["key"], column["key"]
                    parts = _parts(definitions, figures, key, row, column)
                    for (level, area), codes in definitions.areas.items():
                        here = [parts[code] for code in codes if code in parts]
                        yield (level, area, key), _total(row, here), len(here)


def _parts(
    definitions: Definitions,
    figures: Figures,
    key: Key,
    row: Mapping[str, Any],
    column: Mapping[str, Any],
) -> dict[str, tuple[Decimal, Decimal]]:
    """Each unit's figure with its weight; units without a weight are left out."""
    found: dict[str, tuple[Decimal, Decimal]] = {}
    for code, own in figures.items():
        if key not in own:
            continue
        weight: Decimal | None = Decimal(1)
        if row["aggregate"] == "weighted":
            weight = _weight(definitions, own, code, (key[0], row["weight"], column))
        if weight is not None:
            found[code] = own[key], weight
    return found


def _weight(
    definitions: Definitions,
    own: Mapping[Key, Decimal],
    code: str,
    asked: tuple[str, str, Mapping[str, Any]],
) -> Decimal | None:
    here, reference, column = asked
    form, _, row = reference.rpartition(":")
    if form == "registry":
        assert row == "communes"
        years = definitions.communes[code]
        past = [year for year in years if year <= definitions.year(column)]
        return years[max(past)] if past else None
    same = own.get((form or here, row, column["key"]))
    return own.get((form or here, row, "uoc_n1")) if same is None else same


def _total(row: Mapping[str, Any], parts: list[tuple[Decimal, Decimal]]) -> Decimal | None:
    if row["aggregate"] == "none" or not parts:
        return None
    if row["aggregate"] == "sum":
        return sum((value for value, _ in parts), Decimal(0))
    weights = sum((weight for _, weight in parts), Decimal(0))
    amount = sum((value * weight for value, weight in parts), Decimal(0))
    return (amount / weights).quantize(RATE) if weights else None
