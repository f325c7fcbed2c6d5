"""Every code has words, a row in the documents, and a place in the catalogue."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.adapters.letters.letter_message import Letterhead
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.domain.letters.letter import LETTER_TEMPLATES
from pipeline.domain.plan.finding_codes import FINDING_CODES, HELD_REASONS, REASONS
from pipeline.domain.plan.rule_kinds import KINDS

ROOT = Path(__file__).parents[2]
LETTERS = ROOT / "templates" / "letters"


def worded() -> dict[str, frozenset[str]]:
    head = Letterhead(
        "KHTC", "khtc@example.gov.vn", "khtc@example.gov.vn", "a.vn", b"s" * 16
    )
    return dict(JinjaLetterWriter(LETTERS, head).worded())


def documented(heading: str) -> list[str]:
    """The codes in the first column of a table of docs/findings.md."""
    text = (ROOT / "docs" / "findings.md").read_text("utf-8")
    section = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)


def literals() -> Iterator[tuple[str, str]]:
    """Every literal code given to a Finding in the package, with its place."""
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        source = path.read_text("utf-8")
        if "from pipeline.domain.plan.finding import" not in source:
            continue  # another module's class of the same name
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) != "Finding":
                continue
            named = [k.value for k in node.keywords if k.arg == "code"]
            for value in (*node.args[:1], *named):
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    yield f"{path.name}:{node.lineno}", value.value


def test_every_finding_code_has_title_detail_and_advice() -> None:
    words = worded()
    for kind in ("titles", "details", "todos"):
        assert words[kind] == FINDING_CODES, kind


def test_every_reason_a_province_may_hear_has_words() -> None:
    assert worded()["reasons"] == HELD_REASONS


def test_every_code_and_reason_and_letter_is_documented_once() -> None:
    for heading, codes in (
        ("Findings", FINDING_CODES),
        ("Reasons", REASONS),
        ("Letters", set(LETTER_TEMPLATES)),
    ):
        rows = documented(heading)
        assert len(rows) == len(set(rows)), heading
        assert set(rows) == set(codes), heading


def test_every_code_in_the_source_is_in_the_catalogue() -> None:
    found = list(literals())
    assert found
    assert [where for where, code in found if code not in FINDING_CODES] == []


def test_every_rule_kind_raises_a_code_of_the_catalogue() -> None:
    assert {shape.code for shape in KINDS.values()} <= FINDING_CODES


def test_every_letter_is_there_as_text_and_as_html() -> None:
    for name in LETTER_TEMPLATES:
        for kind in ("txt", "html", "summary"):
            stem = f"{name}.{kind}.j2"
            assert (LETTERS / stem).is_file(), stem
