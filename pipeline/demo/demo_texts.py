"""What provinces write: the wording of sample mails, read from `config/demo`."""

import random
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.domain.errors import ConfigError
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Province

CONFIG = Path(__file__).resolve().parents[2] / "config"


@cache
def demo_texts(source: Path = CONFIG / "demo" / "texts.toml") -> Mapping[str, Any]:
    """The tables of the file; ConfigError when it is missing or no TOML."""
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(str(source), "file", str(error)) from error


def without_marks(text: str) -> str:
    """Vietnamese typed without diacritics: "Thừa Thiên Huế" -> "Thua Thien Hue"."""
    spelled = text.replace("đ", "d").replace("Đ", "D")
    return "".join(c for c in unicodedata.normalize("NFD", spelled) if c.isascii())


class Wording:
    """Fills the texts for one province and draws among their variants, by seed."""

    def __init__(
        self, plan_round: PlanRound, province: Province, dice: random.Random
    ) -> None:
        self._dice = dice
        year = plan_round.plan_year
        unit = province.full_name
        self._words = {
            "unit": unit,
            "UNIT": unit.upper(),
            "name": province.name,
            "plain": without_marks(province.name),
            "joined": without_marks(province.name).replace(" ", "").replace("-", ""),
            "capital": province.capital,
            "number": str(dice.randrange(310, 980)),
            "day": f"{dice.randrange(1, 12):02d}",
            "n": str(year),
            "n1": str(year - 1),
            "n2": str(year - 2),
        }

    def fill(self, template: str, **more: str) -> str:
        """The template with its braces filled in."""
        return template.format(**self._words, **more)

    def one_of(self, templates: Sequence[str], **more: str) -> str:
        """One of several templates, filled in."""
        return self.fill(self._dice.choice(list(templates)), **more)


def in_tcvn3(text: str) -> str:
    """Unicode to the characters that the font .VnTime shows as Vietnamese.

    Capitals with tone marks become small letters, to be drawn by .VnTimeH.
    """
    table = demo_texts()["tcvn3"]
    composed = unicodedata.normalize("NFC", text)
    known = set(table["unicode"])
    lowered = "".join(c if c.isascii() or c in known else c.lower() for c in composed)
    return lowered.translate(str.maketrans(table["unicode"], table["legacy"]))
