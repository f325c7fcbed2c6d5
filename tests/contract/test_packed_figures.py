"""Figures are kept a second time, packed: whoever adds these up gets the same, always."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.schema import figures, messages, outcomes, versions
from pipeline.adapters.sql_ledger.schema_packed import layouts, packs
from pipeline.domain.errors import PipelineError
from pipeline.domain.figure_sums import rows_apart, units_alike
from pipeline.domain.mail.message import State
from pipeline.domain.plan.form import FormState, Missing
from pipeline.domain.senders.identity import Identity, Strength
from pipeline.domain.shortfall import measures_of
from pipeline.domain.verdict import FormResult
from pipeline.ports.runs import FiledVersion
from pipeline.stages.rank_shortfalls import paired_rows
from tests.builders import decisions as make
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.servers.ledgers import TestDatabase, file_mail
from tests.servers.older_schemas import take_back

UNITS = ("01", "02", "04", "46")
ALIKE = units_alike(shipped_gazetteer())
APART = rows_apart(shipped_round(), shipped_gazetteer())
PAIRED = replace(paired_rows(measures_of(shipped_round()), shipped_round().forms), most=2)
ROWS = ("th.viec_lam", "th.qua_dt", "th.xkld", "th.llld")
COLUMNS = ("kh_n1", "uoc_n1", "th6t_n1")

# few have room in 64 bits, and some of these only until they are added up
VALUES = st.one_of(
    st.none(),
    st.sampled_from(list(Missing)),
    st.decimals(-(10**6), 10**6, places=3),
    st.integers(-(2**63), 2**63).map(Decimal),
    st.sampled_from(
        [Decimal("1e25"), Decimal("-0.0000000000000000001"), Decimal(2**63 - 1)]
    ),
)
CELLS = st.dictionaries(
    st.tuples(st.sampled_from(ROWS), st.sampled_from(COLUMNS)), VALUES, min_size=1
)
RETURNS = st.lists(
    st.tuples(
        st.sampled_from(UNITS), st.sampled_from(("PL01", "PL02")), CELLS, st.booleans()
    ),
    min_size=1,
    max_size=12,
)


def form_of(form: str, cells: dict[tuple[str, str], Any], state: FormState) -> FormResult:
    rows = []
    for (indicator, column), said in cells.items():
        row = replace(make.row(indicator, column, "1", cell="H9"), form=form)
        if isinstance(said, Missing):
            rows.append(replace(row, value=None, missing=said))
        else:
            rows.append(replace(row, value=said))
    return make.form(form, rows, state)


def said_by(ledger: SqlLedger) -> tuple[Any, ...]:
    """All that a night of many units asks of the ledger's figures."""
    asked = (make.ROUND, make.at(600), ALIKE, APART, PAIRED)
    with ledger.summed(*asked) as found:
        return (
            sorted(found.sums, key=lambda s: (s.unit, s.form, s.indicator, s.column)),
            sorted(found.rates, key=lambda s: (s.unit, s.form, s.indicator, s.column)),
            sorted(map(repr, found.paired)),
            found.versions,
        )


def forget(ledger: SqlLedger, *tables: Any) -> None:
    with ledger._database.writing() as connection:
        for table in tables:
            connection.execute(delete(table))


def packed_versions(ledger: SqlLedger) -> Sequence[int]:
    with ledger._database.reading() as connection:
        query = select(packs.c.version_id).order_by(packs.c.version_id)
        return list(connection.scalars(query))


@pytest.mark.fault("F-DB-10")
@given(RETURNS)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_packed_or_not_the_sums_are_the_same(ledger: SqlLedger, said: list[Any]) -> None:
    """Of corrected forms, of layouts that grow, with numbers that nobody can pack."""
    with ledger._database.writing() as connection:
        for table in (packs, figures, versions, outcomes):
            connection.execute(delete(table))
        connection.execute(messages.update().values(state="held", standing="held"))
    for n, (unit, form, cells, clean) in enumerate(said):
        state = FormState.ACCEPTED if clean else FormState.DEFICIENT
        who = Identity(Strength.REGISTERED, unit, verified=True)
        name = f"{random.random()} {n}"
        file_mail(ledger, name, [form_of(form, cells, state)], n, identity=who)
    assert ledger.packed_otherwise() == ()
    packed = said_by(ledger)
    forget(ledger, packs)
    assert packed == said_by(ledger)


@pytest.fixture
def filled(ledger: SqlLedger) -> SqlLedger:
    """Four units with two forms; the second return of one of them has a row more."""
    for n, unit in enumerate((*UNITS, "01")):
        cells = {
            (row, c): Decimal(100 * n + 1) / 4 for row in ROWS for c in COLUMNS[: n + 1]
        }
        forms = [form_of(form, cells, FormState.ACCEPTED) for form in ("PL01", "PL02")]
        who = Identity(Strength.REGISTERED, unit, verified=True)
        file_mail(ledger, f"mail {n}", forms, n, identity=who)
    return ledger


def test_filed_versions_are_packed(filled: SqlLedger) -> None:
    assert len(packed_versions(filled)) == 10
    with filled._database.reading() as connection:
        forms = list(connection.scalars(select(layouts.c.form_id)))
    assert sorted(forms) == ["PL01"] * 3 + ["PL02"] * 3, "a layout for each column more"


def test_a_message_that_is_filed_again_is_packed_again(filled: SqlLedger) -> None:
    before = packed_versions(filled)
    cells = {("th.viec_lam", "kh_n1"): Decimal(7)}
    filled.reopen(1, make.at(20))
    filed = make.decision("mail 0", [form_of("PL01", cells, FormState.ACCEPTED)], 0)
    read = make.parsed("mail 0", filed.forms)
    filled.file(1, read, filed, (), make.at(21))
    assert len(set(packed_versions(filled)) - set(before)) == 1
    assert len(packed_versions(filled)) == len(before) - 1
    assert filled.packed_otherwise() == ()


@pytest.mark.fault("F-DB-10")
def test_a_figure_changed_by_hand_is_not_packed_any_more(
    filled: SqlLedger, database: TestDatabase
) -> None:
    """Nor one removed: a sum never says what was there before."""
    for change in (
        "UPDATE figure SET value = '9' WHERE version_id = 3 AND indicator = 'th.xkld'",
        "DELETE FROM figure WHERE version_id = 5 AND indicator = 'th.xkld'",
    ):
        database.run(change)
    assert {3, 5}.isdisjoint(packed_versions(filled))
    assert len(packed_versions(filled)) == 8
    told = said_by(filled)
    forget(filled, packs)
    assert told == said_by(filled)
    assert filled.packed_otherwise() == ()


@pytest.mark.fault("F-DB-10")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE packed_figures SET decimals = decimals + 1 WHERE version_id = 3",
        "UPDATE packed_figures SET layout_id = 9999 WHERE version_id = 3",
        """
        UPDATE packed_figures SET numbers = (
            SELECT numbers FROM packed_figures WHERE version_id = 5) WHERE version_id = 3
        """,
        """
        INSERT INTO figure SELECT version_id, 'th.so', column_key, value, missing,
            quantum, unit, unit_written, raw, path, sheet, cell, hidden, encoding
        FROM figure WHERE version_id = 3 AND indicator = 'th.xkld' LIMIT 1
        """,
    ],
)
def test_audit_names_a_version_whose_packed_figures_are_not_its_own(
    filled: SqlLedger, database: TestDatabase, change: str
) -> None:
    assert filled.packed_otherwise() == ()
    database.run(change)
    assert filled.packed_otherwise() == (FiledVersion(3, 2, "PL01"),)


@pytest.mark.fault("F-DB-10")
def test_what_is_of_no_known_layout_is_read_from_its_rows(
    filled: SqlLedger, database: TestDatabase
) -> None:
    told = said_by(filled)
    database.run("UPDATE packed_figures SET layout_id = 9999 WHERE version_id = 3")
    assert said_by(filled) == told


@pytest.mark.fault("F-DB-10")
def test_a_layout_that_was_taken_back_is_not_remembered(ledger: SqlLedger) -> None:
    """Its number is given again, on SQLite, to another form's."""
    form = form_of("PL01", {("a", "b"): Decimal(1)}, FormState.ACCEPTED)
    number = file_mail(ledger, "a", state=State.HELD)
    refused = make.decision("a", [form], findings=(make.finding(code=None),))
    with pytest.raises(PipelineError):
        ledger.file(number, make.parsed("a", [form]), refused, (), make.at(1))
    other = form_of("PL02", {("c", "d"): Decimal(2)}, FormState.ACCEPTED)
    file_mail(ledger, "b", [other], 2)
    filed = make.decision("a", [form])
    ledger.file(number, make.parsed("a", [form]), filed, (), make.at(3))
    assert len(packed_versions(ledger)) == 2
    assert ledger.packed_otherwise() == ()


def test_a_ledger_of_old_is_packed_by_its_migration(
    filled: SqlLedger, database: TestDatabase
) -> None:
    """As filing would have, but that each form has one layout."""
    told, before = said_by(filled), packed_versions(filled)
    with filled._database.writing() as connection:
        take_back(connection, "0022")
    filled.close()
    ledger = database.open()
    ledger.migrate()
    assert packed_versions(ledger) == before
    assert ledger.packed_otherwise() == ()
    assert len(database.rows("SELECT id FROM figure_layout")) == 2
    assert said_by(ledger) == told
    database.run("UPDATE figure SET value = '9' WHERE version_id = 3")
    assert 3 not in packed_versions(ledger)
    ledger.close()


def test_two_daemons_use_the_layouts_of_each_other(
    ledger: SqlLedger, database: TestDatabase
) -> None:
    """One that has not seen the newest layout yet packs by its own, and asks for more."""
    other = database.open()
    narrow = {("th.viec_lam", "kh_n1"): Decimal(1)}
    wide = {**narrow, ("th.viec_lam", "kh_n"): Decimal(2), ("th.xkld", "kh_n"): Decimal(3)}
    first = ((ledger, narrow), (ledger, narrow))
    filing = (*first, (other, wide), (ledger, narrow), (ledger, wide))
    for n, (daemon, cells) in enumerate(filing):
        file_mail(daemon, f"mail {n}", [form_of("PL01", cells, FormState.ACCEPTED)], n)
    other.close()
    rows = database.rows("SELECT layout_id FROM packed_figures ORDER BY version_id")
    assert [row["layout_id"] for row in rows] == [1, 1, 2, 1, 2]
    assert ledger.packed_otherwise() == ()
