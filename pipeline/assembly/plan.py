"""What stands in files, read and checked once: the plan that everything is made from."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from pipeline.adapters.round_definitions.five_year_file import load_five_year
from pipeline.adapters.round_definitions.registry_files import load_gazetteer, load_senders
from pipeline.adapters.round_definitions.round_files import load_rounds
from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer, Sender
from pipeline.settings import Settings

CHECKOUT = Path(__file__).resolve().parents[2]
PAUSE_FILE = "letters.paused"
"""While it lies in data_dir no letter is sent."""
TEMPLATES = CHECKOUT / "templates"
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Plan:
    """What the files say: settings, rounds, places, registry of senders."""

    settings: Settings
    rounds: tuple[PlanRound, ...]
    gazetteer: Gazetteer
    senders: tuple[Sender, ...]

    @property
    def own_addresses(self) -> frozenset[str]:
        """Our addresses: the configured ones, else the sender's and the rounds' boxes."""
        if self.settings.mailbox.addresses:
            return self.settings.own_addresses
        boxes = {plan_round.mailbox.lower() for plan_round in self.rounds}
        return self.settings.own_addresses | boxes

    @property
    def account(self) -> str:
        """The name under which the ledger keeps the submission mailbox.

        One ledger, one mailbox: the name does not change when the server moves or the
        password is another user's, and so no letter is ever written twice (ADR 0012).
        """
        return "default"


def read_plan(settings: Settings) -> Plan:
    """Everything that stands in files, checked; ConfigError names file and key."""
    rounds_root = registry_path(settings, "rounds")
    _refuse_unknown_rounds(settings, rounds_root)
    definitions = load_rounds(rounds_root, settings.round)
    units = registry_path(settings, "provinces.csv")
    gazetteer = load_gazetteer(
        units,
        registry_path(settings, "communes.csv"),
        registry_path(settings, "populations.csv"),
        registry_path(settings, "addressing.csv"),
    )
    own = rounds_root.parent == units.parent
    rounds = tuple(
        replace(each, targets=targets)
        for each in definitions
        for targets in [load_five_year(rounds_root / each.id, each, gazetteer, own=own)]
    )
    plan = Plan(settings, rounds, gazetteer, ())
    senders = load_senders(
        registry_path(settings, "senders.csv"), gazetteer, plan.own_addresses
    )
    return Plan(settings, rounds, gazetteer, senders)


def _refuse_unknown_rounds(settings: Settings, root: Path) -> None:
    """ConfigError with the rounds that there are, where one of the settings is none."""
    known = sorted(file.parent.name for file in root.glob("*/round.yaml"))
    for name in settings.round:
        if name not in known:
            there = ", ".join(known) or "none"
            problem = f"there is no {name} in {root}; there are: {there}"
            raise ConfigError(str(settings.source), "round", problem)


def registry_path(settings: Settings, name: str) -> Path:
    """Beside the configuration file, else in the checkout's config/."""
    beside = settings.registry / name
    return beside if beside.exists() else CHECKOUT / "config" / name


def make_private(folder: Path) -> Path:
    """A folder of ours that nobody else may read; ConfigError when it cannot be made."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            str(folder), "data_dir", f"cannot be made: {error.strerror}"
        ) from error
    return folder
