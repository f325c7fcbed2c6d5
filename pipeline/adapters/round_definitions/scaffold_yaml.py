"""Drafts of a round's definitions as YAML text, as `load_round` reads it."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pipeline.domain.plan.plan_round import ColumnRole

_DAYS_TO_ANSWER = 14


@dataclass(frozen=True, slots=True)
class ColumnDraft:
    """A column as its header tells it; `compared` the two sides of a comparison."""

    stem: str
    title: str
    role: ColumnRole
    years: tuple[int, ...] = ()
    version: str = ""
    period: str = ""
    compared: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class RowDraft:
    """A row as its cells tell it, with the kind guessed from its words."""

    key: str
    code: str
    label: str
    unit: str
    kind: str


@dataclass(frozen=True, slots=True)
class FormDraft:
    """One sheet's form."""

    id: str
    title: str
    columns: tuple[ColumnDraft, ...]
    rows: tuple[RowDraft, ...]


@dataclass(frozen=True, slots=True)
class RoundDraft:
    """All that a blank workbook says of its round."""

    id: str
    letter: str
    issued: str
    title: str
    plan_year: int
    mailbox: str
    contact: str
    forms: tuple[FormDraft, ...]


def scaffold_files(draft: RoundDraft) -> Mapping[str, str]:
    """The texts by file name: round.yaml, and one file a form."""
    sets: dict[tuple[ColumnDraft, ...], str] = {}
    for form in draft.forms:
        if form.columns not in sets:
            sets[form.columns] = _set_name(form.columns, sets.values())
    files = {"round.yaml": "\n".join(_round_lines(draft, sets)) + "\n"}
    for form in draft.forms:
        lines = _form_lines(form, sets[form.columns])
        files[f"{form.id}.yaml"] = "\n".join(lines) + "\n"
    return files


def _set_name(columns: Sequence[ColumnDraft], taken: Iterable[str]) -> str:
    versions = {column.version for column in columns}
    name = "money" if versions & {"budget", "disbursed", "request"} else "plan"
    used = sum(1 for other in taken if other.startswith(name))
    return f"{name}{used + 1}" if used else name


def _round_lines(
    draft: RoundDraft, sets: Mapping[tuple[ColumnDraft, ...], str]
) -> Iterator[str]:
    due = date.fromisoformat(draft.issued) + timedelta(days=_DAYS_TO_ANSWER)
    yield "# Drafted by `forms import` from a blank workbook: check every line,"
    yield "# above all due, mailbox and contact; then run `forms check`."
    yield f"id: {_text(draft.id)}"
    yield f"letter: {_text(draft.letter)}"
    yield f"issued: {draft.issued}"
    yield f"title: {_text(draft.title)}"
    yield f"plan_year: {draft.plan_year}"
    yield f"due: {due.isoformat()}T23:59:59+07:00"
    yield f"mailbox: {_text(draft.mailbox)}"
    yield f"contact: {_text(draft.contact)}"
    yield "reporting_units: provinces"
    yield f"forms_required: [{', '.join(form.id for form in draft.forms)}]"
    yield "default_severity: error"
    yield "units:"
    for unit in dict.fromkeys(row.unit for form in draft.forms for row in form.rows):
        yield f"  - {{unit: {_text(unit)}, written_as: [{_text(unit.lower())}]}}"
    yield "columns:"
    for columns, name in sets.items():
        yield f"  {name}:"
        yield from _column_lines(columns, draft.plan_year)
    yield "rules_for_every_form:"
    yield "  - {id: R.1, kind: bound, rows: '%', columns: value, low: 0, high: 100}"
    yield "  - {id: R.2, kind: bound, rows: all, columns: value, low: 0}"


def _column_lines(columns: Sequence[ColumnDraft], plan_year: int) -> Iterator[str]:
    keys = _keys(columns, plan_year)
    by_meaning = {
        (column.version, column.years[0]): key
        for key, column in reversed(list(zip(keys, columns, strict=True)))
        if column.years and column.period == "Y"
    }
    for key, column in zip(keys, columns, strict=True):
        title = _with_places(column.title, plan_year)
        parts = [f"key: {key}", f"title: {_text(title)}", f"role: {column.role.value}"]
        if column.years:
            parts.append(f"year: {_place(column.years[0], plan_year)}")
        parts += [f"period: {column.period}"] if column.period else []
        parts += [f"version: {column.version}"] if column.version else []
        sides = [by_meaning.get(side) for side in column.compared]
        if sides and all(sides):
            parts.append(f"formula: {sides[0]} / {sides[1]} * 100")
        if column.role in (ColumnRole.DERIVED, ColumnRole.NOTE):
            parts.append("optional: true")
        yield f"    - {{{', '.join(parts)}}}"


def _keys(columns: Sequence[ColumnDraft], plan_year: int) -> list[str]:
    """Keys by the house's custom: th_n2, kh_n1, th6t_n1, uoc_n1, kh_n; each once."""
    keys: list[str] = []
    for column in columns:
        key = column.stem
        if column.years and not key.endswith(("_tw", "_dp")):
            back = plan_year - column.years[0]
            key += f"_n{back}" if back else "_n"
        number = sum(1 for other in keys if other.partition("__")[0] == key)
        keys.append(f"{key}__{number + 1}" if number else key)
    return keys


def _form_lines(form: FormDraft, columns: str) -> Iterator[str]:
    yield "# Drafted by `forms import`: kind and aggregate are guesses; name the weight"
    yield "# of a rate (aggregate: weighted, weight: row) and mark what is optional."
    yield f"id: {form.id}"
    yield f"title: {_text(form.title)}"
    yield f"columns: {columns}"
    yield "rows:"
    for row in form.rows:
        aggregate = "none" if row.kind == "rate" else "sum"
        yield (
            f"  - {{key: {row.key}, code: {_text(row.code)}, label: {_text(row.label)}, "
            f"unit: {_text(row.unit)}, kind: {row.kind}, aggregate: {aggregate}}}"
        )
    yield "rules: []"


def _with_places(title: str, plan_year: int) -> str:
    """A title with its years written as {n}, {n-1} ..."""
    for back in range(10):
        year, place = str(plan_year - back), _place(plan_year - back, plan_year)
        title = title.replace(year, f"{{{place}}}")
    return title


def _place(year: int, plan_year: int) -> str:
    return "n" if year == plan_year else f"n-{plan_year - year}"


def _text(text: str) -> str:
    """A double-quoted scalar; what JSON quotes, YAML reads."""
    return json.dumps(text, ensure_ascii=False)
