"""The figures of a run as tidy CSV tables, and the dictionary that explains them."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pipeline.adapters.national.national_view import Place, filled_by_place, place_of
from pipeline.adapters.workbook_writing.workbook_texts import load_texts
from pipeline.domain.five_year_path import PathPoint, point_facts
from pipeline.domain.plan.nation_terms import MissingUnits
from pipeline.domain.plan.plan_round import Column, Form, Indicator, PlanRound
from pipeline.domain.total import ObservedFigure, Total, weight_of
from pipeline.ports.outside import NationalTables

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
TOTALS, FIGURES, DICTIONARY = "totals.csv", "figures.csv", "data-dictionary.csv"
IMPUTED, FIVE_YEAR = "imputed.csv", "five-year.csv"
_TOTALS_HEADER = (
    "level",
    "area",
    "form_id",
    "indicator",
    "label",
    "column_key",
    "value",
    "value_strict",
    "unit",
    "reported",
    "expected",
    "provisional",
    "method",
    "value_filled",
    "filled",
)
_FIGURES_HEADER = (
    "province_code",
    "form_id",
    "indicator",
    "label",
    "column_key",
    "value",
    "missing",
    "unit",
    "status",
    "verified",
    "message",
    "path",
    "sheet",
    "cell",
)
_IMPUTED_HEADER = (
    "province_code",
    "form_id",
    "indicator",
    "label",
    "column_key",
    "value",
    "unit",
    "status",
)
_FIVE_YEAR_HEADER = (
    "province_code",
    "form_id",
    "indicator",
    "label",
    "column_key",
    "year",
    "value",
    "unit",
    "target",
    "target_year",
    "target_how",
    "better",
    "gap",
    "share",
    "standing",
    "reported",
    "expected",
    "provisional",
    "message",
    "path",
    "sheet",
    "cell",
    "target_source",
    "target_lines",
)
_DICTIONARY_HEADER = (
    "file",
    "form_id",
    "name",
    "column_key",
    "meaning",
    "unit",
    "source",
)
_NUMBERS = frozenset({"value", "gap", "target", "share"})
_MEANT = {(FIVE_YEAR, "province_code"): "province_or_country"}
# a spreadsheet program takes a text that begins with one of these for a formula
_DIGITS = 16  # enough to name a mail; the whole would double the file
_FORMULA_SIGNS = " -+=@\t\r\n"

Line = Sequence[str]


def totals_csv(tables: NationalTables) -> bytes:
    """The totals as a table with the names of the view `totals`, and each row's label."""
    labels, filled = _labels(tables.plan_round), filled_by_place(tables)
    lines = ((*_total(t, labels), *_filled(t, filled)) for t in tables.totals)
    return _csv(_TOTALS_HEADER, lines)


def figures_csv(tables: NationalTables) -> bytes:
    """What every unit reported, with the mail, file, sheet and cell it comes from."""
    labels = _labels(tables.plan_round)
    return _csv(_FIGURES_HEADER, (_figure(f, labels) for f in tables.figures))


def imputed_csv(tables: NationalTables) -> bytes:
    """What stands for units that reported nothing: apart, that no sum takes it in."""
    labels = _labels(tables.plan_round)
    named = (
        dict(zip(_FIGURES_HEADER, _figure(f, labels), strict=True)) for f in tables.filled
    )
    lines = ([row[name] for name in _IMPUTED_HEADER] for row in named)
    return _csv(_IMPUTED_HEADER, lines)


def five_year_csv(tables: NationalTables) -> bytes:
    """What the five-year plan has a target of, with the target and where both stand."""
    lines = (_five_year(point) for point in tables.five_year)
    return _csv(_FIVE_YEAR_HEADER, lines)


def _five_year(point: PathPoint) -> Line:
    facts: Mapping[str, object] = {
        **point_facts(point),
        "label": point.indicator.label,
        "province_code": point.province,
        "form_id": point.form,
        "column_key": point.column.key,
        "message": point.source.digest[:_DIGITS] if point.source else None,
    }
    return [
        "" if facts[name] is None else _written(name, str(facts[name]))
        for name in _FIVE_YEAR_HEADER
    ]


def _written(name: str, text: str) -> str:
    """A text that no spreadsheet program takes for a formula; numbers as they are."""
    return text if name in _NUMBERS else text.lstrip(_FORMULA_SIGNS)


def dictionary_csv(plan_round: PlanRound) -> bytes:
    """What the columns of the tables hold, then every row and column of every form."""
    return _csv(_DICTIONARY_HEADER, _dictionary(plan_round))


def _csv(header: Line, lines: Iterable[Iterable[str]]) -> bytes:
    """UTF-8 with a byte order mark, for Excel."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(lines)
    return BYTE_ORDER_MARK + text.getvalue().encode()


def _labels(plan_round: PlanRound) -> Mapping[tuple[str, str], str]:
    return {
        (form.id, indicator.key): indicator.label.lstrip(_FORMULA_SIGNS)
        for form in plan_round.forms
        for indicator in form.indicators
    }


def _total(total: Total, labels: Mapping[tuple[str, str], str]) -> Line:
    return (
        *(total.level.value, total.area, total.form, total.indicator),
        labels[total.form, total.indicator],
        total.column,
        "" if total.value is None else f"{total.value:f}",
        "" if total.value_strict is None else f"{total.value_strict:f}",
        total.unit,
        *map(str, (total.reported, total.expected, total.provisional)),
        total.method.value,
    )


def _filled(total: Total, filled: Mapping[Place, Total]) -> Line:
    """The total with the figures that nobody reported, and how many of these."""
    found = filled.get(place_of(total)) if filled else None
    if found is None or found.value is None or found.reported == total.reported:
        return "", "0"
    return f"{found.value:f}", str(found.reported - total.reported)


def _figure(figure: ObservedFigure, labels: Mapping[tuple[str, str], str]) -> Line:
    return (
        *(figure.province, figure.form, figure.indicator),
        labels.get((figure.form, figure.indicator), ""),
        figure.column,
        "" if figure.value is None else f"{figure.value:f}",
        "" if figure.missing is None else figure.missing.value,
        figure.unit,
        figure.status,
        str(int(figure.verified)),
        figure.digest[:_DIGITS],
        figure.path.lstrip(_FORMULA_SIGNS),
        figure.sheet.lstrip(_FORMULA_SIGNS),
        figure.cell,
    )


def _dictionary(plan_round: PlanRound) -> Iterator[Line]:
    texts = load_texts("dictionary")
    headers: dict[str, Line] = {TOTALS: _TOTALS_HEADER, FIGURES: _FIGURES_HEADER}
    if plan_round.nation.missing_units is not MissingUnits.NONE:
        headers[IMPUTED] = _IMPUTED_HEADER
    if plan_round.targets:
        headers[FIVE_YEAR] = _FIVE_YEAR_HEADER
    for file, header in headers.items():
        for name in header:
            meaning, unit, source = texts.lines(_MEANT.get((file, name), name))
            yield file, "", name, "", meaning, unit, source
    for form in plan_round.forms:
        for indicator in form.indicators:
            yield _row(form, indicator)
        for column in form.value_columns:
            yield _column(plan_round, form, column)


def _row(form: Form, indicator: Indicator) -> Line:
    texts = load_texts("dictionary")
    weight = ":".join(weight_of(indicator, form.id) or ())
    rule = texts.say(f"added_{indicator.aggregate.value}", weight=weight)
    checks = ", ".join(
        check.id for check in form.rules if _speaks_of(check.terms, indicator.key)
    )
    source = texts.say("checked", rule=rule, checks=checks) if checks else rule
    meaning = f"{indicator.code} {indicator.label}".strip(_FORMULA_SIGNS)
    return "", form.id, indicator.key, "", meaning, indicator.unit, source


def _speaks_of(terms: Iterable[tuple[str, object]], key: str) -> bool:
    """Whether a rule names a row in one of its fields."""
    return any(
        key == value
        or (isinstance(value, tuple) and key in value)
        or (name == "expr" and key in str(value))
        for name, value in terms
    )


def _column(plan_round: PlanRound, form: Form, column: Column) -> Line:
    texts = load_texts("dictionary")
    year = plan_round.year_of(column)
    source = texts.say("column_source", year=year, form=form.title)
    return "", form.id, "", column.key, column.title, "", source
