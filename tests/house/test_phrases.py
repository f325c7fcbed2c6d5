"""What commands say: the same phrases in both languages, all of them there and used."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from pipeline.cli.arguments import make_parser
from pipeline.cli.main import COMMANDS
from pipeline.cli.talk import choose_language, make_talk
from pipeline.domain.mail.message import Kind, Role, State
from pipeline.domain.plan.finding import FindingState, Severity
from pipeline.domain.plan.form import FormState
from pipeline.domain.senders.identity import Strength
from pipeline.domain.verdict import Verdict

ROOT = Path(__file__).parents[2]
LANGUAGES = ("vi", "en")
_ASIDE = ("digest", "quota")


def phrases(language: str) -> dict[str, str]:
    path = ROOT / "templates" / "cli" / f"{language}.json"
    return json.loads(path.read_text(encoding="utf-8"))


def spoken() -> Iterator[str]:
    """Every phrase named in the commands; of a computed one a pattern."""
    commands = (ROOT / "pipeline" / "cli").glob("*.py")
    for path in (*commands, ROOT / "pipeline" / "demo" / "story.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield from _phrases_in(node)


def _phrases_in(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        parts = (
            re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+"
            for part in node.values
        )
        yield "".join(parts)


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_phrases_with_the_same_values() -> None:
    vi, en = phrases("vi"), phrases("en")
    assert list(vi) == list(en)
    for name in vi:
        assert placeholders(vi[name]) == placeholders(en[name]), name


def of_values() -> set[str]:
    """The phrases of the values that a document may show."""
    families = {
        "kind": [*Kind, "none"],
        "state": State,
        "verdict": Verdict,
        "strength": Strength,
        "job": ["ok", "collect", "deliver", "consolidate", "remind", "audit", *_ASIDE],
        "value": [*Role, *FormState, *FindingState, *Severity],
    }
    return {f"{family}.{value}" for family, values in families.items() for value in values}


def test_every_phrase_that_is_spoken_is_there() -> None:
    known = phrases("vi")
    sections = {name.partition(".")[0] for name in known} - {"column"}
    named = re.compile(rf"(?:{'|'.join(sections)})\\?\.[a-z_.-]+")
    literal = {text.replace("\\", "") for text in spoken() if named.fullmatch(text)}
    assert len(literal) > 30
    assert sorted((literal | of_values()) - set(known)) == []


def test_every_phrase_is_spoken() -> None:
    begun = re.compile(r"[a-z]+\\\..+")
    patterns = [re.compile(text) for text in set(spoken()) if begun.fullmatch(text)]
    silent = [
        name
        for name in phrases("vi")
        if not name.startswith(("help.", "column."))
        and name not in of_values()
        and not any(pattern.fullmatch(name) for pattern in patterns)
    ]
    assert silent == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_every_command_explains_itself_in_both_languages(command, language, capsys) -> None:
    parser = make_parser(make_talk(language, machine=False))
    with pytest.raises(SystemExit) as end:
        parser.parse_args([*command.split(), "--help"] if command else ["--help"])
    assert end.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    about = phrases(language)[f"help.{command or 'program'}"]
    assert " ".join(about.split())[:60] in shown


def test_every_help_text_belongs_to_a_command_or_an_option(capsys) -> None:
    shown = ""
    nested = (
        *("senders confirm", "letters release", "letters preview", "console user"),
        *("matches list", "matches confirm", "matches withdraw"),
        *("questions list", "questions assign", "questions answer", "history import"),
        *("explanations list", "explanations accept", "paper received"),
    )
    for command in (None, *COMMANDS, *nested):
        with pytest.raises(SystemExit):
            make_parser(make_talk("en", machine=False)).parse_args(
                [*command.split(), "--help"] if command else ["--help"]
            )
        shown += " ".join(capsys.readouterr().out.split()) + "\n"
    dumb = [
        name
        for name, text in phrases("en").items()
        if name.startswith("help.") and " ".join(text.split()) not in shown
    ]
    assert dumb == []


@pytest.mark.parametrize(
    ("named", "environment", "language"),
    [
        (None, {}, "vi"),
        (None, {"LANG": "vi_VN.UTF-8"}, "vi"),
        (None, {"LANG": "en_GB.UTF-8"}, "en"),
        (None, {"LANG": "EN"}, "en"),
        (None, {"LANG": "C.UTF-8"}, "vi"),
        ("vi", {"LANG": "en_US.UTF-8"}, "vi"),
        ("en", {}, "en"),
    ],
)
def test_the_language_is_asked_for_or_that_of_the_machine(
    named, environment, language
) -> None:
    assert choose_language(named, environment) == language
