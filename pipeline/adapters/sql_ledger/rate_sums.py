"""Rates weighed and added up by PostgreSQL: only its numbers are exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Boolean, Integer, Text, TypeEngine

from pipeline.domain.figure_sums import RateSum
from pipeline.domain.total import FALLBACK_COLUMN

# One pass over the figures; then rates meet their weights, which may stand in another
# form of the unit. Where the rate's own column has no weight the fallback's is taken.
_RATES = """
WITH c AS (
    SELECT u.version_id, min(u.place) AS place, min(u.unit) AS unit, min(u.form) AS form,
           bool_or(u.clean) AS clean
    FROM unnest(:versions, :places, :units, :forms, :clean)
        AS u(version_id, place, unit, form, clean) GROUP BY u.version_id),
x AS MATERIALIZED (
    SELECT c.place, c.unit, c.form, c.clean, f.indicator, f.column_key,
           CASE WHEN f.missing = 'n' THEN 0 ELSE f.value END AS value
    FROM c JOIN figure f ON f.version_id = c.version_id
    WHERE f.indicator = ANY(:indicators) AND (f.missing = 'n' OR f.value IS NOT NULL)),
w AS (
    SELECT r.place, r.indicator, r.column_key, r.value AS rate,
           COALESCE(own.value, other.value) AS weight, r.clean AND
           COALESCE(own.clean, other.clean) AS clean
    FROM x r
    JOIN unnest(:rate_forms, :rates, :weight_forms, :weights)
        AS k(form, indicator, weight_form, weight) USING (form, indicator)
    LEFT JOIN x own ON own.unit = r.unit AND own.form = k.weight_form
        AND own.indicator = k.weight AND own.column_key = r.column_key
    LEFT JOIN x other ON other.unit = r.unit AND other.form = k.weight_form
        AND other.indicator = k.weight AND other.column_key = :fallback
    WHERE own.value IS NOT NULL OR other.value IS NOT NULL)
SELECT place, indicator, column_key, sum(rate * weight), sum(weight),
       COALESCE(sum(rate * weight) FILTER (WHERE clean), 0),
       COALESCE(sum(weight) FILTER (WHERE clean), 0),
       count(*), count(*) FILTER (WHERE clean)
FROM w GROUP BY place, indicator, column_key
"""


@dataclass(frozen=True, slots=True)
class PlacedVersion:
    """A version that counts: the unit and form it is of, and the unit it is added to."""

    number: int
    unit: str
    form: str
    alike: str
    clean: bool


def rates_there(
    connection: Connection,
    versions: Sequence[PlacedVersion],
    weights: Mapping[tuple[str, str], tuple[str, str]],
) -> Sequence[RateSum]:
    """For each row that is weighed by another row of the round, its sums by unit alike."""
    if not weights:
        return ()
    places: dict[tuple[str, str], int] = {}
    units: dict[str, int] = {}
    query = text(_RATES).bindparams(
        _array("versions", [v.number for v in versions], Integer),
        _array(
            "places",
            [places.setdefault((v.alike, v.form), len(places)) for v in versions],
            Integer,
        ),
        _array("units", [units.setdefault(v.unit, len(units)) for v in versions], Integer),
        _array("forms", [v.form for v in versions], Text),
        _array("clean", [v.clean for v in versions], Boolean),
        _array("indicators", sorted({row for pair in weights.items() for _, row in pair})),
        _array("rate_forms", [form for form, _ in weights]),
        _array("rates", [row for _, row in weights]),
        _array("weight_forms", [form for form, _ in weights.values()]),
        _array("weights", [row for _, row in weights.values()]),
        bindparam("fallback", FALLBACK_COLUMN),
    )
    names = tuple(places)
    return [RateSum(*names[row[0]], *row[1:]) for row in connection.execute(query)]


def _array(
    name: str, values: Sequence[object], kind: type[TypeEngine[Any]] = Text
) -> BindParameter[Any]:
    return bindparam(name, values, type_=ARRAY(kind))
