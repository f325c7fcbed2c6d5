"""`explain`: what stands for units that gave nothing, and what the round before said."""

from typing import Any

from pipeline.cli.main import Call
from pipeline.domain.lineage import (
    Explained,
    ImputedFigure,
    Makeup,
    Part,
    PastFigure,
    Ratio,
    imputed_of,
)
from pipeline.domain.plan.last_round import HistoryFigure
from pipeline.domain.writing.vietnamese import HANOI, write_number

FILLED_COLUMNS = (
    *("province", "name", "indicator", "value"),
    *("before", "ratio", "file", "line"),
)


def past_document(found: Explained) -> dict[str, Any]:
    """`filled` and `past` of the JSON document."""
    filled, past = found.filled, found.past
    return {
        "filled": None if filled is None else _filled(filled),
        "past": None if past is None else _past(past),
    }


def tell_past(call: Call, found: Explained) -> None:
    """The same as lines."""
    if found.filled is not None:
        imputed = list(imputed_of(found.filled))
        value = found.filled.total.value
        written = "-" if value is None else write_number(value)
        call.talk.tell("explain.filled", value=written, count=len(imputed))
        call.talk.table(FILLED_COLUMNS, [_line(call, each) for each in imputed])
    if found.past is not None:
        total = found.past.total
        past = "-" if total.value is None else write_number(total.value)
        files = sorted({_file(part.source.history) for part in found.past.parts})
        call.talk.tell(
            "explain.past", value=past, count=total.reported, files=", ".join(files) or "-"
        )


def _filled(makeup: Makeup[Any]) -> dict[str, Any]:
    total = makeup.total
    return {
        "value": None if total.value is None else f"{total.value:f}",
        "units": total.reported,
        "imputed": [
            {
                "province": each.figure.province,
                "form": each.figure.form,
                "indicator": each.figure.indicator,
                "column": each.figure.column,
                "value": f"{each.figure.value:f}",
                "before": _origin(each.before),
                "ratio": None if each.ratio is None else _ratio(each.ratio),
            }
            for each in imputed_of(makeup)
        ],
    }


def _ratio(ratio: Ratio) -> dict[str, Any]:
    return {
        "now": f"{ratio.now:f}",
        "was": f"{ratio.was:f}",
        "units": list(ratio.units),
    }


def _past(makeup: Makeup[PastFigure]) -> dict[str, Any]:
    total = makeup.total
    return {
        "value": None if total.value is None else f"{total.value:f}",
        "units": total.reported,
        "parts": [_past_part(part) for part in makeup.parts],
    }


def _past_part(part: Part[PastFigure]) -> dict[str, Any]:
    weight = part.weight
    source = None if weight is None else weight.source
    return {
        "province": part.province,
        **_origin(part.source.history),
        "weight": None
        if weight is None
        else {
            "value": f"{weight.value:f}",
            "origin": weight.origin,
            "source": None if source is None else _origin(source.history),
        },
    }


def _origin(known: HistoryFigure) -> dict[str, Any]:
    """A figure of the round before and the line of the file it was imported from."""
    origin = known.origin
    told: dict[str, Any] = dict.fromkeys(("file", "sha256", "line", "by", "imported_at"))
    if origin is not None:
        told = {
            "file": origin.file.name,
            "sha256": origin.file.digest,
            "line": origin.line,
            "by": origin.by,
            "imported_at": origin.at.astimezone(HANOI).isoformat(),
        }
    return {"value": f"{known.value:f}", **told}


def _line(call: Call, imputed: ImputedFigure) -> list[object]:
    figure, before, ratio = imputed.figure, imputed.before, imputed.ratio
    return [
        figure.province,
        call.plan.gazetteer.by_code(figure.province).name,
        figure.indicator,
        "-" if figure.value is None else write_number(figure.value),
        write_number(before.value),
        "" if ratio is None else f"{write_number(ratio.now)}/{write_number(ratio.was)}",
        _file(before),
        before.origin.line if before.origin else "",
    ]


def _file(known: HistoryFigure) -> str:
    return known.origin.file.name if known.origin else "-"
