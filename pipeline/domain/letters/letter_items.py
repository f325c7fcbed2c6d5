"""Findings as a letter lists them: numbered items, each with one cause and one remedy.

A cell that several rules point at is one item (`root`); what is left is gathered by
code and rule, so that one slip that runs through five columns is one item too.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.domain.letters.cell_runs import cell_order, join_cells
from pipeline.domain.letters.doubts import doubt_of, told_unit
from pipeline.domain.letters.letter_names import Names
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.plan.finding_codes import NUMBER_CODES
from pipeline.domain.writing.vietnamese import (
    read_canonical,
    safe_path,
    safe_text,
    write_number,
    write_quantity,
)

LINES_PER_ITEM = 6
_QUOTED = {"row-uncertain": 100, "column-uncertain": 100}  # labels differ at their end
PLACES_PER_ITEM = 24
_OWN_SECTION = frozenset(
    {"form-missing", "narrative-missing", "late", "after-close", "shortfall"}
)
_PLACES_ONLY = frozenset(
    {"missing-value", "formula-uncached", "hidden-content", "row-extra"}
)
_WEIGHTS = {severity: weight for weight, severity in enumerate(Severity)}


Group = tuple[Finding, ...]
Key = tuple[str | None, ...]
Root = tuple[str | None, str | None, str]


@dataclass(frozen=True, slots=True)
class Home:
    """Where a form stands: its file and sheet."""

    form: str | None
    path: str | None
    sheet: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """Findings told together at `home`; `root` is the cell that they have in common."""

    findings: Group
    home: Home
    root: str | None


def list_items(
    findings: Iterable[Finding], names: Names, homes: Iterable[Home] = ()
) -> list[Mapping[str, Any]]:
    """The numbered items of a letter as plain data, those to mend first.

    `homes` are the places of the mail's forms, to find a cell of another sheet by.

    Only findings that fail are told. Item: number, duty (`mend`, `explain`, `note`),
    form, form_title, file, sheet, code, codes, root, label, column, rule, count, lines,
    more, places, places_more; a line has code, severity, cell, label, column, found, other
    (a second unit), figure, same, expected, difference, direction, suspects, rule, against.
    """
    items = gather_items(findings, names, homes)
    return [describe_item(n, item, names) for n, item in enumerate(items, 1)]


def gather_items(
    findings: Iterable[Finding], names: Names, homes: Iterable[Home] = ()
) -> list[Item]:
    """The items behind `list_items`, in its order, with all their findings."""
    told = [
        f for f in findings if f.state is FindingState.FAIL and f.code not in _OWN_SECTION
    ]
    return sorted(_gather(told, tuple(homes)), key=lambda item: _item_order(item, names))


def _gather(findings: Sequence[Finding], homes: Sequence[Home]) -> list[Item]:
    """Findings on one root cell together, the rest by code and rule."""
    roots: dict[Root, list[Finding]] = {}
    alone: list[Finding] = []
    in_another_unit = _in_another_unit(findings)
    for finding in findings:
        root = None if _place(finding) in in_another_unit else _root(finding, homes)
        (alone if root is None else roots.setdefault(root, [])).append(finding)
    alone += [group[0] for group in roots.values() if len(group) == 1]
    shared = [
        Item(_in_order(group), _seat(root, group, homes), root[-1])
        for root, group in roots.items()
        if len(group) > 1
    ]
    kinds = _group(alone, lambda f: (f.form, f.path, f.sheet, f.code, f.rule, f.severity))
    return shared + [Item(g, Home(g[0].form, g[0].path, g[0].sheet), None) for g in kinds]


def _in_another_unit(findings: Sequence[Finding]) -> frozenset[Key]:
    """The forms of which more figures are in another unit than an item has lines.

    There the unit is the cause, not sixty cells: each rule makes one item.
    """
    asked = Counter(_place(f) for f in findings if f.code == "unit-scale")
    return frozenset(place for place, count in asked.items() if count > LINES_PER_ITEM)


def _place(finding: Finding) -> Key:
    return (finding.form, finding.path, finding.sheet)


def _seat(root: Root, group: Sequence[Finding], homes: Sequence[Home]) -> Home:
    """The form that a root cell belongs to: of a finding on it, else of its sheet."""
    path, sheet, _ = root
    own = [f.form for f in group if (f.path, f.sheet) == (path, sheet)]
    there = [home.form for home in homes if (home.path, home.sheet) == (path, sheet)]
    return Home((own + there)[0], path, sheet)


def _group(findings: Iterable[Finding], key: Callable[[Finding], Key]) -> list[Group]:
    groups: dict[Key, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(key(finding), []).append(finding)
    return [_in_order(group) for group in groups.values()]


def _in_order(findings: Iterable[Finding]) -> Group:
    return tuple(sorted(findings, key=_finding_order))


def _root(finding: Finding, homes: Sequence[Home]) -> Root | None:
    """The cell that is probably wrong, with its file and sheet."""
    if finding.code in _PLACES_ONLY:
        return None
    address = finding.suspect[0] if finding.suspect else finding.cell
    sheet, mark, cell = (address or "").rpartition("!")
    if not mark:
        return (finding.path, finding.sheet, address) if address else None
    places = {(h.path, h.sheet) for h in homes if h.sheet == sheet}
    places.discard((finding.path, finding.sheet))
    if len(places) != 1:
        return None  # two sheets of that name: no telling which is meant
    return (*places.pop(), cell)


def _finding_order(finding: Finding) -> tuple[int, tuple[int, int, str], str]:
    return (_WEIGHTS[finding.severity], cell_order(finding.cell), finding.code)


def _item_order(item: Item, names: Names) -> tuple[Any, ...]:
    first, home = item.findings[0], item.home
    return (
        _DUTIES.index(_duty(item.findings)),
        names.form_order(home.form),
        home.path or "",
        home.sheet or "",
        cell_order(item.root or first.cell),
        first.code,
        first.rule or "",
    )


_DUTIES = ("mend", "explain", "note")


def _duty(findings: Group) -> str:
    heaviest = min(_WEIGHTS[f.severity] for f in findings)
    if heaviest <= _WEIGHTS[Severity.ERROR]:
        return "mend"
    return "explain" if heaviest == _WEIGHTS[Severity.QUERY] else "note"


def describe_item(number: int, item: Item, names: Names) -> Mapping[str, Any]:
    """An item as plain data (`list_items`)."""
    first, home = item.findings[0], item.home
    places = [] if item.root else _places(item.findings, names)
    lines = [] if places else [describe_line(f, item, names) for f in item.findings]
    return {
        "number": number,
        "duty": _duty(item.findings),
        "form": home.form,
        "form_title": names.form_title(home.form),
        "file": safe_path(home.path) if home.path else None,
        "sheet": safe_text(home.sheet) if home.sheet else None,
        "code": first.code,
        "codes": list(dict.fromkeys(f.code for f in item.findings)),
        "root": safe_text(item.root) if item.root else None,
        "label": _shared(item.findings, names.label),
        "column": _shared(item.findings, names.column),
        "rule": _shared(item.findings, _tag),
        "count": len(item.findings),
        "lines": lines[:LINES_PER_ITEM],
        "more": max(0, len(lines) - LINES_PER_ITEM),
        "places": places[:PLACES_PER_ITEM],
        "places_more": max(0, len(places) - PLACES_PER_ITEM),
    }


def _shared(findings: Group, ask: Callable[[Finding], str | None]) -> str | None:
    answers = {ask(f) for f in findings}
    return answers.pop() if len(answers) == 1 else None


def _places(findings: Group, names: Names) -> list[Mapping[str, str | None]]:
    """Where a fault that needs no figures stands: runs of cells, whole rows or columns.

    A finding on a row without a column, or the other way round, is about all of it.
    """
    if len(findings) == 1 or findings[0].code not in _PLACES_ONLY:
        return []
    whole = [f for f in findings if (f.indicator is None) != (f.column is None)]
    runs = join_cells(f.cell for f in findings if f.cell and f not in whole)
    places: list[Mapping[str, str | None]] = [
        {"cells": None, "label": names.label(f), "column": names.column(f)} for f in whole
    ]
    return places + [{"cells": run, "label": None, "column": None} for run in runs]


def describe_line(finding: Finding, item: Item, names: Names) -> Mapping[str, Any]:
    """One finding of an item as plain data (`list_items`)."""
    unit = names.unit(finding)
    text = told_unit(finding)
    found, expected = _number(finding, text), _number(finding, finding.expected)
    gap = Decimal(0) if found is None or expected is None else found - expected
    away = (finding.path, finding.sheet) != (item.home.path, item.home.sheet)
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "form": finding.form if away else None,
        "cell": safe_text(finding.cell) if finding.cell else None,
        "label": names.label(finding),
        "column": names.column(finding),
        "found": _figure(text, found, unit, _QUOTED.get(finding.code, 40)),
        **doubt_of(finding),
        "expected": _figure(
            finding.expected, expected, unit, _QUOTED.get(finding.code, 40)
        ),
        "difference": write_number(abs(gap)) if gap else None,
        "direction": ("larger" if gap > 0 else "smaller") if gap else None,
        "suspects": [] if item.root else [safe_text(s) for s in finding.suspect[:3]],
        "rule": _tag(finding),
        "against": names.against(finding),
    }


def _tag(finding: Finding) -> str | None:
    """What a province quotes to explain: the rule, with its form where many share it."""
    if finding.rule is None or finding.form is None:
        return finding.rule
    own = finding.rule.startswith(finding.form)
    return finding.rule if own else f"{finding.form}/{finding.rule}"


def _number(finding: Finding, text: str | None) -> Decimal | None:
    return read_canonical(text) if finding.code in NUMBER_CODES else None


def _figure(
    text: str | None, number: Decimal | None, unit: str | None, most: int
) -> str | None:
    """A figure in Vietnamese notation, or what was written, quoted as it stands."""
    if number is not None:
        return write_quantity(number, unit)
    return f"“{safe_text(text, most)}”" if text else None
