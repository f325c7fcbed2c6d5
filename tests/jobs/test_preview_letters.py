"""The preview shows every letter as a province would get it."""

from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

from pipeline.adapters.letters.letter_message import Letterhead
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.domain.letters.letter import LETTER_TEMPLATES
from pipeline.domain.plan.finding_codes import FINDING_CODES
from pipeline.jobs.preview_letters import preview_letters, sample_letters
from pipeline.jobs.sample_findings import sample_findings
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.builders.small_rounds import form, round_of

NOW = datetime(2013, 7, 10, 2, 30, tzinfo=UTC)
TEMPLATES = Path(__file__).parents[2] / "templates" / "letters"
HEAD = Letterhead("KHTC", "khtc@example.gov.vn", "khtc@example.gov.vn", "a.vn", b"s" * 16)


def test_each_letter_is_shown_as_text_page_and_message() -> None:
    writer = JinjaLetterWriter(TEMPLATES, HEAD)
    files = preview_letters(writer, shipped_round(), shipped_gazetteer(), NOW)
    names = {name.rpartition(".")[0] for name in files}
    assert set(LETTER_TEMPLATES) <= names
    assert "deficiency-unverified-registered" in names
    assert set(files) == {
        f"{name}.{kind}" for name in names for kind in ("txt", "html", "eml")
    }
    assert files["received.html"].startswith(b"<!DOCTYPE html>")
    assert message_from_bytes(files["received.eml"])["Auto-Submitted"] == "auto-replied"
    subject, blank, _ = files["received.txt"].decode().split("\n", 2)
    assert subject.startswith("[KHTC 2014-01-")
    assert blank == ""


def test_the_samples_tell_of_every_code() -> None:
    assert {f.code for f in sample_findings(shipped_round())} == FINDING_CODES


def test_any_round_has_samples_even_one_without_rules() -> None:
    bare = round_of(form(["a"]))
    writer = JinjaLetterWriter(TEMPLATES, HEAD)
    writer.check(draft for _, draft in sample_letters(bare, shipped_gazetteer(), NOW))
