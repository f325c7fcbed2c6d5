"""`targets`: the figures of now against the targets of the five-year plan."""

from decimal import Decimal

from pipeline.assembly import make_consolidation, open_ledger
from pipeline.cli.main import FINE, Call
from pipeline.cli.naming import province_named, round_named
from pipeline.domain.five_year_path import PathPoint, point_facts
from pipeline.domain.plan.five_year import FIVE_YEAR_FILE
from pipeline.domain.writing.vietnamese import write_number
from pipeline.jobs.consolidate import consolidate

COLUMNS = (
    *("name", "form", "indicator", "column", "value"),
    *("target", "target_year", "gap", "standing"),
)
SHOWN_TO = Decimal("0.01")


def targets(call: Call) -> int:
    """Every row with a target, of the country and of units; of one province if named."""
    plan_round = round_named(call, call.arguments.round)
    wanted = call.arguments.province
    province = None if wanted is None else province_named(call, wanted)
    ledger = open_ledger(call.plan)
    try:
        work = make_consolidation(call.plan, ledger, plan_round)
        report = consolidate(work, call.clock(), dry_run=True)
    finally:
        ledger.close()
    points = [p for p in report.five_year if province in (None, p.province)]
    if call.talk.machine:
        for point in points:
            call.talk.document({"round": plan_round.id, **point_facts(point)})
    elif points:
        call.talk.table(COLUMNS, [_line(call, point) for point in points])
    if not points:
        phrase = "targets.nothing" if plan_round.targets else "targets.none"
        call.talk.tell(phrase, file=FIVE_YEAR_FILE, round=plan_round.id)
    return FINE


def _line(call: Call, point: PathPoint) -> list[object]:
    name = (
        call.talk.text("targets.nation")
        if point.province is None
        else call.plan.gazetteer.by_code(point.province).name
    )
    return [
        name,
        point.form,
        point.indicator.key,
        point.column.key,
        _shown(point.value),
        _shown(point.aim.value),
        point.aim.year,
        _shown(point.gap),
        call.talk.text(f"targets.{point.standing.value}"),
    ]


def _shown(value: Decimal | None) -> str | None:
    return None if value is None else write_number(value.quantize(SHOWN_TO))
