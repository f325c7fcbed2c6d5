"""The arguments of every command; the words of the help stand in templates/cli."""

from argparse import (
    SUPPRESS,
    ArgumentParser,
    ArgumentTypeError,
    RawDescriptionHelpFormatter,
)
from collections.abc import Iterable, Sequence
from typing import Any

from pipeline.cli.spoken_parser import SpokenParser
from pipeline.cli.talk import Talk
from pipeline.domain.letters.reply import LetterState
from pipeline.domain.mail.message import State
from pipeline.domain.people import Role
from pipeline.domain.plan.punctuality import Punctuality
from pipeline.domain.questions.topic import Topic

DRY = ("-n", "--dry-run")


def make_parser(talk: Talk) -> ArgumentParser:
    """The parser of the whole command line; without a command it is `run`."""
    parser = SpokenParser(
        talk,
        prog="run_daemon.py",
        description=talk.text("help.program"),
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", help=talk.text("help.config"))
    parser.add_argument("--lang", choices=("vi", "en"), help=talk.text("help.lang"))
    parser.set_defaults(command="run", allow_root=False, json=False)
    commands = _Commands(
        parser.add_subparsers(title=talk.text("help.commands"), metavar="COMMAND"), talk
    )
    _add_running(commands)
    _add_views(commands)
    _add_decisions(commands)
    _add_night(commands)
    _add_console(commands)
    return parser


def words(text: str) -> str:
    """An argument that says something: what stands in the audit trail is not empty."""
    if not text.strip():
        raise ArgumentTypeError("must not be empty")
    return text.strip()


class _Commands:
    """Adds commands with the options that all of them share."""

    def __init__(self, group: Any, talk: Talk, above: str | None = None) -> None:
        self._group = group
        self.talk = talk
        self._above = above

    def add(self, name: str, *options: str, positional: Sequence[str] = ()) -> Any:
        """A command; `options` are of the shared ones: json, dry, decision."""
        key = f"{self._above}.{name}" if self._above else name
        text = self.talk.text(f"help.{key}")
        parser = self._group.add_parser(name, help=text, description=text)
        parser.set_defaults(command=self._above or name)
        if self._above:
            parser.set_defaults(action=name)
        parser.add_argument("--lang", choices=("vi", "en"), help=self.text("lang"))
        # left out here, the one before the command stays
        parser.add_argument(
            "--config", metavar="FILE", default=SUPPRESS, help=self.text("config")
        )
        for word in positional:
            parser.add_argument(word.lower(), metavar=word, help=self.text(word.lower()))
        if "json" in options:
            parser.add_argument("--json", action="store_true", help=self.text("json"))
        if "dry" in options:
            parser.add_argument(*DRY, action="store_true", help=self.text("dry_run"))
        if "decision" in options:
            parser.add_argument("--why", required=True, type=words, help=self.text("why"))
            parser.add_argument("--by", type=words, help=self.text("by"))
        return parser

    def nested(self, name: str) -> "_Commands":
        """A command that has commands of its own: the first word goes to `action`."""
        group = self.add(name).add_subparsers(
            title=self.text("commands"), metavar="COMMAND"
        )
        group.required = True
        return _Commands(group, self.talk, name)

    def text(self, name: str) -> str:
        """The help of an option."""
        return self.talk.text(f"help.{name}")

    def option(self, parser: Any, name: str, **more: Any) -> None:
        """An option with its help."""
        key = name.lstrip("-").replace("-", "_")
        parser.add_argument(name, help=self.text(key), **more)

    def choice(self, parser: Any, name: str, family: str, codes: Iterable[str]) -> None:
        """An option with its codes, and in its help what each of them is called."""
        words = {code: self.talk.word(family, code) for code in map(str, codes)}
        told = "; ".join(f"{code}: {word}" for code, word in words.items() if code != word)
        text = self.text(name.lstrip("-"))
        help_text = f"{text} ({told})" if told else text
        parser.add_argument(name, choices=list(words), help=help_text)


def _add_running(commands: _Commands) -> None:
    run = commands.add("run")
    commands.option(run, "--allow-root", action="store_true")
    commands.add("once", "json", "dry")
    ingest = commands.add("ingest", "json", "dry")
    ingest.add_argument("files", nargs="+", metavar="FILE.eml", help=commands.text("file"))
    commands.option(ingest, "--received-at", metavar="T")
    demo = commands.add("demo")
    commands.option(demo, "--exit", action="store_true")
    commands.option(demo, "--data", metavar="DIR")
    commands.option(demo, "--seed", type=int, default=2364, metavar="N")


def _add_views(commands: _Commands) -> None:
    status = commands.add("status", "json")
    for name in ("--round", "--province", "--form"):
        commands.option(status, name)
    commands.choice(status, "--state", "value", ("missing", "deficient", "accepted"))
    commands.choice(status, "--received", "punctuality", Punctuality)
    for name in ("--silent", "--contacts"):
        commands.option(status, name, action="store_true")
    log = commands.add("log", "json")
    commands.choice(log, "--state", "state", State)
    for name in ("--province", "--since", "--search", "--limit"):
        commands.option(log, name)
    show = commands.add("show", "json", positional=["MESSAGE"])
    commands.option(show, "--rows", action="store_true")
    commands.option(show, "--diff", action="store_true")
    commands.option(show, "--totals", action="store_true")


def _add_decisions(commands: _Commands) -> None:
    commands.add("assign", "decision", "json", "dry", positional=["MESSAGE", "PROVINCE"])
    commands.add("hold", "decision", "json", "dry", positional=["MESSAGE"])
    commands.add("release", "decision", "json", "dry", positional=["MESSAGE"])
    for name in ("accept", "admit"):
        ruling = commands.add(name, "decision", "json", "dry", positional=["MESSAGE"])
        commands.option(ruling, "--form")
        commands.option(ruling, "--withdraw", action="store_true")
    waive = commands.add("waive", "decision", "json", "dry", positional=["FINDING"])
    commands.option(waive, "--withdraw", action="store_true")
    extend = commands.add(
        "extend", "decision", "json", "dry", positional=["PROVINCE", "DATE"]
    )
    commands.option(extend, "--round")
    again = commands.add("reprocess", "json", "dry")
    again.add_argument(
        "message", nargs="?", metavar="MESSAGE", help=commands.text("message")
    )
    commands.option(again, "--since", metavar="T")
    commands.option(again, "--all", action="store_true")
    commands.option(again, "--why", default="")
    commands.option(again, "--by", type=words)
    commands.add("pause", "decision", "json", "dry")
    commands.add("resume", "decision", "json", "dry")
    _add_matches(commands)
    _add_senders(commands)
    _add_letters(commands)
    _add_questions(commands)
    _add_explanations(commands)
    _add_papers(commands)
    _add_history(commands)


def _add_letters(commands: _Commands) -> None:
    letters = commands.nested("letters")
    listed = letters.add("list", "json")
    commands.choice(listed, "--state", "letter", LetterState)
    letters.add("preview", "json", "dry", positional=["DIR"])
    letters.add("release", "decision", "json", "dry", positional=["LETTER"])


def _add_matches(commands: _Commands) -> None:
    matches = commands.nested("matches")
    listed = matches.add("list", "json")
    commands.option(listed, "--province")
    commands.option(listed, "--answered", action="store_true")
    confirm = matches.add("confirm", "decision", "json", "dry", positional=["FINDING"])
    confirm.add_argument(
        "meaning", nargs="?", metavar="MEANING", help=commands.text("meaning")
    )
    matches.add("withdraw", "decision", "json", "dry", positional=["ALIAS"])


def _add_senders(commands: _Commands) -> None:
    senders = commands.nested("senders")
    senders.add("list", "json")
    senders.add("confirm", "decision", "json", "dry", positional=["ADDRESS", "PROVINCE"])
    senders.add("retire", "decision", "json", "dry", positional=["ADDRESS"])


def _add_papers(commands: _Commands) -> None:
    papers = commands.nested("paper")
    listed = papers.add("list", "json")
    received = papers.add("received", "decision", "json", "dry", positional=["PROVINCE"])
    for command in (listed, received):
        commands.option(command, "--round")
    commands.option(received, "--on", metavar="DATE")
    commands.option(received, "--withdraw", action="store_true")


def _add_history(commands: _Commands) -> None:
    history = commands.nested("history")
    imported = history.add("import", "json", "dry")
    imported.add_argument("file", metavar="FILE.csv", help=commands.text("history_file"))
    commands.option(imported, "--round")
    commands.option(imported, "--by", type=words)


def _add_explanations(commands: _Commands) -> None:
    explanations = commands.nested("explanations")
    listed = explanations.add("list", "json")
    for name in ("--round", "--province"):
        commands.option(listed, name)
    listed.add_argument(
        "--all", action="store_true", help=commands.text("every_explanation")
    )
    for name in ("accept", "refuse"):
        explanations.add(name, "decision", "json", "dry", positional=["EXPLANATION"])


def _add_questions(commands: _Commands) -> None:
    questions = commands.nested("questions")
    listed = questions.add("list", "json")
    commands.option(listed, "--province")
    for name in ("--open", "--overdue"):
        commands.option(listed, name, action="store_true")
    questions.add("show", "json", positional=["QUESTION"])
    assign = questions.add(
        "assign", "decision", "json", "dry", positional=["QUESTION", "TO"]
    )
    commands.choice(assign, "--group", "topic", Topic)
    answer = questions.add("answer", "json", "dry", positional=["QUESTION"])
    answer.add_argument(
        "--file", required=True, metavar="TEXT", help=commands.text("answer_file")
    )
    commands.option(answer, "--by", type=words)
    questions.add("close", "decision", "json", "dry", positional=["QUESTION"])


def _add_night(commands: _Commands) -> None:
    night = commands.add("consolidate", "json", "dry")
    commands.option(night, "--round")
    commands.option(night, "--as-of", metavar="T")
    commands.option(night, "--out", metavar="DIR")
    explain = commands.add("explain", "json", positional=["FORM", "INDICATOR", "COLUMN"])
    for name in ("--area", "--round"):
        commands.option(explain, name)
    path = commands.add("targets", "json")
    for name in ("--round", "--province"):
        commands.option(path, name)
    remind = commands.add("remind", "json", "dry")
    commands.option(remind, "--step")
    commands.option(remind, "--round")
    commands.option(remind, "--by", type=words)
    commands.add("audit", "json")
    commands.add("backup", "json", "dry", positional=["DIR"])
    commands.add("restore", "json", "dry", positional=["DIR"])
    purge = commands.add("purge", "json", "dry")
    commands.option(purge, "--by", type=words)
    forms = commands.add("forms", "json", "dry")
    forms.add_argument(
        "action",
        choices=("check", "template", "import", "rules", "keep", "hold"),
        help=commands.text("action"),
    )
    forms.add_argument("file", nargs="?", metavar="BLANK|RULE", help=commands.text("blank"))
    commands.option(forms, "--why", default="")
    commands.option(forms, "--by", type=words)
    commands.option(forms, "--round")
    commands.option(forms, "--out", metavar="DIR")
    commands.add("doctor", "json")
    bench = commands.add("bench", "json")
    commands.option(bench, "--messages", type=int, metavar="N")
    commands.option(bench, "--rounds", type=int, metavar="N")
    commands.option(bench, "--only", nargs="+", metavar="PART")
    bench.add_argument("--out", metavar="FILE", help=commands.text("bench_out"))


def _add_console(commands: _Commands) -> None:
    console = commands.add("console")
    commands.option(console, "--allow-root", action="store_true")
    console.set_defaults(action=None)
    actions = console.add_subparsers(title=commands.text("commands"), metavar="COMMAND")
    users = _Commands(actions, commands.talk, "console")
    user = users.add("user", "json", "dry")
    user.add_argument("verb", choices=("add",), metavar="add", help=users.text("verb"))
    user.add_argument("name", metavar="NAME", help=users.text("name"))
    user.add_argument(
        "--role", required=True, choices=[r.value for r in Role], help=users.text("role")
    )
