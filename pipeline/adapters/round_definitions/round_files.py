"""A round's folder of YAML files into a PlanRound.

Scalars stay text until a field says what it holds, so that a code `1.10` is never
turned into 1.1. Tags, aliases and repeated keys are refused.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from pipeline.adapters.round_definitions.registry_files import load_gazetteer, load_senders
from pipeline.adapters.round_definitions.round_deadlines import read_due, read_later
from pipeline.adapters.round_definitions.round_fields import Fields, number
from pipeline.adapters.round_definitions.round_nation import (
    read_nation,
    read_round_before,
)
from pipeline.adapters.round_definitions.round_reminders import read_reminders
from pipeline.adapters.round_definitions.round_rules import read_form_rules, read_rules
from pipeline.adapters.round_definitions.round_yaml import read_yaml
from pipeline.adapters.round_definitions.row_sizes import read_usual_size
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.finding import Severity
from pipeline.domain.plan.plan_round import (
    Aggregate,
    Column,
    ColumnRole,
    ExplainedQueries,
    Form,
    Indicator,
    IndicatorKind,
    PlanRound,
    Unit,
    fill_years,
)

__all__ = ["load_gazetteer", "load_round", "load_rounds", "load_senders"]

ROUND_FILE = "round.yaml"
# contract.md, "Required": an empty cell is an error in these, a query in the others
ERROR_IF_EMPTY = frozenset({"th_n2", "uoc_n1", "kh_n", "dt_n1", "nc_n"})
_ROUND_KEYS = (
    "id",
    "letter",
    "issued",
    "title",
    "plan_year",
    "due",
    "grace_until",
    "closes",
    "mailbox",
    "contact",
    "reporting_units",
    "forms_required",
    "reminders",
    "explained_queries",
    "last_round",
    "consolidation",
    "default_severity",
    "units",
    "columns",
    "rules_for_every_form",
)
_COLUMN_KEYS = (
    "key",
    "title",
    "role",
    "year",
    "period",
    "version",
    "aliases",
    "formula",
    "optional",
    "if_empty",
)
_ROW_KEYS = (
    "key",
    "code",
    "label",
    "unit",
    "kind",
    "aggregate",
    "weight",
    "aliases",
    "optional",
    "optional_columns",
    "wording",
    "usual",
)


def load_rounds(root: Path, ids: Iterable[str]) -> tuple[PlanRound, ...]:
    """The open rounds, in the order given; each a folder of `root`.

    Raises ConfigError (file, key, problem) at the first mistake.
    """
    rounds = tuple(load_round(root / id_) for id_ in ids)
    if not rounds:
        raise ConfigError(str(root), "round", "no round is named")
    return rounds


def load_round(folder: Path) -> PlanRound:
    """The round kept in a folder: round.yaml and one file a form.

    The id of the round is the name of its folder, the id of a form the name of its
    file. Raises ConfigError (file, key, problem) at the first mistake.
    """
    top = read_yaml(folder / ROUND_FILE)
    top.only(_ROUND_KEYS)
    _same(top, folder.name, "the name of the folder")
    if top.maybe("reporting_units", "provinces") != "provinces":
        raise top.fault("reporting_units", "only `provinces` is known")
    plan_year = top.parsed("plan_year", int, "a year")
    units = tuple(_unit(fields) for fields in top.items("units"))
    sets = _column_sets(top.mapping("columns"), plan_year)
    severity = top.choice("default_severity", Severity, Severity.ERROR)
    files = sorted(path for path in folder.glob("*.yaml") if path.name != ROUND_FILE)
    forms = [_form(read_yaml(path), top, (units, sets, severity)) for path in files]
    due = read_due(top)
    grace_until = read_later(top, "grace_until", due)
    return PlanRound(
        id=top.text("id"),
        letter=top.text("letter"),
        issued=top.parsed("issued", date.fromisoformat, "a date (2013-06-28)"),
        title=top.text("title"),
        plan_year=plan_year,
        due=due,
        grace_until=grace_until,
        closes=read_later(top, "closes", grace_until or due),
        mailbox=top.text("mailbox"),
        contact=top.text("contact"),
        units=units,
        forms=tuple(forms),
        forms_required=_required(top, forms),
        reminders=read_reminders(top),
        last_round=read_round_before(top),
        nation=read_nation(top),
        explained_queries=top.choice(
            "explained_queries", ExplainedQueries, ExplainedQueries.PLANNER
        ),
    )


def _required(top: Fields, forms: Iterable[Form]) -> tuple[str, ...]:
    known = {form.id for form in forms}
    required = top.one_or_more("forms_required")
    for n, form_id in enumerate(required):
        if form_id not in known:
            raise top.fault(f"forms_required[{n}]", f"no file {form_id}.yaml")
    return required


def _same(fields: Fields, name: str, what: str) -> None:
    if fields.text("id") != name:
        raise fields.fault("id", f"differs from {what}, {name!r}")


def _unit(fields: Fields) -> Unit:
    fields.only(("unit", "written_as", "base", "factor"))
    if fields.has("base") != fields.has("factor"):
        raise fields.fault("base", "base and factor go together")
    base = fields.text("base") if fields.has("base") else None
    factor = fields.parsed("factor", number, "a number") if base else number("1")
    if factor <= 0:
        raise fields.fault("factor", "must be greater than 0")
    return Unit(fields.text("unit"), fields.texts("written_as"), base, factor)


def _column_sets(fields: Fields, plan_year: int) -> Mapping[str, tuple[Column, ...]]:
    return {
        name: tuple(_column(item, plan_year) for item in fields.items(name))
        for name in fields.tree
    }


def _column(fields: Fields, plan_year: int) -> Column:
    fields.only(_COLUMN_KEYS)
    key = fields.text("key")
    weight = Severity.ERROR if key in ERROR_IF_EMPTY else Severity.QUERY
    year = (
        fields.parsed("year", _years_from_n, "n, n-1 ...") if fields.has("year") else None
    )
    return Column(
        key=key,
        title=fill_years(fields.text("title"), plan_year),
        role=fields.choice("role", ColumnRole),
        year=year,
        period=fields.maybe("period") or None,
        version=fields.maybe("version") or None,
        aliases=tuple(fill_years(alias, plan_year) for alias in fields.texts("aliases")),
        formula=fields.maybe("formula") or None,
        optional=fields.flag("optional"),
        if_empty=fields.choice("if_empty", Severity, weight),
    )


def _years_from_n(text: str) -> int:
    """-2 out of "n-2"."""
    n, sign, years = text.replace(" ", "").partition("-")
    if n != "n" or (sign and not years.isdecimal()):
        raise ValueError(text)
    return -int(years) if sign else 0


_Shared = tuple[tuple[Unit, ...], Mapping[str, tuple[Column, ...]], Severity]


def _form(fields: Fields, top: Fields, shared: _Shared) -> Form:
    units, sets, severity = shared
    fields.only(("id", "title", "columns", "rows", "rules"))
    _same(fields, Path(fields.source).stem, "the name of the file")
    form_id, column_set = fields.text("id"), fields.text("columns")
    if column_set not in sets:
        raise fields.fault("columns", f"round.yaml has no columns {column_set!r}")
    names = frozenset(unit.name for unit in units)
    rows = tuple(_indicator(item, names) for item in fields.items("rows"))
    if not rows:
        raise fields.fault("rows", "a form needs rows")
    for_all = read_rules(top, (form_id, column_set), severity)
    return Form(
        id=form_id,
        title=fields.text("title"),
        column_set=column_set,
        columns=sets[column_set],
        indicators=rows,
        rules=read_form_rules(fields, form_id, severity) + for_all,
    )


def _indicator(fields: Fields, units: frozenset[str]) -> Indicator:
    fields.only(_ROW_KEYS)
    unit = fields.text("unit")
    if unit not in units:
        raise fields.fault("unit", f"{unit!r} is not a unit of round.yaml")
    return Indicator(
        key=fields.text("key"),
        code=fields.maybe("code"),
        label=fields.text("label"),
        unit=unit,
        kind=fields.choice("kind", IndicatorKind),
        aggregate=fields.choice("aggregate", Aggregate),
        weight=fields.maybe("weight") or None,
        aliases=fields.texts("aliases"),
        optional=fields.flag("optional"),
        optional_columns=fields.texts("optional_columns"),
        usual=read_usual_size(fields),
    )
