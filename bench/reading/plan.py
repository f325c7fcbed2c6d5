"""What may differ from file to file: one value a dimension, the first is the usual."""

import random
from collections.abc import Mapping

Plan = dict[str, str]
# value to weight; a value with "!" before it is damage, all others only looks
DIMENSIONS: Mapping[str, Mapping[str, int]] = {
    "format": {"xlsx": 50, "xls": 20, "ods": 9, "html": 7, "csv": 7, "xml": 7},
    "encoding": {
        "unicode": 60, "nfd": 6, "cp1258": 4, "tcvn3": 10, "tcvn3-caps": 6, "vni": 6,
        "font-mix": 4, "plain": 4,
    },
    "header": {
        "official": 12, "alias": 9, "free": 16, "upper": 5, "year-over-version": 12,
        "version-over-year": 5, "mixed-levels": 10, "unmerged": 6, "repeated": 6,
        "three-rows": 7, "number-years": 5, "unit-in-head": 3, "broken-lines": 4,
    },
    "order": {"official": 70, "shuffled": 12, "newest-first": 6, "unit-last": 12},
    "extra": {"none": 75, "one": 25, "shares": 6},
    "lacking": {"none": 55, "derived": 20, "note": 10, "code": 8, "unit": 7},
    "title": {
        "official": 50, "appendix": 15, "years": 12, "none": 10, "sheet-name": 8,
        "lower": 5,
    },
    "letterhead": {"usual": 60, "none": 20, "tall": 20},
    "offset": {"none": 80, "right": 10, "spacer": 10},
    "arrangement": {"sheets": 62, "stacked": 20, "split": 18},
    "index": {"numbers": 40, "none": 30, "letters": 12, "sums": 10, "wrong": 8},
    "foot": {"signature": 40, "none": 20, "notes": 20, "scratch": 20},
    "hidden": {
        "none": 84, "note-column": 4, "!value-column": 3, "!rows": 3, "!copy-sheet": 3,
        "lists": 3,
    },
    "far": {"none": 85, "rows": 8, "columns": 7},
    "codes": {
        "official": 60, "dropped": 8, "renumbered": 8, "dotted": 8, "in-label": 8,
        "!some-wrong": 8,
    },
    "labels": {"official": 45, "cosmetic": 25, "!edited": 30},
    "rows": {
        "official": 45, "own": 14, "!deleted": 10, "!both": 15, "!moved": 8, "headings": 8,
        "!swapped": 6,
    },
    "label-columns": {"one": 90, "two": 6, "broken": 4},
    "notation": {
        "number": 50, "vietnamese": 16, "english": 6, "nbsp": 4, "space": 4, "plain": 5,
        "unit-behind": 4, "some-text": 6, "noise": 4, "apostrophe": 1,
    },
    "percent": {"none": 75, "format": 15, "text": 10, "!some-parts": 3},
    "marks": {"none": 55, "quiet": 25, "!all": 20},
    "damage": {"none": 80, "!unreadable": 20},
    "units": {
        "official": 52, "respelled": 20, "row": 9, "above": 6, "head": 4, "absent": 6,
        "ditto": 5, "!undeclared": 3, "!above-left": 2,
    },
    "formulas": {"none": 80, "cached": 10, "uncached": 10},
    "neighbours": {"none": 80, "empty": 10, "cover": 6, "!district": 4},
}  # fmt: skip
USUAL: Plan = {name: next(iter(values)) for name, values in DIMENSIONS.items()}


def is_damage(value: str) -> bool:
    """Whether a value of a dimension is more than looks."""
    return value.startswith("!")


_TEXT_FILE = {
    "arrangement": "stacked", "hidden": "none", "neighbours": "none", "formulas": "none",
    "far": "none",
}  # fmt: skip


def feasible(plan: Plan) -> Plan:
    """The plan without what its format cannot carry."""
    kind = plan["format"]
    if kind in ("csv", "html"):
        plan = _as_text(plan | _TEXT_FILE)
    if kind in ("xls", "ods") and plan["formulas"] == "uncached":
        plan = plan | {"formulas": "cached"}
    if kind == "xml":
        plan = plan | {"formulas": "none"}
    if kind in ("ods", "xml"):
        plan = plan | {"far": "none"}
    if plan["units"] != "official" and plan["lacking"] in ("code", "unit"):
        plan = plan | {"lacking": "none"}
    return plan


def _as_text(plan: Plan) -> Plan:
    if plan["percent"] == "format":
        plan = plan | {"percent": "text"}
    if plan["notation"] in ("number", "some-text", "noise"):
        plan = plan | {"notation": "plain"}
    if plan["format"] == "csv" and plan["encoding"] == "font-mix":
        plan = plan | {"encoding": "unicode"}
    return plan


def one_trait(dimension: str, value: str) -> Plan:
    """The usual in all but one dimension."""
    return USUAL | {dimension: value}


def drawn(dice: random.Random, *, clean: bool) -> Plan:
    """Every dimension drawn by weight; without damage when `clean`."""
    plan = {}
    for name, values in DIMENSIONS.items():
        kept = {v: w for v, w in values.items() if not (clean and is_damage(v))}
        plan[name] = dice.choices(list(kept), list(kept.values()))[0]
    return plan


def traits_of(plan: Plan) -> tuple[str, ...]:
    """The names by which a file is scored."""
    return tuple(
        f"{name}: {value.lstrip('!')}"
        for name, value in plan.items()
        if value != USUAL[name] or name in ("format", "encoding")
    )


def every_trait() -> list[tuple[str, str]]:
    """All (dimension, value) that are not the usual."""
    return [
        (name, value)
        for name, values in DIMENSIONS.items()
        for value in values
        if value != USUAL[name]
    ]
