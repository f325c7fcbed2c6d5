"""Pages to HTML. Every value is escaped, and made inert before that.

`finalize` sees each value that a template shows: foreign text loses its control and
bidi characters and its live links, whatever the template's author forgot.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from pipeline.domain.writing.fault_words import FaultBook
from pipeline.domain.writing.vietnamese import read_canonical, safe_text, write_number

LONGEST = 2000
SHOWN_DECIMALS = 2
LANGUAGES = ("vi", "en")


class Renderer:
    """The templates of templates/console in both languages.

    `units`: not all reporters are provinces, and no phrase may speak as if they were.
    """

    def __init__(self, folder: Path, *, units: bool = False) -> None:
        self._environment = SandboxedEnvironment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            finalize=inert,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {
            "number": number,
            "total": total,
            "moment": short_moment,
            "worded": self._worded,
        }
        self._faults = {name: _fault_book(folder.parent, name) for name in LANGUAGES}
        self._phrases = {
            name: _phrases(folder.parent / "codes", name)
            | _phrases(folder, name)
            | (_phrases(folder, f"{name}.units") if units else {})
            for name in LANGUAGES
        }

    def warm(self) -> None:
        """Read every template now."""
        for name in self._environment.list_templates(extensions=["html"]):
            self._environment.get_template(name)

    def say(self, language: str, name: str) -> str:
        """One phrase."""
        return str(speaker(self._phrases[language])(name))

    def _worded(self, problem: str, language: str) -> str:
        """What a fault says, for a template."""
        return self._faults[language].worded(problem)

    def render(self, template: str, language: str, values: Mapping[str, Any]) -> str:
        """One page."""
        say = speaker(self._phrases[language])
        found = self._environment.get_template(f"{template}.html")
        return found.render(say=say, language=language, **values)


def _fault_book(folder: Path, language: str) -> FaultBook:
    path = folder / "faults" / f"{language}.json"
    return FaultBook(json.loads(path.read_text("utf-8")) if path.exists() else {})


def speaker(phrases: Mapping[str, str]) -> Callable[..., str]:
    """Says phrases; a code without words is shown as it is."""

    def say(*path: object, **values: object) -> str:
        name = ".".join(str(part) for part in path)
        phrase = phrases.get(name, str(path[-1]) if len(path) > 1 else name)
        return phrase.format(**values) if values else phrase

    return say


def inert(value: object) -> object:
    """A value as it may be shown: text without anything invisible or alive."""
    if value is None:
        return ""
    return safe_text(value, LONGEST) if type(value) is str else value


def number(value: object) -> str:
    """A figure in Vietnamese notation; what is no figure stays as it is."""
    text = "" if value is None else str(value)
    read = read_canonical(text)
    return text if read is None else write_number(read)


def total(value: object) -> str:
    """A consolidated figure: a weighted rate has no end, two decimals are enough to see."""
    read = read_canonical("" if value is None else str(value))
    if read is None:
        return number(value)
    return write_number(min(read, round(read, SHOWN_DECIMALS), key=_length))


def _length(value: Decimal) -> int:
    return len(str(value))


def short_moment(value: str | None) -> str:
    """A time of ours as Vietnam writes it: "10/07/2013 09:12"."""
    if not value:
        return ""
    day, _, clock = value.partition("T")
    return f"{'/'.join(reversed(day.split('-')))} {clock[:5]}".strip()


def _phrases(folder: Path, language: str) -> dict[str, str]:
    text = (folder / f"{language}.json").read_text(encoding="utf-8")
    phrases: dict[str, str] = json.loads(text)
    return phrases
