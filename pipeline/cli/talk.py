"""How commands speak: data on stdout, talk on stderr, in Vietnamese or English."""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, TextIO

from pipeline.assembly import TEMPLATES
from pipeline.domain.writing.fault_words import FaultBook
from pipeline.domain.writing.vietnamese import safe_text


def choose_language(named: str | None, environment: Mapping[str, str]) -> str:
    """The language of texts: as asked, else English where LANG is, else Vietnamese."""
    if named:
        return named
    return "en" if environment.get("LANG", "").lower().startswith("en") else "vi"


@dataclass(frozen=True, slots=True)
class Talk:
    """Where and how a command speaks. `machine` asks for JSON on stdout."""

    phrases: Mapping[str, str]
    machine: bool
    out: TextIO
    aside: TextIO
    faults: FaultBook

    def worded(self, fault: object) -> str:
        """What a fault says, in the language of the talk."""
        return self.faults.worded(str(fault))

    def outcome(self, beat: str) -> str:
        """How a job of the daemon last went, as its heartbeat has it: "ok" or a fault."""
        return self.text("job.ok") if beat == "ok" else self.worded(beat)

    def word(self, family: str, code: str) -> str:
        """What a code of ours is called; one that has no word is shown as it is."""
        return self.phrases.get(f"{family}.{code}", code)

    def coded(self, family: str, code: str) -> str:
        """The word of a code, and the code itself where documents and filters name it."""
        word = self.word(family, code)
        return code if word.replace(" ", "-") == code else f"{word} ({code})"

    def text(self, phrase: str, **values: object) -> str:
        """A phrase of templates/cli with its values filled in, safe for a terminal."""
        shown = {name: safe_text(str(value), 400) for name, value in values.items()}
        return self.phrases[phrase].format(**shown)

    def say(self, phrase: str, **values: object) -> None:
        """A phrase to the person, beside the data."""
        print(self.text(phrase, **values), file=self.aside, flush=True)

    def tell(self, phrase: str, **values: object) -> None:
        """A phrase that is the command's answer; none where a machine listens."""
        if not self.machine:
            print(self.text(phrase, **values), file=self.out)

    def document(self, value: Any) -> None:
        """One JSON document on one line."""
        print(json.dumps(value, ensure_ascii=False), file=self.out)

    def table(self, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Columns aligned for a person; cells are made safe for a terminal."""
        lines = [[safe_text("" if c is None else str(c), 80) for c in row] for row in rows]
        titles = [self.phrases.get(f"column.{name}", name) for name in header]
        widths = [max(map(len, column)) for column in zip(titles, *lines, strict=True)]
        for line in (titles, *lines):
            cells = (c.ljust(w) for c, w in zip(line, widths, strict=True))
            print("  ".join(cells).rstrip(), file=self.out)


def make_talk(language: str, *, machine: bool) -> Talk:
    """The voice of a command in a language ("vi" or "en")."""
    phrases: dict[str, str] = {}
    for folder in ("codes", "cli"):
        path = TEMPLATES / folder / f"{language}.json"
        phrases |= json.loads(path.read_text(encoding="utf-8"))
    book = TEMPLATES / "faults" / f"{language}.json"
    told = json.loads(book.read_text(encoding="utf-8")) if book.exists() else {}
    out, aside = _writable(sys.stdout), _writable(sys.stderr)
    return Talk(phrases, machine, out, aside, FaultBook(told))


def _writable(stream: TextIO) -> TextIO:
    """The stream, showing what its encoding lacks as an escape instead of failing."""
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return stream


class Bar:
    """A progress bar on stderr; silent where stderr is no terminal."""

    def __init__(self, talk: Talk, phrase: str, whole: int) -> None:
        self._talk = talk
        self._title = talk.text(phrase)
        self._whole = whole
        self._live = talk.aside.isatty() and "NO_COLOR" not in os.environ

    def __call__(self, done: int) -> None:
        if self._live:
            filled = 30 * done // max(self._whole, 1)
            bar = "█" * filled + "·" * (30 - filled)
            end = "\n" if done >= self._whole else ""
            print(
                f"\r{self._title} {bar} {done}/{self._whole}",
                end=end,
                file=self._talk.aside,
                flush=True,
            )
