"""Letters: templates to words. The only door to jinja2, with `letter_sandbox` and
`kept_templates`.

Two environments share the templates: in the HTML one every value is escaped, in the
text one none is, so that no macro can hand a raw value to the HTML. Templates come from
disk only and are sandboxed; a name they use and nobody gave is an error.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from pipeline.adapters.letters.kept_templates import Proofs
from pipeline.adapters.letters.letter_message import Letterhead, make_letter
from pipeline.adapters.letters.letter_sandbox import open_sandbox
from pipeline.domain.errors import ConfigError, PermanentError
from pipeline.domain.letters.letter import (
    LETTER_TEMPLATES,
    Enclosure,
    LetterDraft,
    LetterTexts,
    PointTexts,
)
from pipeline.domain.letters.reply import Letter
from pipeline.domain.writing.vietnamese import safe_text

TEXT_LIMIT = 16 * 1024
HTML_LIMIT = 60 * 1024
SUBJECT_LIMIT = 78
POINT_LIMITS = (30, 24, 18, 12, 8, 4, 2, 0)
"""How many points a letter lists; the next step is taken while it is too big."""

_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


class JinjaLetterWriter:
    """Ports.LetterWriter over the templates of `folder` (templates/letters).

    ConfigError at once when a template is missing or does not compile.
    """

    def __init__(self, folder: Path, head: Letterhead) -> None:
        self._folder = folder
        self._head = head
        self.proofs = Proofs(folder)
        """Which samples these templates were proven with, in this process or before."""
        text = open_sandbox(folder, escape=False)
        html = open_sandbox(folder, escape=True)
        self._texts = {
            name: self._load(text, f"{name}.txt.j2") for name in LETTER_TEMPLATES
        }
        self._htmls = {
            name: self._load(html, f"{name}.html.j2") for name in LETTER_TEMPLATES
        }
        subjects: Any = self._load(text, "subjects.j2").module
        self._subject_macros: Mapping[str, Callable[..., str]] = subjects.subjects
        self._wording: Any = self._load(text, "wording.j2")
        self._phrases: Any = self._load(text, "phrases.j2").module

    def check(self, drafts: Iterable[LetterDraft]) -> None:
        """Render sample letters; ConfigError, naming the template, when one fails."""
        for draft in drafts:
            try:
                self._render(draft)
            except TemplateError as error:
                raise self._fault(draft.template, error) from error

    def worded(self) -> Mapping[str, frozenset[str]]:
        """The codes that have words, by kind: titles, details, todos, reasons."""
        module = self._wording.module
        kinds = ("titles", "details", "todos", "reasons")
        return {kind: frozenset(getattr(module, kind)) for kind in kinds}

    def render(self, draft: LetterDraft) -> LetterTexts:
        """The words of a letter within the limits on size.

        PermanentError when its values do not fit the templates.
        """
        try:
            return self._render(draft)
        except TemplateError as error:
            raise PermanentError(f"letter {draft.template}: {error}") from error

    def write(
        self, draft: LetterDraft, now: datetime, enclosure: Enclosure | None = None
    ) -> Letter:
        """The frozen letter of a draft; errors as `render`, and of a bad recipient."""
        return make_letter(draft, self.render(draft), self._head, now, enclosure)

    def tell(
        self, point: Mapping[str, Any], lines: Iterable[Mapping[str, Any]], called: str
    ) -> PointTexts:
        """A point and its lines in the words of the letter to whom it calls so.

        Errors as `render`.
        """
        say, word = self._phrases, self._wording.module
        try:
            return PointTexts(
                title=str(say.point_title(point, word.titles)),
                lines=tuple(str(say.line_text(n, point, word.details)) for n in lines),
                todo=str(say.todo_text(point, word.todos, called)),
            )
        except TemplateError as error:
            raise PermanentError(f"letter wording, {point['code']}: {error}") from error

    def _render(self, draft: LetterDraft) -> LetterTexts:
        subject = self._subject(draft)
        for limit in POINT_LIMITS[:-1]:
            texts = self._texts_within(draft, subject, limit)
            if _fits(texts):
                return texts
        return self._texts_within(draft, subject, POINT_LIMITS[-1])

    def _texts_within(self, draft: LetterDraft, subject: str, limit: int) -> LetterTexts:
        text = self._texts[draft.template].render(v=draft.values, limit=limit)
        html = self._htmls[draft.template].render(v=draft.values, limit=limit)
        return LetterTexts(
            subject=subject,
            text=_BLANK_LINES.sub("\n\n", text).strip() + "\n",
            html=_BLANK_LINES.sub("\n", html).strip() + "\n",
        )

    def _subject(self, draft: LetterDraft) -> str:
        """The fullest subject that fits a line, after our tag and the province."""
        values = draft.values
        told = self._subject_macros[draft.template](values)
        place = f"{values['place']}: " if values["place"] else ""
        tag = f"[KHTC {values['reference']}] "
        full = [tag + place + line for line in str(told).split("\n")]
        fitting = (line for line in full if len(line) <= SUBJECT_LIMIT)
        return next(fitting, safe_text(full[-1], SUBJECT_LIMIT))

    def _load(self, environment: SandboxedEnvironment, name: str) -> Template:
        try:
            return environment.get_template(name)
        except TemplateError as error:
            raise self._fault(name, error) from error

    def _fault(self, name: str, error: TemplateError) -> ConfigError:
        line = getattr(error, "lineno", None)
        place = f"{name}, line {line}" if line else name
        return ConfigError(str(self._folder), place, error.message or type(error).__name__)


def _fits(texts: LetterTexts) -> bool:
    return len(texts.text.encode()) <= TEXT_LIMIT and len(texts.html.encode()) <= HTML_LIMIT
