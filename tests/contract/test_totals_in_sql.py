"""National totals against plain SQL on both databases, and added up in the database."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pipeline.adapters.national.national_tables import consolidate_figures
from pipeline.adapters.national.summed_totals import consolidate_sums
from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.domain.figure_sums import NOTHING_APART, SummedRound, rows_apart, units_alike
from pipeline.domain.plan.form import FormState, Missing
from pipeline.domain.plan.plan_round import Aggregate
from pipeline.domain.run_changes import CountedVersion, VersionStep, changes_since
from pipeline.domain.senders.identity import Identity, Strength
from pipeline.domain.shortfall import measures_of
from pipeline.domain.total import Level, Method, Run, Total, weight_of
from pipeline.domain.verdict import FormResult
from pipeline.domain.writing.number_text import canonical
from pipeline.stages.rank_shortfalls import (
    paired_rows,
    rank_shortfalls,
    rank_units,
)
from tests.builders import decisions as make
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.servers.ledgers import TestDatabase, file_mail
from tests.servers.older_schemas import take_back

PROVINCES = ("01", "02", "04", "46", "79", "95")
FORMS = ("PL01", "PL02")
MILLIONTHS = Decimal(10) ** 6
APART = rows_apart(shipped_round(), shipped_gazetteer())
# exact on both: SQLite has no decimal numbers, but whole ones of 64 bits
SUMS = """
SELECT form_id, indicator, column_key, count(*) AS units,
    sum(CASE WHEN missing = 'n' THEN 0
        ELSE CAST(round(CAST(value AS DOUBLE PRECISION) * 1000000) AS BIGINT) END) AS total
FROM observations WHERE missing = 'n' OR value IS NOT NULL
GROUP BY form_id, indicator, column_key
"""
RATES = """
SELECT r.column_key, sum(r.rate * w.weight) / sum(w.weight) AS mean
FROM (SELECT province_code, column_key, CAST(value AS DOUBLE PRECISION) AS rate
      FROM observations WHERE form_id = '{0}' AND indicator = '{1}' AND value IS NOT NULL) r
JOIN (SELECT province_code, column_key, CAST(value AS DOUBLE PRECISION) AS weight
      FROM observations WHERE form_id = '{2}' AND indicator = '{3}' AND value IS NOT NULL) w
    ON w.province_code = r.province_code AND w.column_key = r.column_key
GROUP BY r.column_key
"""


@pytest.fixture
def filled(ledger: SqlLedger) -> SqlLedger:
    """Two whole forms of six provinces: some marks, some in doubt, some unverified."""
    _file_all(ledger, random.Random(6), gaps=False)
    return ledger


@pytest.fixture
def gappy(ledger: SqlLedger) -> SqlLedger:
    """The same, with gaps among rates and weights; here a form is in doubt, there none."""
    _file_all(ledger, random.Random(7), gaps=True)
    return ledger


def _file_all(ledger: SqlLedger, dice: random.Random, *, gaps: bool) -> None:
    for n, province in enumerate(PROVINCES):
        forms = []
        for form_id in FORMS:
            form = shipped_round().form(form_id)
            rows = [
                _row(form_id, indicator.key, column.key, dice, gaps=gaps)
                for indicator in form.indicators
                for column in form.value_columns
            ]
            doubt = n == 1 or (gaps and dice.random() < 0.4)
            state = FormState.DEFICIENT if doubt else FormState.ACCEPTED
            forms.append(make.form(form_id, rows, state))
        who = Identity(Strength.REGISTERED, province, verified=n != 2)
        file_mail(ledger, f"mail {n}", forms, n, identity=who)


def _row(form: str, indicator: str, column: str, dice: random.Random, *, gaps: bool) -> Any:
    value = str(Decimal(dice.randrange(1, 10**9)) / 1000)
    made = make.row(indicator, column, value, cell="H9")
    made = replace(made, form=form)
    weighs = any(indicator in row for row in APART.rows)
    share = 0.2 if gaps else 0.0 if weighs else 0.05
    if dice.random() < share:
        return replace(made, value=None, missing=dice.choice(list(Missing)))
    return made


def totals_of(ledger: SqlLedger) -> tuple[Total, ...]:
    found = ledger.figures(make.ROUND, None)
    return consolidate_figures(found, shipped_round(), shipped_gazetteer())


def test_sums_are_those_of_plain_sql_to_the_last_digit(
    filled: SqlLedger, database: TestDatabase
) -> None:
    totals = totals_of(filled)
    run = Run(make.ROUND, make.at(60), make.at(60))
    filled.store_run(run, totals, make.at(60))
    kept = {
        (row["form_id"], row["indicator"], row["column_key"]): row
        for row in database.rows(
            "SELECT * FROM totals WHERE level = 'national' AND method = 'sum'"
        )
    }
    plain = database.rows(SUMS)
    checked = 0
    for row in plain:
        found = kept.get((row["form_id"], row["indicator"], row["column_key"]))
        if found is not None:
            assert Decimal(found["value"]) == Decimal(row["total"]) / MILLIONTHS
            assert found["reported"] == row["units"]
            checked += 1
    assert checked > 100


def test_rates_are_those_of_plain_sql(filled: SqlLedger, database: TestDatabase) -> None:
    """To 1e-9 of their value; weights here stand in the rate's own column."""
    totals = _national(totals_of(filled))
    checked = 0
    for form_id in FORMS:
        for indicator in shipped_round().form(form_id).indicators:
            weight = weight_of(indicator, form_id)
            if indicator.aggregate is not Aggregate.WEIGHTED or weight is None:
                continue
            if weight[0] not in FORMS:
                continue
            for row in database.rows(RATES.format(form_id, indicator.key, *weight)):
                found = totals[form_id, indicator.key, row["column_key"]].value
                assert found is not None
                assert abs(float(found) / float(row["mean"]) - 1) < 1e-9
                checked += 1
    assert checked


def _national(totals: tuple[Total, ...]) -> Mapping[tuple[str, str, str], Total]:
    return {(t.form, t.indicator, t.column): t for t in totals if t.level is Level.NATIONAL}


def test_added_up_in_the_database_they_are_the_same(filled: SqlLedger) -> None:
    """Every total at every level, with its counts: the way that many units take."""
    found, many = _of_many(filled)
    assert many == totals_of(filled)
    assert any(total.method is Method.WEIGHTED and total.value for total in many)
    figures = list(filled.figures(make.ROUND, None))
    counted = [figure for figure in figures if figure.counted is not None]
    facts = found.facts()
    assert facts.figures == len(counted)
    assert facts.provisional == sum(1 for figure in counted if not figure.clean)
    assert max(facts.decimals.values()) == 3


def test_rates_with_gaps_are_the_same(gappy: SqlLedger) -> None:
    """Own weights, those of the fallback's column, and none; in doubt and sound."""
    _, many = _of_many(gappy)
    assert many == totals_of(gappy)
    rates = [t for t in many if t.method is Method.WEIGHTED and t.value is not None]
    assert any(rate.value != rate.value_strict for rate in rates)


def _of_many(ledger: SqlLedger) -> tuple[SummedRound, tuple[Total, ...]]:
    alike = units_alike(shipped_gazetteer())
    with ledger.summed(make.ROUND, make.at(60), alike, APART) as found:
        return found, consolidate_sums(found, shipped_round(), shipped_gazetteer())


def test_sums_coverage_and_the_earlier_run_are_of_one_moment(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """A return that is filed meanwhile is of none of them; afterwards it is there."""
    alike = units_alike(shipped_gazetteer())
    ledger.know_round(make.ROUND, [*alike], ["PL01", "PL02"])
    row = make.row("th.viec_lam", "kh_n", "1")
    file_mail(ledger, "first", [make.form("PL01", [row])])
    other = database.open()

    def told() -> tuple[int, int, bool]:
        with ledger.summed(make.ROUND, make.at(60), alike, APART) as found:
            counted = len(found.versions)
        came = sum(row["versions"] for row in ledger.coverage(make.ROUND))
        return counted, came, ledger.run_before(make.ROUND, make.at(60)) is not None

    with ledger.one_look():
        before = told()
        file_mail(other, "second", [make.form("PL02", [make.row(column="kh_n")])], 1)
        other.store_run(Run(make.ROUND, make.at(2), make.at(2)), (), make.at(2))
        assert told() == before == (1, 1, False)
    assert told() == (2, 2, True)
    other.close()


def test_shortfalls_are_the_same_while_rows_stream(filled: SqlLedger) -> None:
    """The way that many units take keeps the heaviest of each row, and ranks them alike."""
    plan_round, figures = shipped_round(), list(filled.figures(make.ROUND, None))
    measures = measures_of(plan_round)
    paired = paired_rows(measures, plan_round.forms)
    alike = units_alike(shipped_gazetteer())
    asked = (make.ROUND, make.at(60), alike, NOTHING_APART)
    with filled.summed(*asked, paired) as found:
        many = rank_units(measures, plan_round.forms, found.paired, 2)
    for measure in measures:
        country, provinces = rank_shortfalls(measure, plan_round.forms, figures)
        rows = Counter[tuple[str, str]]()
        heaviest = []
        for each in provinces:
            row = (each.form, each.indicator.key)
            rows[row] += 1
            if rows[row] <= 2:
                heaviest.append(each)
        assert many[measure.name] == (country, tuple(heaviest))
    assert len(many["attainment"][1]) > 5
    assert many["pace"][1]


def test_a_snapshot_of_the_past_leaves_out_what_came_later(filled: SqlLedger) -> None:
    alike = units_alike(shipped_gazetteer())
    with filled.summed(make.ROUND, make.at(2), alike, NOTHING_APART) as found:
        assert {version.province for version in found.versions} == set(PROVINCES[:3])


def test_each_sum_is_that_of_its_figures(ledger: SqlLedger) -> None:
    """Sums, strict ones, counts and decimals, among resends, gaps, zeros and nils."""
    dice = random.Random(8)
    for n in range(30):
        file_mail(
            *(ledger, f"mail {n}", [_anything(dice)], n),
            identity=Identity(
                *(Strength.REGISTERED, dice.choice(PROVINCES)), verified=dice.random() < 0.8
            ),
        )
    alike = units_alike(shipped_gazetteer())
    expected: dict[tuple[str, ...], list[Any]] = {}
    for figure in ledger.figures(make.ROUND, None):
        value, unit = figure.counted, alike[figure.province]
        if value is not None:
            key = (unit, figure.form, figure.indicator, figure.column)
            sums = expected.setdefault(key, [Decimal(0), Decimal(0), 0, 0, 0])
            for place, more in enumerate((value, value * figure.clean, 1, figure.clean)):
                sums[place] += more
            digits = canonical(value).partition(".")[2]
            sums[4] = max(sums[4], len(digits))
    with ledger.summed(make.ROUND, make.at(60), alike, NOTHING_APART) as found:
        told = {
            (s.unit, s.form, s.indicator, s.column): [
                *(s.amount, s.amount_strict, s.used, s.clean, s.decimals)
            ]
            for s in found.sums
        }
    assert told == expected
    assert {sums[4] for sums in told.values()} >= {0, 1, 2, 3}


def _anything(dice: random.Random) -> FormResult:
    rows = []
    for indicator in ("th.viec_lam", "th.that_nghiep", "th.btxh"):
        value = Decimal(dice.randrange(-(10**5), 10**12)).scaleb(-dice.randrange(4))
        row = make.row(indicator, "kh_n", str(value), cell="H9")
        if dice.random() < 0.2:
            row = replace(row, value=None, missing=dice.choice(list(Missing)))
        rows.append(row)
    state = dice.choice((FormState.ACCEPTED, FormState.DEFICIENT))
    return make.form("PL01", rows[: dice.randrange(1, 4)], state)


def test_a_row_of_the_name_of_a_rate_in_another_form_is_not_that_rate(
    ledger: SqlLedger,
) -> None:
    stray = replace(make.row("th.qua_dt", "kh_n", "99"), form="PL02")
    weight = replace(make.row("vl.llld", "kh_n", "1000"), form="PL02")
    forms = [
        make.form("PL01", [make.row("th.qua_dt", "kh_n", "41.5")]),
        make.form("PL02", [stray, weight]),
    ]
    file_mail(ledger, "both", forms)
    _, many = _of_many(ledger)
    assert many == totals_of(ledger)
    assert _national(many)["PL01", "th.qua_dt", "kh_n"].value == Decimal("41.5")


def test_what_runs_of_old_counted_is_moved_into_one_row_each(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    of_old = {
        1: [CountedVersion("01", "PL01", "aa", "accepted", verified=True)],
        2: [
            CountedVersion("01", "PL01", "aa", "accepted", verified=True),
            CountedVersion("02", "PL02", "bb", "provisional", verified=False),
        ],
    }
    for run in of_old:
        asked = Run(make.ROUND, make.at(60 * run), make.at(60 * run))
        assert ledger.store_run(asked, (), make.at(60 * run)) == run
    with ledger._database.writing() as connection:
        take_back(connection, "0023")
    for run, versions in of_old.items():
        for unit, form, digest, status, verified in versions:
            told = f"({run}, '{unit}', '{form}', '{digest}', '{status}', {int(verified)})"
            database.run(f"INSERT INTO run_version VALUES {told}")
    ledger.close()
    now = database.open()
    now.migrate()
    for run, versions in of_old.items():
        earlier = now.run_before(make.ROUND, make.at(60 * run + 1))
        assert earlier is not None
        assert (earlier.number, earlier.versions) == (run, versions)
    now.close()


def test_what_a_run_of_many_units_counted_is_read_back_as_it_was(ledger: SqlLedger) -> None:
    """In whatever order it came; and what another run counts otherwise is told."""
    versions = [
        CountedVersion(f"{n:05}", form, f"{n:064x}", status, verified=n % 3 > 0)
        for n in range(3000)
        for form, status in (("PL01", "accepted"), ("PL02", "provisional"))
    ]
    run = Run(make.ROUND, make.at(60), make.at(60))
    ledger.store_run(run, (), make.at(60), versions[::-1])
    earlier = ledger.run_before(make.ROUND, make.at(61))
    assert earlier is not None
    assert earlier.versions == versions
    assert {type(version.verified) for version in earlier.versions} == {bool}
    assert changes_since(earlier, (), versions).versions == ()
    gone, doubted, *rest = versions
    (first, second) = changes_since(
        earlier, (), (doubted._replace(verified=True), *rest)
    ).versions
    assert (first.step, first.before, first.now) == (VersionStep.GONE, gone, None)
    assert (second.step, second.before) == (VersionStep.DOUBTED, doubted)
