"""Where reporters are no provinces no phrase speaks as if they were."""

import json
import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
PROVINCE = {
    "vi": re.compile(r"\btỉnh\b|địa phương", re.IGNORECASE),
    "en": re.compile("province", re.IGNORECASE),
}


def phrases(name: str) -> dict[str, str]:
    return json.loads((TEMPLATES / "console" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_console_has_other_words_for_units(language: str) -> None:
    usual, units = phrases(language), phrases(f"{language}.units")
    speaking = {key for key, text in usual.items() if PROVINCE[language].search(text)}
    assert set(units) == speaking
    for key, text in units.items():
        assert not PROVINCE[language].search(text), key
        assert fields(text) == fields(usual[key]), key


def fields(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize(
    "path",
    sorted(
        file.relative_to(TEMPLATES)
        for pattern in (
            "letters/*.j2",
            "workbooks/*.toml",
            "alarms/vi.toml",
            "c[lo][di]*/vi.json",
        )
        for file in TEMPLATES.glob(pattern)
    ),
    ids=str,
)
def test_what_is_sent_and_printed_assumes_no_province(path: Path) -> None:
    lines = (TEMPLATES / path).read_text(encoding="utf-8").splitlines()
    wrong = [
        line
        for line in lines
        if re.search(r"\b[Tt]ỉnh\b|\bSở\b", line)
        and not line.startswith((' "demo.', "{#-"))
    ]
    assert wrong == []
