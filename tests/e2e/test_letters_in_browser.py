"""Every letter in a real browser: nothing runs out of a telephone's or a desk's width."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.adapters.letters.letter_message import Letterhead
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.jobs.preview_letters import preview_letters
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.servers.chromium import Chromium, chromium

NOW = datetime(2013, 7, 10, 2, 30, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "templates" / "letters"
HEAD = Letterhead("KHTC", "khtc@example.gov.vn", "khtc@example.gov.vn", "a.vn", b"s" * 16)
LONGEST_LINE = 78  # RFC 5322 section 2.1.1: a line that no program breaks


@pytest.fixture(scope="module")
def letters() -> dict[str, bytes]:
    writer = JinjaLetterWriter(TEMPLATES, HEAD)
    return dict(preview_letters(writer, shipped_round(), shipped_gazetteer(), NOW))


def overhang(browser: Chromium) -> int:
    """How many pixels of the page lie beyond its right edge."""
    root = "document.documentElement"
    return int(browser.js(f"{root}.scrollWidth - {root}.clientWidth"))


def test_no_page_runs_out_of_its_width(letters: dict[str, bytes], tmp_path: Path) -> None:
    wide = []
    with chromium() as browser:
        for name in sorted(name for name in letters if name.endswith(".html")):
            page = tmp_path / name
            page.write_bytes(letters[name])
            for width in (360, 900):
                browser.size(width)
                browser.goto(page.as_uri())
                assert browser.text
                if overhang(browser) > 0:
                    wide.append((name, width, overhang(browser)))
    assert wide == []


def test_no_line_of_the_plain_text_is_broken(letters: dict[str, bytes]) -> None:
    texts = {name: letters[name].decode() for name in letters if name.endswith(".txt")}
    assert texts
    long = [
        (name, line)
        for name, text in texts.items()
        for line in text.splitlines()[1:]
        if len(line) > LONGEST_LINE and " " in line.strip()
    ]
    assert long == []
