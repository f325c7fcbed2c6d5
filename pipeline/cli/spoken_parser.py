"""argparse in the language of the talk: its headings, its help, its complaints."""

import sys
from argparse import ArgumentParser
from functools import partial
from typing import Any, NoReturn

from pipeline.cli.talk import Talk

_USAGE = "usage: "
WRONG_WORDS = 2


class SpokenParser(ArgumentParser):
    """A parser whose own words come from templates/cli and templates/faults."""

    def __init__(self, talk: Talk, **more: Any) -> None:
        super().__init__(add_help=False, **more)
        self._talk = talk
        self._positionals.title = talk.text("help.positionals")
        self._optionals.title = talk.text("help.options")
        self.add_argument("-h", "--help", action="help", help=talk.text("help.help"))

    def add_subparsers(self, **more: Any) -> Any:
        """The commands below speak the same language."""
        alike: dict[str, Any] = {"parser_class": partial(SpokenParser, self._talk)}
        return super().add_subparsers(**alike, **more)

    def format_usage(self) -> str:
        """How it is called."""
        return self._headed(super().format_usage())

    def format_help(self) -> str:
        """How it is called, and what each word means."""
        return self._headed(super().format_help())

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the words, and leave with the exit code for that."""
        self.print_usage(sys.stderr)
        self._talk.say("usage.wrong", program=self.prog, problem=self._talk.worded(message))
        sys.exit(WRONG_WORDS)

    def _headed(self, text: str) -> str:
        return self._talk.text("help.usage") + text.removeprefix(_USAGE)
