"""A round's folder: what is read out of it, and how each mistake is named."""

import shutil
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.adapters.round_definitions.round_files import load_round, load_rounds
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.nation_terms import MissingUnits, NationTerms
from pipeline.domain.plan.plan_round import (
    Aggregate,
    ColumnRole,
    ExplainedQueries,
    IndicatorKind,
)
from pipeline.domain.plan.rule import Rule
from pipeline.domain.plan.usual_size import UsualSize
from tests.builders.returns import CONFIG, shipped_round

ROUND = """\
id: nam-2020
letter: 2652/LĐTBXH-KHTC
issued: 2019-07-03
title: Kế hoạch
plan_year: 2020
due: 2019-07-20T17:00:00+07:00
mailbox: khtc@example.gov.vn
contact: Vụ KHTC
forms_required: [F1]
units:
  - {unit: Người, written_as: [người]}
  - {unit: 1000 người, written_as: [nghìn người], base: Người, factor: 1000}
columns:
  plan:
    - {key: chi_tieu, title: Chỉ tiêu, role: label}
    - {key: kh_n1, title: 'KH {n-1}', role: value, year: n-1, aliases: ['Kế hoạch {n-1}']}
    - {key: kh_n, title: 'KH {n}', role: value, year: n, period: Y, version: plan}
    - {key: ss, title: SS, role: derived, formula: kh_n / kh_n1 * 100, optional: true}
  money:
    - {key: dt_n1, title: DT, role: value, if_empty: query}
rules_for_every_form:
  - {id: R.1, kind: bound, rows: all, columns: value, low: 0}
  - {id: R.2, kind: bound, rows: '%', forms: money, low: 0}
"""
FORM = """\
id: F1
title: Phụ lục
columns: plan
rows:
  - {key: a.b, code: 1.10, label: Tổng số, unit: 1000 người, kind: stock, aggregate: sum}
  - {key: a.c, label: 'No', unit: Người, kind: flow, aggregate: none, optional: true}
rules:
  - {id: F1.1, kind: total, whole: a.b, parts: [a.c], columns: [kh_n], severity: query}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "nam-2020"
    made.mkdir()
    (made / "round.yaml").write_text(ROUND, encoding="utf-8")
    (made / "F1.yaml").write_text(FORM, encoding="utf-8")
    return made


def test_shipped_round():
    plan = shipped_round()
    assert len(plan.forms) == 9
    assert sum(len(form.indicators) for form in plan.forms) == 152
    assert plan.due == datetime.fromisoformat("2013-07-12T23:59:59+07:00")
    assert {c.key for c in plan.form("PL01").columns if c.if_empty is Severity.ERROR} == {
        "th_n2",
        "uoc_n1",
        "kh_n",
    }
    assert plan.form("PL09").column("dt_n1").if_empty is Severity.ERROR
    assert plan.form("PL01").column("th_n2").title == "Thực hiện năm 2012"
    assert "R.3" not in {rule.id for rule in plan.form("PL09").rules}


def test_round_and_its_columns(folder):
    (plan,) = load_rounds(folder.parent, ["nam-2020"])
    assert (plan.id, plan.issued, plan.plan_year) == ("nam-2020", date(2019, 7, 3), 2020)
    kh_n1 = plan.form("F1").column("kh_n1")
    assert (kh_n1.title, kh_n1.aliases, kh_n1.year) == ("KH 2019", ("Kế hoạch 2019",), -1)
    assert plan.form("F1").column("kh_n").year == 0
    assert plan.form("F1").column("ss").role is ColumnRole.DERIVED
    assert plan.unit("1000 người").factor == 1000


def test_codes_and_words_stay_text(folder):
    total, part = load_round(folder).form("F1").indicators
    assert (total.code, total.unit) == ("1.10", "1000 người")
    assert (part.code, part.label, part.optional) == ("", "No", True)
    assert (part.kind, part.aggregate) == (IndicatorKind.FLOW, Aggregate.NONE)


def test_how_large_a_row_usually_is(folder):
    form = folder / "F1.yaml"
    usual = "aggregate: sum, usual: {from: 0.5, to: 60, of: a.c}}"
    form.write_text(form.read_text("utf-8").replace("aggregate: sum}", usual), "utf-8")
    first, second = load_round(folder).form("F1").indicators
    assert first.usual == UsualSize(Decimal("0.5"), Decimal(60), "a.c")
    assert second.usual is None


def test_a_usual_size_that_a_percentage_says(folder):
    form = folder / "F1.yaml"
    usual = "aggregate: sum, usual: {from: 0.5, to: 60, rate: a.t, percent: 2.6}}"
    form.write_text(form.read_text("utf-8").replace("aggregate: sum}", usual), "utf-8")
    first, _ = load_round(folder).form("F1").indicators
    assert (first.usual.rate, first.usual.percent) == ("a.t", Decimal("2.6"))


@pytest.mark.parametrize(
    "usual",
    [
        "from: 60, to: 5",
        "from: 0, to: 5",
        "from: 1",
        "from: 1, to: 5, rate: a.t",
        "from: 1, to: 5, percent: 2",
        "from: 1, to: 5, rate: a.t, percent: 0",
        "from: 1, to: 5, rate: a.t, percent: 2, of: a.c",
    ],
)
def test_a_usual_size_is_a_range(folder, usual):
    form = folder / "F1.yaml"
    text = form.read_text("utf-8")
    changed = text.replace("aggregate: sum}", f"aggregate: sum, usual: {{{usual}}}}}")
    form.write_text(changed, "utf-8")
    with pytest.raises(ConfigError, match=r"usual\.(to|percent)"):
        load_round(folder)


def test_rules_of_the_form_and_of_every_form(folder):
    rules = load_round(folder).form("F1").rules
    assert rules == (
        Rule(
            "F1.1",
            "total",
            "F1",
            Severity.QUERY,
            (("whole", "a.b"), ("parts", ("a.c",))),
            ("kh_n",),
        ),
        Rule(
            "R.1",
            "bound",
            "F1",
            Severity.ERROR,
            (("rows", ("all",)), ("low", Decimal(0))),
        ),
    )


def test_emptiness_may_be_weighed_by_the_round(folder):
    change(folder / "F1.yaml", "columns: plan", "columns: money")
    assert load_round(folder).form("F1").columns[0].if_empty is Severity.QUERY


def test_a_round_may_name_the_one_before_and_accept_explained_queries(folder):
    assert (load_round(folder).last_round, load_round(folder).explained_queries) == (
        *(None, ExplainedQueries.PLANNER),
    )
    more = "plan_year: 2020\nlast_round: nam-2019\nexplained_queries: accepted"
    change(folder / "round.yaml", "plan_year: 2020", more)
    found = load_round(folder)
    assert (found.last_round, found.explained_queries) == (
        *("nam-2019", ExplainedQueries.ACCEPTED),
    )
    change(folder / "round.yaml", "last_round: nam-2019", "last_round: nam-2020")
    with pytest.raises(ConfigError, match="does not come before itself"):
        load_round(folder)
    change(folder / "round.yaml", "last_round: nam-2020", "explains: x")
    with pytest.raises(ConfigError, match="explains"):
        load_round(folder)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "key", "problem"),
    [
        ("F1", "unit: Người,", "unit: người,", "rows[1].unit", "not a unit"),
        ("F1", "kind: flow", "kind: flows", "rows[1].kind", "one of stock, flow"),
        ("F1", "key: a.c,", "", "rows[1].key", "needed"),
        ("F1", "key: a.c", "kex: a.c", "rows[1].kex", "unknown key"),
        ("F1", "optional: true", "optional: yes", "rows[1].optional", "neither"),
        ("F1", "whole: a.b, ", "", "rules.F1.1.whole", "needs it"),
        ("F1", "whole: a.b", "whole: [a.b]", "rules.F1.1.whole", "single text"),
        ("F1", "parts: [a.c]", "parts: []", "rules.F1.1.parts", "text or a list"),
        ("F1", "parts: [a.c]", "parts: {a: c}", "rules.F1.1.parts", "a list"),
        ("F1", "parts: [a.c]", "parts: [[a.c]]", "rules.F1.1.parts[0]", "a text"),
        ("F1", "kind: total", "kind: totals", "rules.F1.1.kind", "none of total"),
        ("F1", "severity: query", "severity: bad", "rules.F1.1.severity", "one of fatal"),
        ("F1", "severity: query", "state: asleep", "rules.F1.1.state", "none of shadow"),
        ("F1", "severity: query", "wen: x", "rules.F1.1.wen", "unknown key"),
        ("F1", "id: F1.1, ", "", "rules[0].id", "needed"),
        ("F1", "id: F1\n", "id: F2\n", "id", "name of the file"),
        ("F1", "columns: plan", "columns: plans", "columns", "no columns 'plans'"),
        ("F1", "rows:", "lines:", "lines", "unknown key"),
        ("F1", "title: Phụ lục", "title: ''", "title", "needed"),
        ("F1", "- {key: a.b", "- a.b\n  - {key: a.b", "rows[0]", "a mapping"),
        ("round", "plan_year: 2020", "plan_year: năm", "plan_year", "not a year"),
        ("round", "+07:00", "", "due", "its zone"),
        ("round", "issued: 2019-07-03", "issued: 3/7/2019", "issued", "a date"),
        ("round", "[F1]", "[F1, F2]", "forms_required[1]", "no file F2.yaml"),
        ("round", "[F1]", "[]", "forms_required", "a list of texts is needed"),
        ("round", "id: nam-2020", "id: nam-2021", "id", "name of the folder"),
        ("round", "year: n-1", "year: n+1", "columns.plan[1].year", "n, n-1"),
        ("round", "role: label", "role: title", "columns.plan[0].role", "one of code"),
        ("round", "factor: 1000", "factor: many", "units[1].factor", "a number"),
        ("round", "factor: 1000", "factor: NaN", "units[1].factor", "a number"),
        ("round", "factor: 1000", "factor: -1", "units[1].factor", "greater than 0"),
        ("round", ", factor: 1000", "", "units[1].base", "go together"),
        ("round", "low: 0}", "low: none}", "rules_for_every_form.R.1.low", "a number"),
        (
            "round",
            "contact:",
            "reporting_units: wards\ncontact:",
            "reporting_units",
            "only",
        ),
        ("F1", "rows:\n", "rows: a\nrules:\n", "line 8", "stands twice"),
        ("F1", "rules:\n", "rules: a\nx:\n", "x", "unknown key"),
        ("round", "columns:\n", "columns: plan\nx:\n", "x", "unknown key"),
        ("round", "mailbox: khtc", "id: x\nmailbox: khtc", "line 7", "stands twice"),
        ("round", "Vụ KHTC", "!!python/name:os.system x", "line 8", "tag"),
        ("round", "Vụ KHTC", "[a: b", "the file", "not YAML"),
        ("round", "[F1]", "{[a]: b}", "line 9", "must be a text"),
        ("round", "Kế hoạch", "&a Kế hoạch\nx: *a", "line 4", "aliases"),
    ],
)
def test_mistake_names_file_key_and_problem(folder, file, old, new, key, problem):
    path = folder / f"{file}.yaml"
    change(path, old, new)
    with pytest.raises(ConfigError) as caught:
        load_round(folder)
    assert (caught.value.source, caught.value.key) == (str(path), key)
    assert problem in caught.value.problem


def test_list_that_is_none(folder):
    text = FORM[: FORM.index("rules:")] + "rules: none\n"
    (folder / "F1.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match="rules: a list is needed"):
        load_round(folder)


def test_every_column_has_three_names(folder):
    before = load_round(folder)
    for word in ("all", "'*'"):
        path = folder / "round.yaml"
        path.write_text(ROUND.replace("columns: value", f"columns: {word}"), "utf-8")
        assert load_round(folder) == before


def test_form_without_rows_is_refused(folder):
    (folder / "F1.yaml").write_text("id: F1\ntitle: x\ncolumns: plan\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="a form needs rows"):
        load_round(folder)


@pytest.mark.parametrize(
    ("data", "problem"),
    [(b"\xff\xfe\x00", "not UTF-8"), (b"", "a mapping"), (b"- a", "map")],
)
def test_file_that_is_no_mapping(folder, data, problem):
    (folder / "F1.yaml").write_bytes(data)
    with pytest.raises(ConfigError, match=problem):
        load_round(folder)


def test_no_folder_and_no_round(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_round(tmp_path / "none")
    with pytest.raises(ConfigError, match="no round is named"):
        load_rounds(tmp_path, [])


def test_two_rounds_may_be_open(folder):
    shutil.copytree(CONFIG / "rounds" / "ke-hoach-2014", folder.parent / "ke-hoach-2014")
    found = load_rounds(folder.parent, ["ke-hoach-2014", "nam-2020"])
    assert [plan.plan_year for plan in found] == [2014, 2020]


def test_how_the_nation_is_made_is_the_round_s_own(folder: Path) -> None:
    """Gaps and half of the year where nothing is said."""
    assert load_round(folder).nation == NationTerms()
    file = folder / "round.yaml"
    said = "consolidation: {missing_units: carry-forward, pace: 45.5}\n"
    file.write_text(said + ROUND, encoding="utf-8")
    terms = load_round(folder).nation
    assert terms == NationTerms(MissingUnits.CARRY_FORWARD, Decimal("45.5"))


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("{missing_units: guess}", "missing_units"),
        ("{pace: 0}", "pace"),
        ("{pace: much}", "pace"),
        ("{rate: 5}", "rate"),
    ],
)
def test_other_words_about_the_nation_are_refused(
    folder: Path, said: str, key: str
) -> None:
    (folder / "round.yaml").write_text(f"consolidation: {said}\n{ROUND}", encoding="utf-8")
    with pytest.raises(ConfigError, match=key):
        load_round(folder)
