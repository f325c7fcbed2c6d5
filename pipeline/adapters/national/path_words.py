"""How a figure stands to the five-year plan, in the words of our documents."""

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal

from pipeline.adapters.workbook_writing.workbook_texts import Texts, load_texts
from pipeline.domain.five_year_path import PathPoint
from pipeline.domain.plan.five_year import FIVE_YEAR_FILE, Target
from pipeline.domain.writing.vietnamese import safe_path, write_number

MESSAGE_DIGITS = 8
HUNDREDTH = Decimal("0.01")


def path_texts() -> Texts:
    """The texts of the five-year plan."""
    return load_texts("five-year")


def standing_told(point: PathPoint) -> str:
    """On, better or worse than the path; of a later target how far there is to go."""
    change, texts = "", path_texts()
    if point.a_year is not None:
        amount = write_number(abs(point.a_year).quantize(HUNDREDTH, ROUND_HALF_EVEN))
        change = texts.say(
            "change_up" if point.a_year > 0 else "change_down", amount=amount
        )
    key = f"standing_{point.standing.value}"
    return texts.say(key, year=point.aim.year, change=change)


def basis_told(point: PathPoint) -> str:
    """Which targets the path comes from, and who set them."""
    years = [target.year for target in point.aim.targets]
    key = f"how_{point.aim.how.value}"
    told = {"year": point.aim.year, "first": years[0], "last": years[-1]}
    sources = sources_told(point.aim.targets)
    return path_texts().say(key, sources=sources, **told)


def sources_told(targets: Iterable[Target]) -> str:
    """Each decision once, with the lines that it stands in."""
    lines: dict[str, list[str]] = {}
    for target in targets:
        lines.setdefault(target.source, []).append(str(target.line))
    return "; ".join(
        path_texts().say(
            "source", source=source, file=FIVE_YEAR_FILE, line=", ".join(found)
        )
        for source, found in lines.items()
    )


def origin_told(point: PathPoint) -> str:
    """Where the figure comes from: how many units, or the cell of a mail's file."""
    texts = path_texts()
    if point.total is not None:
        counts = {"count": point.total.reported, "expected": point.total.expected}
        return texts.say("share", **counts)
    if point.source is None:
        return ""
    return texts.say(
        "origin",
        path=safe_path(point.source.path),
        sheet=point.source.sheet,
        cell=point.source.cell,
        message=point.source.digest[:MESSAGE_DIGITS],
    )
