"""Typed access to the plain text tree of a file, with the place of every mistake."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from pipeline.domain.errors import ConfigError

Tree = str | list["Tree"] | dict[str, "Tree"]
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping of a file: every read is checked, every mistake says where.

    `place` is the key of the mapping itself ("rows[3]"), empty at the top of a file.
    """

    source: str
    place: str
    tree: Mapping[str, Tree]

    def at(self, key: str) -> str:
        """The full key of a field, as errors name it."""
        return f"{self.place}.{key}" if self.place else key

    def fault(self, key: str, problem: str) -> ConfigError:
        """The error to raise about a field."""
        return ConfigError(self.source, self.at(key), problem)

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that nothing reads: a slip of the pen must not pass."""
        names = tuple(known)
        for key in self.tree:
            if key not in names:
                raise self.fault(key, f"unknown key; known are {', '.join(names)}")

    def has(self, key: str) -> bool:
        return key in self.tree

    def text(self, key: str) -> str:
        """A text that is there and not empty."""
        value = self.maybe(key)
        if not value:
            raise self.fault(key, "a text is needed")
        return value

    def maybe(self, key: str, default: str = "") -> str:
        """A text that may be absent or empty."""
        value = self.tree.get(key, default)
        if not isinstance(value, str):
            raise self.fault(key, "a single text is needed, not a list or mapping")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts; empty when absent."""
        value = self.tree.get(key, [])
        if not isinstance(value, list):
            raise self.fault(key, "a list is needed")
        return tuple(_text_item(self, key, n, item) for n, item in enumerate(value))

    def one_or_more(self, key: str) -> tuple[str, ...]:
        """A text, or a list of them, that is there and not empty."""
        value = self.tree.get(key)
        found = (value,) if isinstance(value, str) else self.texts(key)
        if not found or not all(found):
            raise self.fault(key, "a text or a list of texts is needed")
        return found

    def parsed(self, key: str, parse: Callable[[str], T], what: str) -> T:
        """A text read by `parse`; `what` describes what is wanted."""
        return _parse(self, key, self.text(key), (parse, what))

    def parsed_items(self, key: str, parse: Callable[[str], T], what: str) -> tuple[T, ...]:
        """A list read item by item."""
        return tuple(
            _parse(self, f"{key}[{n}]", item, (parse, what))
            for n, item in enumerate(self.texts(key))
        )

    def flag(self, key: str) -> bool:
        """`true` or `false`; false when absent."""
        value = self.maybe(key, "false").lower()
        if value not in ("true", "false"):
            raise self.fault(key, f"{value!r} is neither true nor false")
        return value == "true"

    def choice(self, key: str, kind: type[E], default: E | None = None) -> E:
        """One of the words of an enumeration."""
        if default is not None and key not in self.tree:
            return default
        words = ", ".join(item.value for item in kind)
        return self.parsed(key, kind, f"one of {words}")

    def mapping(self, key: str) -> "Fields":
        """A mapping inside this one."""
        return as_fields(self.source, self.at(key), self.tree.get(key))

    def items(self, key: str) -> tuple["Fields", ...]:
        """A list of mappings; empty when absent."""
        value = self.tree.get(key, [])
        if not isinstance(value, list):
            raise self.fault(key, "a list is needed")
        return tuple(
            as_fields(self.source, f"{self.at(key)}[{n}]", item)
            for n, item in enumerate(value)
        )


def as_fields(source: str, place: str, tree: Tree | None) -> Fields:
    """A tree that must be a mapping."""
    if not isinstance(tree, dict):
        raise ConfigError(source, place or "the file", "a mapping is needed")
    return Fields(source, place, tree)


def number(text: str) -> Decimal:
    """A finite decimal number; ValueError otherwise."""
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not value.is_finite():
        raise ValueError(text)
    return value


def _text_item(fields: Fields, key: str, n: int, item: Tree) -> str:
    if not isinstance(item, str) or not item:
        raise fields.fault(f"{key}[{n}]", "a text is needed")
    return item


def _parse(
    fields: Fields, key: str, text: str, reading: tuple[Callable[[str], T], str]
) -> T:
    parse, what = reading
    try:
        return parse(text)
    except ValueError as error:
        raise fields.fault(key, f"{text!r} is not {what}") from error
