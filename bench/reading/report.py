"""The laboratory's figures as a page."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bench.reading.page import Case
from bench.reading.score import Fault, Score

_GROUPS = {
    "single": "one trait at a time",
    "clean": "many traits, looks only",
    "mixed": "many traits, damage too",
}


@dataclass(slots=True)
class Results:
    """Scores by group and by trait, and the faults of all files."""

    groups: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    traits: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    faults: list[Fault] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def take(self, group: str, case: Case, score: Score, seconds: float) -> None:
        self.groups[group].add(score)
        for trait in case.traits:
            self.traits[trait].add(score)
        self.faults.extend(score.faults)
        self.seconds.append(seconds)


def _percent(share: float, digits: int = 3) -> str:
    return f"{100 * share:.{digits}f}"


def _line(name: str, score: Score) -> str:
    c = score.counts
    recalled = c["cells"] - c["open, asked"]
    false = c["false findings"] / c["clean files"] if c["clean files"] else 0.0
    cells = [
        name, str(c["files"]), str(c["cells"]),
        _percent(c["right"] / recalled if recalled else 0, 2),
        _percent(score.share("wrong", "cells")),
        _percent(score.share("silent", "cells")),
        _percent(score.share("silent after rules", "cells")),
        f"{c['fold']}/{c['fold, silent']}",
        str(c["asked"]),
        f"{c['missed, told']}/{c['missed']}",
        f"{c['forms right']}/{c['forms']}",
        f"{c['forms wrong']}/{c['forms wrong, silent']}",
        f"{c['form missed, told']}/{c['form missed']}",
        str(c["addressed"] - c["address right"]),
        f"{false:.2f}" if c["clean files"] else "",
        _percent(score.share("right, flagged", "right"), 2),
        str(c["right"] - c["encoding right"]),
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


_HEAD = (
    "| | files | cells | recall % | wrong % | silent % | silent after rules % |"
    " 1000-fold/silent | asked | missed told/silent | forms right | forms wrong/silent |"
    " forms missed told/silent | address wrong | false findings a clean file |"
    " right but flagged % | encoding wrong |\n|" + "---|" * 17
)


def write_report(results: Results, methods: Sequence[tuple[str, float, float]],
                 seed: int) -> str:  # fmt: skip
    """All tables in Markdown."""
    seconds = sorted(results.seconds) or [0.0]
    lines = [
        "# Results of the reading laboratory",
        "",
        (
            f"Seed {seed}; {len(results.seconds)} files; reading a file takes "
            f"{1000 * seconds[len(seconds) // 2]:.0f} ms of processor time in the median, "
            f"{1000 * seconds[-1]:.0f} ms at most. What the columns mean: docs/reading.md."
        ),
        "",
        _HEAD,
        *(_line(_GROUPS[g], results.groups[g]) for g in _GROUPS if g in results.groups),
    ]
    slips = sum((score.counts for score in results.groups.values()), Counter())
    lines += [
        "",
        (
            f"Slips of the province (another unit, not declared): {slips['slips']} cells, "
            f"{slips['slips, silent']} of them without a finding after the rules."
        ),
        "",
        "## Which row is which: methods compared",
        "",
        "| method | right % | wrong % |",
        "|---|---|---|",
        *(f"| {name} | {right:.1f} | {wrong:.1f} |" for name, right, wrong in methods),
        "",
        "## By trait (all groups together; in mixed files other traits weigh in)",
        "",
        _HEAD,
        *(_line(trait, results.traits[trait]) for trait in sorted(results.traits)),
        "",
        "## False findings on clean files, by code",
        "",
        *_codes(results.groups),
        "",
    ]
    return "\n".join(lines)


def _codes(groups: Mapping[str, Score]) -> list[str]:
    codes = sum((score.codes for score in groups.values()), Counter[str]())
    return [f"- `{code}`: {count}" for code, count in codes.most_common()]
