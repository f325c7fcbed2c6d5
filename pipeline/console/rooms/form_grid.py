"""A form as it was read: rows down, columns across, every figure with its cell."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.domain.plan.plan_round import Form

Place = tuple[str, str]
RANKS = ("fatal", "error", "query", "warn", "info")


def grid_of(
    form: Form,
    rows: Iterable[Mapping[str, Any]],
    findings: Iterable[Mapping[str, Any]],
) -> Sequence[Mapping[str, Any]]:
    """Lines of the form in its order; a faulty cell bears its worst severity."""
    read: dict[Place, Mapping[str, Any]] = {
        (row["indicator"], row["column"]): row for row in rows if row["form"] == form.id
    }
    marks = _marks(findings)
    return [
        {
            "indicator": indicator,
            "cells": [
                _cell(
                    read.get((indicator.key, column.key)), marks, indicator.key, column.key
                )
                for column in form.value_columns
            ],
        }
        for indicator in form.indicators
    ]


def _cell(
    row: Mapping[str, Any] | None,
    marks: Mapping[Place, Mapping[str, Any]],
    indicator: str,
    column: str,
) -> Mapping[str, Any]:
    finding = marks.get((indicator, column))
    return {
        "value": None if row is None else row["value"],
        "missing": None if row is None else row["missing"],
        "raw": "" if row is None else row["raw"],
        "cell": "" if row is None else row["cell"],
        "severity": finding["severity"] if finding else "",
        "code": finding["code"] if finding else "",
    }


def _marks(findings: Iterable[Mapping[str, Any]]) -> Mapping[Place, Mapping[str, Any]]:
    """The worst finding that counts of each cell."""
    worst: dict[Place, Mapping[str, Any]] = {}
    for finding in findings:
        place = (finding["indicator"] or "", finding["column_key"] or "")
        if finding["state"] != "fail" or not all(place):
            continue
        known = worst.get(place)
        if known is None or _rank(finding) < _rank(known):
            worst[place] = finding
    return worst


def _rank(finding: Mapping[str, Any]) -> int:
    return RANKS.index(finding["severity"])
