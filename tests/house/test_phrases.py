"""What commands say: the same phrases in both languages, all of them there and used."""

import ast
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from string import Formatter

import pytest

from pipeline.cli.arguments import make_parser
from pipeline.cli.main import COMMANDS
from pipeline.cli.talk import choose_language, make_talk
from pipeline.domain.letters.letter import LETTER_TEMPLATES
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import Kind, Role, State
from pipeline.domain.plan.finding import FindingState, Severity
from pipeline.domain.plan.finding_codes import FINDING_CODES, REASONS
from pipeline.domain.plan.form import FormState
from pipeline.domain.question_register import QuestionState
from pipeline.domain.questions.request import RequestKind
from pipeline.domain.questions.topic import Topic
from pipeline.domain.senders.identity import Source, Strength
from pipeline.domain.verdict import Verdict

ROOT = Path(__file__).parents[2]
LANGUAGES = ("vi", "en")
_ASIDE = ("digest", "quota")


def phrases(language: str, folder: str = "cli") -> dict[str, str]:
    path = ROOT / "templates" / folder / f"{language}.json"
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


@pytest.mark.parametrize("folder", ["cli", "codes"])
def test_both_languages_have_the_same_phrases_with_the_same_values(folder: str) -> None:
    vi, en = phrases("vi", folder), phrases("en", folder)
    assert list(vi) == list(en)
    for name in vi:
        assert placeholders(vi[name]) == placeholders(en[name]), name


def of_values() -> set[str]:
    """The phrases of the values that a table may show."""
    return {
        f"value.{each}" for each in (*Role, *FormState, *FindingState, *Severity, "missing")
    }


SUPPRESSING = (*(f"N{n:02}" for n in range(1, 21)), "complete", "replaced", "stale")
CODES: dict[str, Iterable[str]] = {
    "kind": [*Kind, "none"],
    "state": State,
    "verdict": Verdict,
    "strength": Strength,
    "source": Source,
    "reason": REASONS,
    "finding": FINDING_CODES,
    "letter": LetterState,
    "template": LETTER_TEMPLATES,
    "suppressed": SUPPRESSING,
    "job": ("ok", "collect", "deliver", "consolidate", "remind", "audit", *_ASIDE),
    "request": RequestKind,
    "topic": Topic,
    "asked": QuestionState,
    "where": ("From", "Subject", "body", "forwarded mail", "assign"),
}


def test_every_code_has_its_word_in_one_place() -> None:
    """What commands and pages both call by name they call alike."""
    wanted = {f"{family}.{code}" for family, codes in CODES.items() for code in codes}
    assert set(phrases("vi", "codes")) == wanted
    for folder in ("cli", "console"):
        for language in LANGUAGES:
            assert not wanted & set(phrases(language, folder)), folder


def test_a_code_in_vietnamese_is_no_code() -> None:
    """Nor is it English: whoever reads it is a planner."""
    words = phrases("vi", "codes")
    bare = [n for n, word in words.items() if word == n.partition(".")[2]]
    assert bare == []


def test_every_phrase_that_is_spoken_is_there() -> None:
    known = phrases("vi") | phrases("vi", "codes")
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


def audited() -> Iterator[str]:
    """Every action that is written into the audit trail by its name."""
    for path in (ROOT / "pipeline").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for named in _actions_in(node):
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    yield named.value


def _actions_in(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Tuple) and len(node.elts) == 3:
        if isinstance(node.elts[0], ast.Name) and node.elts[0].id in ("by", "DAEMON"):
            yield node.elts[1]
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.IfExp):
        if isinstance(node.targets[0], ast.Name) and node.targets[0].id == "action":
            yield from (node.value.body, node.value.orelse)
    elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".note"):
        yield from node.args[1:2]


def test_every_action_of_the_audit_trail_has_its_word() -> None:
    every = set(audited())
    assert len(every) > 25
    known = phrases("vi", "console")
    assert sorted(each for each in every if f"action.{each}" not in known) == []
