"""The shipped round, registry and sizes, as the demo reads them."""

from functools import cache
from pathlib import Path

from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.adapters.round_definitions.round_files import load_round
from pipeline.demo.province_sizes import ProvinceSize, load_sizes
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer

CONFIG = Path(__file__).resolve().parents[2] / "config"


@cache
def shipped_round() -> PlanRound:
    return load_round(CONFIG / "rounds" / "ke-hoach-2014")


@cache
def shipped_gazetteer() -> Gazetteer:
    return load_gazetteer(
        CONFIG / "provinces.csv",
        CONFIG / "communes.csv",
        CONFIG / "populations.csv",
        CONFIG / "addressing.csv",
    )


@cache
def shipped_sizes() -> dict[str, ProvinceSize]:
    return dict(load_sizes(CONFIG))
