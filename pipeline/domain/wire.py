"""Frozen values to JSON and back, checked against their types.

The parsing worker speaks to the daemon only through this: a value that does not fit
its annotation is refused (WireError), so no half-made object passes the pipe.
"""

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import Any, TypeVar, cast

T = TypeVar("T")


class WireError(ValueError):
    """The JSON does not have the shape of the type; the message names the place."""


_PLAIN = frozenset({str, int, float, bool, type(None)})


def to_wire(value: object) -> Any:
    """JSON-ready form of a frozen value: decimals and times as text."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [to_wire(item) for item in cast("Iterable[object]", value)]
    names = _field_names(kind)
    if names:
        return {name: to_wire(getattr(value, name)) for name in names}
    return _scalar_to_wire(value)


@lru_cache(maxsize=256)
def _field_names(kind: Any) -> tuple[str, ...]:
    """The fields of a dataclass; none of anything else."""
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else ()


def _scalar_to_wire(value: object) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def from_wire(kind: type[T], data: object, where: str = "$") -> T:
    """A value of `kind` out of parsed JSON; WireError when anything does not fit."""
    return cast("T", _reader(cast("Any", kind))(data, where))


Reader = Callable[[object, str], Any]


@lru_cache(maxsize=256)
def _reader(kind: Any) -> Reader:
    """The function that reads one annotation."""
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(typing.get_args(kind))
    if origin is tuple:
        return _tuple_reader(typing.get_args(kind))
    if is_dataclass(kind):
        return _dataclass_reader(kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _parsing_reader(str, kind)
    return _SCALARS[kind]


def _dataclass_reader(kind: Any) -> Reader:
    hints = typing.get_type_hints(kind)

    def read(data: object, where: str) -> Any:
        if not isinstance(data, Mapping) or set(data) != set(hints):
            raise WireError(f"{where}: not the fields of {kind.__name__}")
        return kind(
            **{
                name: _reader(hint)(data[name], f"{where}.{name}")
                for name, hint in hints.items()
            }
        )

    return read


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    def read(data: object, where: str) -> Any:
        if not isinstance(data, list):
            raise WireError(f"{where}: not a list")
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            kinds = [arguments[0]] * len(data)
        else:
            kinds = list(arguments)
        if len(kinds) != len(data):
            raise WireError(f"{where}: {len(data)} items")
        return tuple(
            _reader(kind)(item, f"{where}[{n}]")
            for n, (kind, item) in enumerate(zip(kinds, data, strict=True))
        )

    return read


def _union_reader(arguments: tuple[Any, ...]) -> Reader:
    (kind,) = (a for a in arguments if a is not type(None))
    inner = _reader(kind)
    return lambda data, where: None if data is None else inner(data, where)


def _parsing_reader(expected: type, parse: Callable[[Any], Any]) -> Reader:
    def read(data: object, where: str) -> Any:
        if type(data) is not expected:
            raise WireError(f"{where}: {type(data).__name__} for {expected.__name__}")
        try:
            return parse(data)
        except (ValueError, InvalidOperation) as error:
            raise WireError(f"{where}: {error}") from error

    return read


def _same(value: Any) -> Any:
    return value


def _finite(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _read_float(data: object, where: str) -> float:
    if type(data) not in (int, float) or not isfinite(cast("float", data)):
        raise WireError(f"{where}: {type(data).__name__} for float")
    return float(cast("float", data))


_SCALARS: dict[Any, Reader] = {
    str: _parsing_reader(str, _same),
    int: _parsing_reader(int, _same),
    bool: _parsing_reader(bool, _same),
    float: _read_float,
    Decimal: _parsing_reader(str, _finite),
    datetime: _parsing_reader(str, datetime.fromisoformat),
    date: _parsing_reader(str, date.fromisoformat),
}
