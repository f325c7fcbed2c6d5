"""The words of our own workbooks, kept in templates/workbooks/*.toml."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from pipeline.domain.errors import ConfigError

FOLDER = Path(__file__).resolve().parents[3] / "templates" / "workbooks"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one file; asking for one that is not there names file and key."""

    source: str
    found: Mapping[str, object]

    def say(self, key: str, **values: object) -> str:
        """A text with its {places} filled in."""
        text = self.found.get(key)
        if not isinstance(text, str):
            raise ConfigError(self.source, key, "a text is needed")
        try:
            return text.format(**values)
        except (KeyError, IndexError, ValueError) as error:
            problem = f"not a place we can fill in: {error}"
            raise ConfigError(self.source, key, problem) from error

    def lines(self, key: str) -> tuple[str, ...]:
        """A list of texts."""
        items = self.found.get(key)
        if not isinstance(items, list) or not all(isinstance(i, str) for i in items):
            raise ConfigError(self.source, key, "a list of texts is needed")
        return tuple(items)


@lru_cache(maxsize=8)
def load_texts(name: str, folder: Path = FOLDER) -> Texts:
    """The texts of templates/workbooks/<name>.toml; ConfigError when unreadable."""
    path = folder / f"{name}.toml"
    try:
        return Texts(str(path), tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise ConfigError(str(path), "the file", f"cannot be read: {error}") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(str(path), "the file", f"is not TOML: {error}") from error
