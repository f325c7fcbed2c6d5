"""The quick part of the proof: a seeded sample of deaths, and defects that show.

`make proof` tries every instant, pairs of deaths, and both databases (docs/proof.md).
"""

import time
from collections.abc import Iterator
from random import Random

import pytest

from pipeline.adapters.sql_ledger import SqlLedger
from tests.fakes.mortal import How
from tests.proof.defects import DEFECTS, Defect
from tests.proof.scripted_round import quick_pages
from tests.proof.sweep import Death, Undisturbed, caught, replay, suffer, undisturbed

SEED = 8
QUICK = {"row before bytes", "outbox without journal", "claim not released"}


@pytest.fixture(scope="module")
def golden() -> Iterator[Undisturbed]:
    with quick_pages():
        yield undisturbed()


@pytest.mark.fault("F-S0-10")
def test_a_death_anywhere_changes_nothing(golden: Undisturbed) -> None:
    sample = Random(SEED).sample(golden.deaths(), 5)
    outcomes = [suffer([death], golden) for death in sample]
    assert [outcome.deaths for outcome in outcomes] == [1] * 5


@pytest.mark.fault("F-S6-2", "F-DB-5", "F-S17-1")
@pytest.mark.parametrize("how", [How.STOPPED, How.FAILED, How.FAILING])
def test_a_fault_or_a_word_to_end_changes_nothing(golden: Undisturbed, how: How) -> None:
    """SIGTERM at an instant; a call that fails there, once or from then on."""
    for trouble in Random(SEED).sample(golden.deaths([how]), 2):
        assert suffer([trouble], golden).deaths == 1


def test_a_death_during_recovery_changes_nothing(golden: Undisturbed) -> None:
    dice = Random(SEED)
    for _ in range(2):
        outcome = suffer(dice.choices(golden.deaths(), k=2), golden)
        assert outcome.deaths >= 1


@pytest.mark.fault("F-S0-14")
@pytest.mark.parametrize("zone", ["UTC", "America/Lima"])
def test_the_time_zone_of_the_machine_changes_nothing(
    golden: Undisturbed, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        assert undisturbed().picture == golden.picture
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("call", ["accept"])
def test_a_death_near_the_dot_costs_at_most_one_letter_its_certainty(
    golden: Undisturbed, call: str
) -> None:
    outcome = suffer([golden.near([call])[2]], golden)
    assert outcome.unknown <= 1


@pytest.mark.parametrize(
    "defect", [d for d in DEFECTS if d.name in QUICK], ids=lambda defect: defect.name
)
def test_a_seeded_defect_shows(golden: Undisturbed, defect: Defect) -> None:
    assert caught(defect, golden, at_most=30) is not None


def test_a_defect_that_does_not_fit_the_program_proves_nothing(golden: Undisturbed) -> None:
    def outdated(_ledger: SqlLedger, _message: int) -> None:
        """Takes fewer values than the program gives."""

    with pytest.raises(RuntimeError, match="broken itself: outdated"):
        caught(Defect("outdated", {(SqlLedger, "file"): outdated}, ("file",)), golden)


def test_a_word_to_end_is_not_blamed_for_the_doubt_that_a_power_cut_left(
    golden: Undisturbed,
) -> None:
    (cut, *_) = golden.near(["accept"], [How.POWER])
    outcome = suffer([cut, Death(40, How.STOPPED)], golden)
    assert (outcome.deaths, outcome.unknown) == (2, 1)


def test_without_a_death_nothing_dies(golden: Undisturbed) -> None:
    never = Death(len(golden.instants))
    assert suffer([never], golden).deaths == 0


@pytest.mark.parametrize("kind", ["keep", "write", "publish"])
def test_a_folder_that_a_dead_process_made_outlives_a_power_cut(
    golden: Undisturbed, kind: str
) -> None:
    """Killed before it synced a name; the next life must not take that for done."""
    first = golden.instants.index("fsync", golden.instants.index(kind))
    end = {"keep": "arrive_all", "write": "accept", "publish": "store_run"}[kind]
    later = replay(Death(first)).near([end])[-1]
    assert later.how is How.POWER
    assert suffer([Death(first), later], golden).deaths == 2


@pytest.mark.fault("F-S15-1")
def test_a_run_that_died_while_it_wrote_leaves_no_drafts(golden: Undisturbed) -> None:
    publish = golden.instants.index("publish")
    # Its three folders are synced first, then a draft: the instant before its rename.
    assert golden.instants[publish + 8] == "fsync"
    assert suffer([Death(publish + 8)], golden).deaths == 1
