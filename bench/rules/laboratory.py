"""Clean returns and damaged ones, and what the rules say of them."""

import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.reading.cases import load_world
from bench.rules.faults import Cell, Fault, FaultMaker, Figures
from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.demo.province_sizes import load_sizes
from pipeline.demo.sample_figures import sample_figures
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.stages.check import CheckContext, check
from tests.builders.returns import cell_of, make_appendices

CONFIG = Path(__file__).resolve().parents[2] / "config"
LOUD = (Severity.FATAL, Severity.ERROR, Severity.QUERY, Severity.WARN)
OVER_DETERMINED = 2


@dataclass
class Score:
    """What was told of the faults of one kind."""

    seeded: int = 0
    told: int = 0
    over: int = 0
    first: int = 0
    among: int = 0
    silent: list[Cell] = field(default_factory=list)


class Laboratory:
    """Clean returns of one round, and what the rules say of damaged ones."""

    def __init__(self) -> None:
        self.plan_round = load_world().plan_round
        self.gazetteer = load_gazetteer(
            CONFIG / "provinces.csv", CONFIG / "communes.csv", CONFIG / "populations.csv"
        )
        self.provinces = [province.code for province in self.gazetteer.provinces]
        self.maker = FaultMaker(self.plan_round)
        self._sizes = load_sizes(CONFIG)

    def clean(self, province: str, seed: int) -> Figures:
        """A return that keeps every rule."""
        return dict(sample_figures(self.plan_round, province, self._sizes, seed))

    def findings(self, province: str, figures: Figures) -> tuple[Finding, ...]:
        """What is told of a return."""
        context = CheckContext(self.plan_round, province, self.gazetteer)
        appendices = make_appendices(self.plan_round, figures)
        found = check(appendices, context)
        return tuple(f for f in found if f.state is FindingState.FAIL)

    def score(self, kind: str, times: int, seed: int) -> Score:
        """Faults of one kind, each in another return."""
        dice = random.Random(f"{seed}/{kind}")
        score = Score()
        for n in range(times):
            province = self.provinces[n % len(self.provinces)]
            clean = self.clean(province, seed + n // len(self.provinces))
            fault = self.maker.make(kind, clean, dice)
            if fault is not None and fault.figures != clean:
                self._take(score, fault, self.findings(province, fault.figures))
        return score

    def false_findings(self, times: int, seed: int) -> Counter[str]:
        """Loud findings on clean returns."""
        told: Counter[str] = Counter()
        for n in range(times):
            province = self.provinces[n % len(self.provinces)]
            figures = self.clean(province, seed + n // len(self.provinces))
            found = self.findings(province, figures)
            told.update(f.code for f in found if f.severity in LOUD)
        return told

    def _take(self, score: Score, fault: Fault, findings: tuple[Finding, ...]) -> None:
        loud = [f for f in findings if f.severity in LOUD]
        score.seeded += 1
        right = [f for f in loud if f.code in fault.codes]
        if not right:
            score.silent.append(fault.cell)
            return
        score.told += 1
        failed = [f for f in right if f.suspect and self._speaks_of(f, fault)]
        if fault.equalities >= OVER_DETERMINED and len(failed) >= OVER_DETERMINED:
            ranks = [_rank(self._address(fault, f), f.suspect) for f in failed]
            score.over += 1
            score.first += ranks[0] == 0
            score.among += ranks[0] < len(failed[0].suspect)

    def _address(self, fault: Fault, found: Finding) -> str:
        form, indicator, column = fault.cell
        cell = cell_of(self.plan_round.form(form), indicator, column)
        return cell if found.form == form else f"{form}!{cell}"

    def _speaks_of(self, found: Finding, fault: Fault) -> bool:
        return found.column == fault.cell[2] or found.code == "column-total"


def _rank(address: str, suspects: tuple[str, ...]) -> int:
    tail = address.rpartition("!")[2]
    for place, suspect in enumerate(suspects):
        if suspect == address or suspect.rpartition("!")[2] == tail == suspect:
            return place
    return 99
