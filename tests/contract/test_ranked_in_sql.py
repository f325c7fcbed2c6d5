"""What falls short is the same, to the last digit, whether the database or we rank it."""

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.migrations.versions.v0023_packed_figures import (
    pack_what_was_filed,
)
from pipeline.adapters.sql_ledger.schema import figures, messages, versions
from pipeline.adapters.sql_ledger.schema_packed import layouts, packs
from pipeline.domain.figure_sums import NOTHING_APART, UnitRow, UnitsTogether
from pipeline.domain.plan.nation_terms import NationTerms
from pipeline.domain.shortfall import Shortfall, measures_of
from pipeline.stages.rank_shortfalls import paired_rows, rank_shortfalls, rank_units
from tests.builders import decisions as make
from tests.builders.returns import shipped_round

ROWS = {
    "PL01": ("th.viec_lam", "th.xkld"),
    "PL02": ("vl.tong", "vl.xkld", "vl.llld"),
    "PL09": ("kp.vldn", "kp.mt"),
}
COLUMNS = {
    "PL01": ("kh_n1", "uoc_n1", "th6t_n1"),
    "PL02": ("kh_n1", "uoc_n1", "th6t_n1", "kh_n"),
    "PL09": ("dt_n1", "gn6t_n1"),
}
# few, so that units tie; some that plan nothing, some below nothing, some very exact
VALUES = ("0", "0", "1", "2.5", "2.5", "10", "-3", "99999999999999999999.000000001")
MARKS = ("n", "x", "m", None)
STILL_MESSAGE = {
    "account": "default",
    "folder": "INBOX",
    "uidvalidity": 1,
    "state": "filed",
    "standing": "filed",
    "first_seen_at": make.at(0),
    "received_at": make.at(0),
    "round_id": make.ROUND,
    "spam_folder": 0,
    "attempts": 1,
    "verified": 1,
    "narrative": 0,
    "row_count": 0,
}
STILL_FIGURE = {
    "quantum": Decimal("0.1"),
    "unit": "Người",
    "raw": "",
    "path": "a.xls",
    "sheet": "PL02",
    "cell": "H9",
    "hidden": 0,
    "encoding": "unicode",
}


def tell(
    ledger: SqlLedger, dice: random.Random, units: int, gaps: float, *, packed: bool
) -> None:
    """Only this in the ledger: units whose versions are numbered in no order."""
    numbers = dice.sample(range(1, 10 * units), len(ROWS) * units)
    told: dict[str, list[dict[str, Any]]] = {"mails": [], "versions": [], "figures": []}
    for n in range(units):
        told["mails"].append({**STILL_MESSAGE, "id": n + 1, "province_code": f"{n:03}"})
        for place, form in enumerate(ROWS):
            version = {"id": numbers.pop(), "message_id": n + 1, "place": place}
            version |= {"form_id": form, "state": "accepted"}
            version |= {"verified": 1, "counts": 1 if dice.random() > gaps / 4 else 0}
            told["versions"].append(version | {"shut": 0})
            told["figures"] += _figures(version["id"], form, dice, gaps)
    with ledger._database.writing() as connection:
        for table in (layouts, packs, figures, versions, messages):
            connection.execute(delete(table))
        connection.execute(insert(messages), told["mails"])
        connection.execute(insert(versions), told["versions"])
        connection.execute(insert(figures), told["figures"])
        if packed:
            pack_what_was_filed(connection, layouts, packs)


def _figures(
    version: object, form: str, dice: random.Random, gaps: float
) -> list[dict[str, Any]]:
    found = []
    for row in ROWS[form]:
        for column in COLUMNS[form]:
            if dice.random() < gaps / 2:
                continue  # not even a mark
            cell = {"version_id": version, "indicator": row, "column_key": column}
            marked = dice.random() < gaps
            value = None if marked else Decimal(dice.choice(VALUES))
            missing = dice.choice(MARKS) if marked else None
            found.append({**STILL_FIGURE, **cell, "value": value, "missing": missing})
    return found


def _heaviest(ranked: tuple[Shortfall, ...], most: int) -> tuple[Shortfall, ...]:
    rows = Counter[tuple[str, str]]()
    found = []
    for each in ranked:
        row = (each.form, each.indicator.key)
        rows[row] += 1
        if rows[row] <= most:
            found.append(each)
    return tuple(found)


@example(1, 45, 0.0, 1, Decimal(50))
@example(2, 45, 0.0, 1, Decimal(50))
@given(
    st.integers(0, 2**32),
    st.integers(1, 60),
    st.sampled_from((0.0, 0.1, 0.5)),
    st.integers(1, 3),
    st.sampled_from([Decimal(50), Decimal(0), Decimal("33.3")]),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_ranked_by_the_database_they_are_the_same(
    ledger: SqlLedger,
    seed: int,
    units: int,
    gaps: float,
    most: int,
    pace: Decimal,
) -> None:
    """Sums, counts, shares and effects of rows; which units, in which order.

    From packed figures, and from figures that are not.
    """
    tell(ledger, random.Random(seed), units, gaps, packed=seed % 2 == 0)
    plan_round = replace(shipped_round(), nation=NationTerms(pace=pace))
    measures = measures_of(plan_round)
    wanted = replace(paired_rows(measures, plan_round.forms), most=most)
    alike = {f"{n:03}": "000" for n in range(units)}
    asked = (make.ROUND, make.at(60), alike, NOTHING_APART, wanted)
    with ledger.summed(*asked) as found:
        many = rank_units(measures, plan_round.forms, found.paired, most)
    told = list(ledger.figures(make.ROUND, None))
    for measure in measures:
        country, provinces = rank_shortfalls(measure, plan_round.forms, told)
        assert many[measure.name] == (country, _heaviest(provinces, most))


def test_few_units_are_given_one_by_one(ledger: SqlLedger) -> None:
    """Not each of them, however many they are: a nation has thousands."""
    dice = random.Random(9)
    tell(ledger, dice, 400, 0.1, packed=True)
    plan_round = shipped_round()
    wanted = replace(paired_rows(measures_of(plan_round), plan_round.forms), most=1)
    alike = {f"{n:03}": "000" for n in range(400)}
    asked = (make.ROUND, make.at(60), alike, NOTHING_APART, wanted)
    with ledger.summed(*asked) as found:
        rows = Counter(type(row) for row in found.paired)
    assert ledger.packed_otherwise() == ()
    assert 0 < rows[UnitRow] < 100
    assert rows[UnitsTogether] > 0
