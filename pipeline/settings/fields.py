"""One configured value to the type of its key; ConfigError names file and key."""

import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal

from pipeline.domain.errors import ConfigError


def build(kind: type[Any], data: object, source: str, prefix: str = "") -> Any:
    """A settings dataclass out of a mapping; every unknown or unfit key is refused."""
    if data is None:
        data = {}
    if not isinstance(data, Mapping):
        raise ConfigError(source, prefix.rstrip(".") or "(top)", "must be a mapping")
    hints = typing.get_type_hints(kind)
    known = {f.name for f in fields(kind) if f.name not in ("source", "registry")}
    for key in data:
        if key not in known:
            raise ConfigError(source, f"{prefix}{key}", _unknown(str(key), known))
    return {
        key: _value(hints[key], value, source, f"{prefix}{key}")
        for key, value in data.items()
    }


def _unknown(key: str, known: set[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key, known, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(sorted(known))}"
    return "unknown key" + hint


def _value(hint: Any, value: object, source: str, key: str) -> Any:
    if is_dataclass(hint):
        return typing.cast("type[Any]", hint)(
            **build(typing.cast("type[Any]", hint), value, source, f"{key}.")
        )
    origin = typing.get_origin(hint)
    if origin is types.UnionType:
        inner = next(a for a in typing.get_args(hint) if a is not type(None))
        return None if value is None else _value(inner, value, source, key)
    if origin is tuple:
        return _texts(value, source, key)
    if origin is Literal:
        return _choice(typing.get_args(hint), value, source, key)
    return _scalar(hint, value, source, key)


def _texts(value: object, source: str, key: str) -> tuple[str, ...]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(i, str) and i for i in items):
        raise ConfigError(source, key, "must be a list of texts")
    return tuple(items)


def _choice(choices: tuple[str, ...], value: object, source: str, key: str) -> str:
    # YAML reads a bare `off` as false; the word is what the operator meant.
    text = "off" if value is False and "off" in choices else value
    if text not in choices:
        raise ConfigError(source, key, f"{value!r} is not one of {', '.join(choices)}")
    return str(text)


def _scalar(hint: Any, value: object, source: str, key: str) -> Any:
    if hint is Path and isinstance(value, str) and value:
        return Path(value)
    if hint is int and type(value) is int and value >= 0:
        return value
    if hint is bool and type(value) is bool:
        return value
    if hint is str and isinstance(value, str) and value:
        return value
    wanted = {int: "a whole number, not below 0", bool: "true or false", Path: "a path"}
    raise ConfigError(source, key, f"must be {wanted.get(hint, 'a text')}")


def from_environment(kind: type[Any], environment: Mapping[str, str]) -> dict[str, Any]:
    """The keys that INGEST_* variables set, nested like the file; texts unparsed.

    ConfigError names a variable that belongs to no key.
    """
    sections = {
        f.name: f.default for f in fields(kind) if f.name not in ("source", "registry")
    }
    found: dict[str, Any] = {}
    for name, text in sorted(environment.items()):
        if not name.startswith("INGEST_"):
            continue
        rest = name.removeprefix("INGEST_").lower()
        section, _, key = rest.partition("_")
        if rest in sections:
            found[rest] = text
        elif _has_key(sections.get(section), key):
            found.setdefault(section, {})[key] = text
        else:
            raise ConfigError("environment", name, "belongs to no key of the configuration")
    return found


def _has_key(section: object, key: str) -> bool:
    return (
        section is not MISSING
        and is_dataclass(section)
        and any(f.name == key for f in fields(section))
    )
