"""The sweep: die at an instant, live again, compare.

Its worlds lie in memory, where there is some. No promise is weaker there: what a power
cut leaves is told by the fsyncs, not by the disk below.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.domain.errors import PipelineError
from tests.fakes.mortal import Fate, How, KilledError
from tests.proof.defects import Defect
from tests.proof.invariants import (
    BrokenInvariantError,
    Picture,
    check_at_death,
    check_at_rest,
    check_stopped,
    letters_at_stake,
    picture_of,
)
from tests.proof.power_disk import PowerDisk
from tests.proof.scripted_round import Outside, live
from tests.servers.ledgers import TestDatabase, new_sqlite
from tests.servers.quick_disk import quick_disk

MakeDatabase = Callable[[Path], TestDatabase]


def folder_of_a_world() -> TemporaryDirectory[str]:
    """A folder that goes again, in memory where there is some."""
    return TemporaryDirectory(dir=quick_disk())


DEATHS = (How.KILLED, How.POWER)


@dataclass(frozen=True)
class Death:
    """What happens to a life, and at which instant of it."""

    at: int
    how: How = How.KILLED


@dataclass(frozen=True)
class Undisturbed:
    """The round without a fault: its picture, figures by mail, and its instants."""

    picture: Picture
    figures: dict[str, int]
    instants: tuple[str, ...]

    def near(self, calls: Collection[str], hows: Iterable[How] = DEATHS) -> list[Death]:
        """Every death before or after one of these calls, with power and without."""
        places = [at for at, call in enumerate(self.instants) if call in calls]
        return [Death(at, how) for at in places for how in hows]

    def deaths(self, hows: Iterable[How] = DEATHS) -> list[Death]:
        """Every death there is."""
        return self.near(set(self.instants), tuple(hows))


@dataclass(frozen=True)
class Outcome:
    """How many deaths came, and how many letters a person has to look at."""

    deaths: int
    unknown: int


def undisturbed(make: MakeDatabase = new_sqlite) -> Undisturbed:
    """The round without a fault."""
    return replay(make=make)


def replay(*deaths: Death, make: MakeDatabase = new_sqlite) -> Undisturbed:
    """The life that follows these deaths, with its own instants."""
    with folder_of_a_world() as folder:
        outside, fate = _outside(Path(folder), make), Fate(-1)
        with PowerDisk(outside.disk) as disk:
            for death in deaths:
                _one_life(outside, disk, death)
            disk.instant = fate.step
            live(outside, fate)
        counted = outside.database.rows(
            "SELECT digest, count(*) AS figures FROM observation_versions GROUP BY digest"
        )
        figures = {row["digest"]: row["figures"] for row in counted}
        return Undisturbed(picture_of(outside), figures, tuple(fate.calls))


def suffer(
    deaths: Sequence[Death], golden: Undisturbed, make: MakeDatabase = new_sqlite
) -> Outcome:
    """Lives that end by these deaths, one after the other, and one that does not.

    BrokenInvariantError when the world is not the undisturbed one afterwards.
    """
    with folder_of_a_world() as folder:
        outside = _outside(Path(folder), make)
        counted, died = set(), 0
        with PowerDisk(outside.disk) as disk:
            for number, death in enumerate(deaths):
                died += _one_life(outside, disk, death, number)
                counted = check_at_death(outside, golden.figures)
        live(outside, number=len(deaths))
        unknown = check_at_rest(outside, golden.picture, counted)
        return Outcome(died, unknown)


def _outside(folder: Path, make: MakeDatabase) -> Outside:
    (folder / "database").mkdir()
    return Outside(make(folder / "database"), folder / "disk")


def _one_life(outside: Outside, disk: PowerDisk, death: Death, number: int = 0) -> bool:
    fate = Fate(death.at, death.how)
    before = letters_at_stake(outside) if death.how is How.STOPPED else set()
    disk.instant = fate.step
    try:
        live(outside, fate, number)
    except KilledError:
        if death.how is How.POWER:
            disk.cut()
    else:
        if fate.stopping():
            check_stopped(outside, fate.steps - fate.at, before)
    finally:
        disk.instant = lambda call: None
    return fate.met


def caught(
    defect: Defect, golden: Undisturbed, at_most: int = 1000
) -> tuple[int, str] | None:
    """After how many lives of a program with a defect it shows, and how; None: never.

    RuntimeError when the defect does not fit the program (any more): what shows then is
    that some call of its own failed, and no sweep is needed for that.
    """
    with defect.seeded():
        alive = undisturbed()
        if any(row["reason"] == "bug" for row in alive.picture.views["ingest_log"]):
            raise RuntimeError(f"the defect is broken itself: {defect.name}")
        deaths = alive.near(defect.near)
        deaths = deaths[:at_most]
        for number, death in enumerate(deaths, 1):
            try:
                suffer([death], golden)
            except BrokenInvariantError as broken:
                return number, str(broken)
            except PipelineError as fault:
                return number, f"the program stops: {type(fault).__name__}"
    return None
