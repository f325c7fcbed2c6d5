"""A request: a question or a recommendation as a mail makes it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from pipeline.domain.writing.text import match_key

LONGEST = 3_000
"""Characters kept of a passage: half a page of a report, and never all of it."""


class RequestKind(StrEnum):
    """A mail that asks, or a passage of a return that recommends."""

    QUESTION = "question"
    RECOMMENDATION = "recommendation"


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked, word for word; `path` is the file it stands in, None for the mail."""

    kind: RequestKind
    path: str | None
    text: str

    @property
    def signature(self) -> str:
        """Equal for the same words, however they are typed and wherever they stand."""
        said = f"{self.kind.value}|{match_key(self.text)}"
        return hashlib.sha256(said.encode()).hexdigest()[:32]


def cut(text: str) -> str:
    """A passage within the bound; where it was cut says an ellipsis."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
