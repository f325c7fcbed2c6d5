"""`explain`: one figure of the national tables down to cells and mails."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipeline.assembly import open_ledger
from pipeline.cli.explain_past import past_document, tell_past
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import round_named
from pipeline.domain.lineage import (
    Explained,
    KeptTotal,
    MissingUnit,
    Part,
    PartChange,
    SourcedFigure,
    Weight,
)
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.total import Total
from pipeline.domain.writing.vietnamese import HANOI, safe_path, write_number
from pipeline.jobs.explain import explain

PART_COLUMNS = (
    *("province", "name", "value", "status", "version", "message", "digest"),
    *("received_at", "sender", "file", "sheet", "cell"),
)
WEIGHT_COLUMNS = ("weight", "origin")
GAP_COLUMNS = ("province", "name", "why", "message", "file", "sheet", "cell")
CHANGE_COLUMNS = ("province", "name", "change", "before", "now")
NONE_GIVEN = "-"
FILE_WIDTH = 60


def explain_figure(call: Call) -> int:
    """One national, regional or provincial figure and all it stands on."""
    plan_round = round_named(call, call.arguments.round)
    given = call.arguments
    cell = (given.form, given.indicator, given.column)
    ledger = open_ledger(call.plan)
    try:
        found = explain(ledger, (plan_round, call.plan.gazetteer), cell, given.area)
    finally:
        ledger.close()
    if call.talk.machine:
        call.talk.document(_document(plan_round, found))
    else:
        _tell(call, plan_round, found)
    return FINE


def _document(plan_round: PlanRound, found: Explained) -> dict[str, Any]:
    makeup = found.makeup
    return {
        "round": plan_round.id,
        "level": makeup.area.level,
        **_figure(makeup.total),
        "weighed_by": makeup.weighed_by,
        "parts": [_part(part) for part in makeup.parts],
        "missing": [_missing(unit) for unit in makeup.missing],
        "run": None if found.kept is None else _kept(found.kept),
        "agrees": found.agrees,
        "changes": [_change(change) for change in found.changes],
        **past_document(found),
    }


def _figure(total: Total) -> dict[str, Any]:
    return {
        "area": total.area,
        "form": total.form,
        "indicator": total.indicator,
        "column": total.column,
        "value": _plain(total.value),
        "value_strict": _plain(total.value_strict),
        "unit": total.unit,
        "method": total.method.value,
        "reported": total.reported,
        "expected": total.expected,
        "provisional": total.provisional,
    }


def _kept(kept: KeptTotal) -> dict[str, Any]:
    return {
        "run": kept.run,
        "as_of": kept.as_of.astimezone(HANOI).isoformat(),
        "value": _plain(kept.total.value),
        "value_strict": _plain(kept.total.value_strict),
        "reported": kept.total.reported,
        "provisional": kept.total.provisional,
    }


def _plain(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _part(part: Part[SourcedFigure]) -> dict[str, Any]:
    return {
        "province": part.province,
        "value": _plain(part.value),
        "clean": part.clean,
        **_source(part.source),
        "weight": _weight(part.weight),
        "weight_strict": _weight(part.strict_weight),
    }


def _source(found: SourcedFigure) -> dict[str, Any]:
    figure = found.figure
    return {
        "status": figure.status,
        "verified": figure.verified,
        "version": found.version,
        "message": found.message,
        "digest": figure.digest,
        "received_at": found.received_at.astimezone(HANOI).isoformat(),
        "sender": found.sender,
        "path": figure.path,
        "sheet": figure.sheet,
        "cell": figure.cell,
    }


def _weight(weight: Weight[SourcedFigure] | None) -> dict[str, Any] | None:
    if weight is None:
        return None
    source = None if weight.source is None else _source(weight.source)
    return {"value": _plain(weight.value), "origin": weight.origin, "source": source}


def _missing(unit: MissingUnit[SourcedFigure]) -> dict[str, Any]:
    source = None if unit.source is None else _source(unit.source)
    return {"province": unit.province, "why": unit.gap.value, "source": source}


def _change(change: PartChange) -> dict[str, Any]:
    before = None if change.before is None else _part(change.before)
    now = None if change.now is None else _part(change.now)
    return {
        "province": change.province,
        "change": change.change.value,
        "before": before,
        "now": now,
    }


def _tell(call: Call, plan_round: PlanRound, found: Explained) -> None:
    makeup, total = found.makeup, found.makeup.total
    form = plan_round.form(total.form)
    row = form.indicator(total.indicator)
    call.talk.tell(
        "explain.title",
        form=form.id,
        code=row.code,
        label=row.label,
        column=form.column(total.column).title,
        area=total.area,
        unit=total.unit,
    )
    call.talk.tell("explain.value", **_numbers(total))
    call.talk.tell(f"explain.method.{total.method.value}", weight=makeup.weighed_by)
    _tell_parts(call, makeup.parts, weighted=makeup.weighed_by is not None)
    if makeup.missing:
        call.talk.tell("explain.missing", count=len(makeup.missing))
        call.talk.table(GAP_COLUMNS, [_gap(call, unit) for unit in makeup.missing])
    tell_past(call, found)
    _tell_run(call, found)


def _numbers(total: Total) -> Mapping[str, object]:
    return {
        "value": _written(total.value),
        "strict": _written(total.value_strict),
        "reported": total.reported,
        "expected": total.expected,
        "provisional": total.provisional,
    }


def _written(value: Decimal | None) -> str:
    return NONE_GIVEN if value is None else write_number(value)


def _tell_parts(
    call: Call, parts: Iterable[Part[SourcedFigure]], *, weighted: bool
) -> None:
    columns: tuple[str, ...] = PART_COLUMNS
    if weighted:
        columns = (*columns[:3], *WEIGHT_COLUMNS, *columns[3:])
    lines = []
    for part in parts:
        cells = _cells(call, part)
        lines.append([cells[name] for name in columns])
    call.talk.table(columns, lines)


def _cells(call: Call, part: Part[SourcedFigure]) -> Mapping[str, object]:
    source, figure = part.source, part.source.figure
    weight = part.weight
    origin = "" if weight is None else weight.origin
    if weight is not None and weight.source is not None:
        origin += f" {weight.source.figure.sheet}!{weight.source.figure.cell}"
    return {
        "province": part.province,
        "name": _name(call, part.province),
        "value": write_number(part.value),
        "weight": "" if weight is None else write_number(weight.value),
        "origin": origin,
        "status": _status(call, part),
        "version": source.version,
        "message": source.message,
        "digest": figure.digest[:8],
        "received_at": f"{source.received_at.astimezone(HANOI):%Y-%m-%d %H:%M}",
        "sender": source.sender,
        "file": _file(figure.path),
        "sheet": figure.sheet,
        "cell": figure.cell,
    }


def _status(call: Call, part: Part[SourcedFigure]) -> str:
    figure = part.source.figure
    status = call.talk.text(f"explain.{figure.status}")
    if figure.verified:
        return status
    return call.talk.text("explain.unverified", status=status)


def _name(call: Call, code: str) -> str:
    return call.plan.gazetteer.by_code(code).name


def _gap(call: Call, unit: MissingUnit[SourcedFigure]) -> list[object]:
    line: list[object] = [unit.province, _name(call, unit.province)]
    line.append(call.talk.text(f"explain.gap.{unit.gap.value}"))
    if unit.source is None:
        return [*line, "", "", "", ""]
    figure = unit.source.figure
    place = (_file(figure.path), figure.sheet, figure.cell)
    return [*line, unit.source.message, *place]


def _file(path: str) -> str:
    return safe_path(path, FILE_WIDTH)


def _tell_run(call: Call, found: Explained) -> None:
    kept = found.kept
    if kept is None:
        call.talk.tell("explain.no_run")
        return
    as_of = f"{kept.as_of.astimezone(HANOI):%Y-%m-%d %H:%M}"
    about = {"run": kept.run, "as_of": as_of, **_numbers(kept.total)}
    call.talk.tell("explain.agrees" if found.agrees else "explain.differs", **about)
    if found.changes:
        call.talk.tell("explain.changes", count=len(found.changes))
        call.talk.table(
            CHANGE_COLUMNS,
            [
                [
                    change.province,
                    _name(call, change.province),
                    call.talk.text(f"explain.change.{change.change.value}"),
                    _written(None if change.before is None else change.before.value),
                    _written(None if change.now is None else change.now.value),
                ]
                for change in found.changes
            ],
        )
    elif not found.agrees:
        call.talk.tell("explain.decided")
