"""The targets of the rules on seeded faults (bench/rules makes many more of them)."""

import statistics

import pytest

from bench.rules.laboratory import Laboratory, Score
from bench.rules.simulated_round import letters_until_clean

SEED = 20130712


@pytest.fixture(scope="module")
def laboratory() -> Laboratory:
    return Laboratory()


def test_seeded_faults_are_told_in_the_first_letter(laboratory: Laboratory) -> None:
    scores: list[Score] = [laboratory.score(k, 14, SEED) for k in laboratory.maker.kinds]
    assert min(score.seeded for score in scores) >= 8
    assert sum(s.told for s in scores) >= 0.98 * sum(s.seeded for s in scores)
    over = sum(score.over for score in scores)
    assert over >= 8
    assert sum(score.first for score in scores) >= 0.80 * over
    assert sum(score.among for score in scores) >= 0.95 * over


def test_clean_returns_are_left_in_peace(laboratory: Laboratory) -> None:
    assert sum(laboratory.false_findings(21, SEED).values()) <= 2


def test_a_round_converges(laboratory: Laboratory) -> None:
    """Every return is clean after at most two letters, half of them after one."""
    letters = [letters_until_clean(laboratory, p, SEED) for p in laboratory.provinces]
    assert max(letters) <= 2
    assert statistics.median(letters) <= 1
