"""The command line: arguments in, exit code out, every anticipated fault in words.

Exit: 0 fine; 1 something was found; 2 usage; 75 try later; 78 configuration.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from pipeline.assembly import Plan, read_plan
from pipeline.cli.arguments import make_parser
from pipeline.cli.log_lines import set_up_logging
from pipeline.cli.talk import Talk, choose_language, make_talk
from pipeline.domain.errors import ConfigError, PermanentError, PipelineError
from pipeline.settings import Settings, find_configuration, load_settings, told_of_variable

FINE, FOUND, USAGE, TRY_LATER, MISCONFIGURED, INTERRUPTED = 0, 1, 2, 75, 78, 130


def system_clock() -> datetime:
    """Now; the only reading of the clock besides the demo's simulated one."""
    return datetime.now(UTC)  # noqa: TID251 - the one place that may


@dataclass
class Call:
    """One call of a command: its arguments, its voice, its clock, its settings."""

    arguments: Namespace
    talk: Talk
    environment: Mapping[str, str]
    clock: Callable[[], datetime] = system_clock

    @cached_property
    def settings(self) -> Settings:
        """The configuration, read once."""
        path = find_configuration(self.arguments.config)
        return load_settings(path, self.environment)

    @cached_property
    def plan(self) -> Plan:
        """Settings with rounds, places and registry."""
        return read_plan(self.settings)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    language = choose_language(_named_language(words), os.environ)
    talk = make_talk(language, machine="--json" in words)
    arguments = make_parser(talk).parse_args(words)
    set_up_logging("WARNING", "text")
    call = Call(arguments, talk, os.environ)
    try:
        code = _obey(call)
        if sys.stdout is not None:  # as it is when we are started with it closed
            sys.stdout.flush()  # now, while a reader that went away can still be met
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output went away (`| head`): nothing to say to anybody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    return code


def _obey(call: Call) -> int:
    """The command's exit code, with every anticipated fault told in words."""
    if getattr(call.arguments, "dry_run", False) and not call.talk.machine:
        call.talk.say("dry.first")
    try:
        return _command(call.arguments.command)(call)
    except ConfigError as fault:
        told = told_of_variable(fault, call.environment)
        where = {"source": told.source, "key": told.key, "problem": told.problem}
        worded = {name: call.talk.worded(words) for name, words in where.items()}
        call.talk.say("fault.config", **worded)
        return MISCONFIGURED
    except PermanentError as fault:
        call.talk.say("fault.permanent", problem=call.talk.worded(fault))
        return FOUND
    except PipelineError as fault:
        call.talk.say("fault.later", problem=call.talk.worded(fault))
        return TRY_LATER


def _named_language(words: Sequence[str]) -> str | None:
    """The language asked for, found before the parser can speak."""
    for position, word in enumerate(words):
        if word == "--lang" and words[position + 1 : position + 2] in (["vi"], ["en"]):
            return words[position + 1]
        if word in ("--lang=vi", "--lang=en"):
            return word[-2:]
    return None


def _command(name: str) -> Callable[[Call], int]:
    """The function of a command; its module is loaded only when it is called."""
    from importlib import import_module

    module, function = COMMANDS[name]
    found: Callable[[Call], int] = getattr(
        import_module(f"pipeline.cli.{module}"), function
    )
    return found


COMMANDS = {
    "run": ("intake", "run"),
    "once": ("intake", "once"),
    "ingest": ("ingest", "ingest"),
    "demo": ("demonstration", "demo"),
    "status": ("status", "status"),
    "log": ("views", "log"),
    "show": ("views", "show"),
    "assign": ("decisions", "assign"),
    "hold": ("decisions", "hold"),
    "release": ("decisions", "release"),
    "accept": ("rulings", "accept"),
    "admit": ("rulings", "admit"),
    "waive": ("rulings", "waive"),
    "extend": ("rulings", "extend"),
    "reprocess": ("reworking", "reprocess"),
    "letters": ("letters", "letters"),
    "pause": ("letters", "pause"),
    "resume": ("letters", "resume"),
    "matches": ("matches", "matches"),
    "senders": ("senders", "senders"),
    "paper": ("papers", "paper"),
    "history": ("history", "history"),
    "questions": ("questions", "questions"),
    "explanations": ("explanations", "explanations"),
    "remind": ("reminders", "remind"),
    "consolidate": ("night", "consolidate_round"),
    "explain": ("explain", "explain_figure"),
    "targets": ("targets", "targets"),
    "audit": ("night", "audit"),
    "backup": ("safekeeping", "make_backup"),
    "restore": ("safekeeping", "restore_backup"),
    "purge": ("retention", "purge_old"),
    "forms": ("forms", "forms"),
    "doctor": ("doctor", "doctor"),
    "bench": ("benchmark", "bench"),
    "console": ("console", "console"),
}
