"""Findings as a letter lists them: numbered items, each with one cause and one remedy.

A cell that several rules point at is one item (`root`); what is left is gathered by
code and rule, so that one slip that runs through five columns is one item too.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pipeline.domain.finding import Finding, FindingState, Severity
from pipeline.domain.finding_codes import NUMBER_CODES
from pipeline.domain.letter_names import Names
from pipeline.domain.vietnamese import (
    read_canonical,
    safe_path,
    safe_text,
    write_number,
    write_quantity,
)

LINES_PER_ITEM = 6
PLACES_PER_ITEM = 24
_OWN_SECTION = frozenset({"form-missing", "narrative-missing", "late", "shortfall"})
_PLACES_ONLY = frozenset(
    {"missing-value", "formula-uncached", "hidden-content", "row-extra"}
)
_WEIGHTS = {severity: weight for weight, severity in enumerate(Severity)}
_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Group = tuple[Finding, ...]
Key = tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """Findings told together; `root` is the cell that they have in common."""

    findings: Group
    root: str | None


def list_items(findings: Iterable[Finding], names: Names) -> list[Mapping[str, Any]]:
    """The numbered items of a letter as plain data, those to mend first.

    Only findings that fail are told. Item: number, duty (`mend`, `explain`, `note`),
    form, form_title, file, sheet, code, codes, root, label, column, rule, count, lines,
    more, places, places_more; a line has code, severity, cell, label, column, found,
    expected, difference, direction, suspects, rule, against.
    """
    told = [
        f for f in findings if f.state is FindingState.FAIL and f.code not in _OWN_SECTION
    ]
    items = sorted(_gather(told), key=lambda item: _item_order(item, names))
    return [_describe(n, item, names) for n, item in enumerate(items, 1)]


def _gather(findings: Sequence[Finding]) -> list[_Item]:
    roots = _group(findings, lambda f: (f.form, f.path, f.sheet, _root(f)))
    items = [_Item(g, _root(g[0])) for g in roots if len(g) > 1 and _root(g[0])]
    alone = [f for g in roots if len(g) == 1 or not _root(g[0]) for f in g]
    kinds = _group(alone, lambda f: (f.form, f.path, f.sheet, f.code, f.rule, f.severity))
    return items + [_Item(g, None) for g in kinds]


def _group(findings: Iterable[Finding], key: Callable[[Finding], Key]) -> list[Group]:
    groups: dict[Key, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(key(finding), []).append(finding)
    return [tuple(sorted(g, key=_finding_order)) for g in groups.values()]


def _root(finding: Finding) -> str | None:
    return finding.suspect[0] if finding.suspect else finding.cell


def _finding_order(finding: Finding) -> tuple[int, tuple[int, int, str], str]:
    return (_WEIGHTS[finding.severity], _cell_order(finding.cell), finding.code)


def _cell_order(cell: str | None) -> tuple[int, int, str]:
    """Row first, then column: the order in which a person goes through a sheet."""
    found = _CELL.fullmatch(cell or "")
    if found is None:
        return (0, 0, cell or "")
    return (int(found.group(2)), _column_number(found.group(1)), "")


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _item_order(item: _Item, names: Names) -> tuple[Any, ...]:
    first = item.findings[0]
    return (
        _DUTIES.index(_duty(item.findings)),
        names.form_order(first.form),
        first.path or "",
        first.sheet or "",
        _cell_order(item.root or first.cell),
        first.code,
        first.rule or "",
    )


_DUTIES = ("mend", "explain", "note")


def _duty(findings: Group) -> str:
    heaviest = min(_WEIGHTS[f.severity] for f in findings)
    if heaviest <= _WEIGHTS[Severity.ERROR]:
        return "mend"
    return "explain" if heaviest == _WEIGHTS[Severity.QUERY] else "note"


def _describe(number: int, item: _Item, names: Names) -> Mapping[str, Any]:
    first = item.findings[0]
    places = [] if item.root else _places(item.findings, names)
    lines = [] if places else [_describe_line(f, names) for f in item.findings]
    return {
        "number": number,
        "duty": _duty(item.findings),
        "form": first.form,
        "form_title": names.form_title(first.form),
        "file": safe_path(first.path) if first.path else None,
        "sheet": safe_text(first.sheet) if first.sheet else None,
        "code": first.code,
        "codes": list(dict.fromkeys(f.code for f in item.findings)),
        "severity": first.severity.value,
        "root": _quote(item.root),
        "label": _shared(item.findings, names.label),
        "column": _shared(item.findings, names.column),
        "rule": _shared(item.findings, lambda f: f.rule),
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
    """Where a fault that needs no figures stands: runs of cells, or names of rows."""
    if len(findings) == 1 or any(f.code not in _PLACES_ONLY for f in findings):
        return []
    runs = join_cells(f.cell for f in findings if f.cell)
    places: list[Mapping[str, str | None]] = [_place(run, None, None) for run in runs]
    rest = [_place(None, names.label(f), names.column(f)) for f in findings if not f.cell]
    return places + [place for place in rest if place["label"] or place["column"]]


def _place(
    cells: str | None, label: str | None, column: str | None
) -> dict[str, str | None]:
    return {"cells": cells, "label": label, "column": column}


def join_cells(cells: Iterable[str]) -> list[str]:
    """Cell addresses with neighbours of one column joined: H9, H10, K4 -> H9:H10, K4."""
    runs: list[list[tuple[int, int]]] = []
    odd: list[str] = []
    known: dict[tuple[int, int], str] = {}
    for cell in cells:
        row, column, other = _cell_order(cell)
        if other:
            odd.append(safe_text(other, 12))
        else:
            known[(column, row)] = cell
    for column, row in sorted(known):
        if runs and runs[-1][-1] == (column, row - 1):
            runs[-1].append((column, row))
        else:
            runs.append([(column, row)])
    joined = [known[r[0]] if len(r) == 1 else f"{known[r[0]]}:{known[r[-1]]}" for r in runs]
    return joined + odd


def _describe_line(finding: Finding, names: Names) -> Mapping[str, Any]:
    unit = names.unit(finding)
    found, expected = _number(finding, finding.found), _number(finding, finding.expected)
    both = found is not None and expected is not None
    gap = found - expected if found is not None and expected is not None else Decimal(0)
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "cell": _quote(finding.cell),
        "label": names.label(finding),
        "column": names.column(finding),
        "found": _figure(finding.found, found, unit),
        "expected": _figure(finding.expected, expected, unit),
        "difference": write_number(abs(gap)) if both and gap else None,
        "direction": ("larger" if gap > 0 else "smaller") if both and gap else None,
        "suspects": [safe_text(s, 12) for s in finding.suspect[:3] if s != finding.cell],
        "rule": finding.rule,
        "against": names.against(finding),
    }


def _quote(cell: str | None) -> str | None:
    return safe_text(cell, 12) if cell else None


def _number(finding: Finding, text: str | None) -> Decimal | None:
    return read_canonical(text) if finding.code in NUMBER_CODES else None


def _figure(text: str | None, number: Decimal | None, unit: str | None) -> str | None:
    """A figure in Vietnamese notation, or what was written, quoted as it stands."""
    if number is not None:
        return write_quantity(number, unit)
    return f"“{safe_text(text)}”" if text else None
