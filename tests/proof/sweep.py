"""The sweep: die at an instant, live again, compare."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.domain.errors import PipelineError
from tests.fakes.mortal import Fate, KilledError
from tests.proof.defects import Defect
from tests.proof.invariants import (
    BrokenInvariantError,
    Picture,
    check_at_death,
    check_at_rest,
    picture_of,
)
from tests.proof.power_disk import PowerDisk
from tests.proof.scripted_round import Outside, live
from tests.servers.ledgers import TestDatabase, new_sqlite

MakeDatabase = Callable[[Path], TestDatabase]


@dataclass(frozen=True)
class Death:
    """At which instant of a life it comes, and whether the power goes with it."""

    at: int
    power: bool = False


@dataclass(frozen=True)
class Undisturbed:
    """The round without a fault: its picture, figures by mail, and its instants."""

    picture: Picture
    figures: dict[str, int]
    instants: tuple[str, ...]

    def near(self, calls: Collection[str]) -> list[Death]:
        """Every death before or after one of these calls, with power and without."""
        places = [at for at, call in enumerate(self.instants) if call in calls]
        return [Death(at, power) for at in places for power in (False, True)]

    def deaths(self) -> list[Death]:
        """Every death there is."""
        return self.near(set(self.instants))


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
    with TemporaryDirectory() as folder:
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
    with TemporaryDirectory() as folder:
        outside = _outside(Path(folder), make)
        counted, died = set(), 0
        with PowerDisk(outside.disk) as disk:
            for death in deaths:
                died += _one_life(outside, disk, death)
                counted = check_at_death(outside, golden.figures)
        live(outside)
        unknown = check_at_rest(outside, golden.picture, counted)
        return Outcome(died, unknown)


def _outside(folder: Path, make: MakeDatabase) -> Outside:
    (folder / "database").mkdir()
    return Outside(make(folder / "database"), folder / "disk")


def _one_life(outside: Outside, disk: PowerDisk, death: Death) -> bool:
    fate = Fate(death.at)
    disk.instant = fate.step
    try:
        live(outside, fate)
    except KilledError:
        if death.power:
            disk.cut()
        return True
    return False


def caught(
    defect: Defect, golden: Undisturbed, at_most: int = 1000
) -> tuple[int, str] | None:
    """After how many lives of a program with a defect it shows, and how; None: never."""
    with defect.seeded():
        deaths = undisturbed().near(defect.near)
        deaths = deaths[:at_most]
        for number, death in enumerate(deaths, 1):
            try:
                suffer([death], golden)
            except BrokenInvariantError as broken:
                return number, str(broken)
            except PipelineError as fault:
                return number, f"the program stops: {type(fault).__name__}"
    return None
