"""Frozen values to JSON and back, checked against their types.

The parsing worker speaks to the daemon only through this: a value that does not fit
its annotation is refused (WireError), so no half-made object passes the pipe. A return
of nine forms is ten thousand values, so each annotation is turned into one function
once, and the place of a misfit is worked out only when there is one.
"""

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import lru_cache
from math import isfinite
from typing import Any, TypeVar, cast

T = TypeVar("T")
Reader = Callable[[Any], Any]


class WireError(ValueError):
    """The JSON does not have the shape of the type; the message names the place."""

    def __init__(self, problem: str, place: str = "") -> None:
        super().__init__(f"${place}: {problem}")
        self.problem = problem
        self.place = place

    def within(self, step: str) -> "WireError":
        """The same misfit, seen from one step further out."""
        return WireError(self.problem, step + self.place)


_LONGEST_REMEMBERED = 64
_PLAIN = frozenset({str, int, float, bool, type(None)})


def to_wire(value: object) -> Any:
    """JSON-ready form of a frozen value: decimals and times as text."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [to_wire(item) for item in cast("Iterable[object]", value)]
    if kind is dict:
        plain = cast("Mapping[str, object]", value)
        return {name: to_wire(item) for name, item in plain.items()}
    names = _field_names(kind)
    if names:
        return {
            name: item if type(item) in _PLAIN else to_wire(item)
            for name in names
            for item in (getattr(value, name),)
        }
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


def from_wire(kind: type[T], data: object) -> T:
    """A value of `kind` out of parsed JSON; WireError when anything does not fit."""
    return cast("T", _reader(cast("Any", kind))(data))


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
        return _enum_reader(kind)
    return _SCALARS[kind]


def _dataclass_reader(kind: Any) -> Reader:
    hints = typing.get_type_hints(kind)
    names = hints.keys()
    # what was kept before a field came to be has its default
    defaults = {f.name: f.default for f in fields(kind) if f.default is not MISSING}
    # a text is most of what there is, and needs no call to be checked
    steps = [(name, hints[name] is str, _reader(hints[name])) for name in names]

    def read(data: Any) -> Any:
        if type(data) is not dict or data.keys() != names:
            data = _completed(data, names, defaults)
        if data is None:
            raise WireError(f"not the fields of {kind.__name__}")
        values = []
        name = ""
        try:
            for name, is_text, reader in steps:
                item = data[name]
                values.append(item if is_text and type(item) is str else reader(item))
        except WireError as misfit:
            raise misfit.within(f".{name}") from misfit
        return kind(*values)

    return read


def _completed(
    data: Any, names: Iterable[str], defaults: Mapping[str, object]
) -> dict[str, Any] | None:
    """The fields with their defaults where they lack; None when that is not enough."""
    if type(data) is not dict or data.keys() - set(names):
        return None
    lacking = set(names) - data.keys()
    if lacking - defaults.keys():
        return None
    return data | {name: to_wire(defaults[name]) for name in lacking}


def _tuple_reader(arguments: tuple[Any, ...]) -> Reader:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        reader = _reader(arguments[0])
        return lambda data: _items(data, [reader] * len(_list(data)))
    readers = [_reader(kind) for kind in arguments]
    return lambda data: _items(data, readers)


def _list(data: Any) -> list[Any]:
    if type(data) is not list:
        raise WireError("not a list")
    return data


def _items(data: Any, readers: list[Reader]) -> tuple[Any, ...]:
    if len(_list(data)) != len(readers):
        raise WireError(f"{len(data)} items")
    values: list[Any] = []
    try:
        for reader, item in zip(readers, data, strict=True):
            values.append(reader(item))
    except WireError as misfit:
        raise misfit.within(f"[{len(values)}]") from misfit
    return tuple(values)


def _union_reader(arguments: tuple[Any, ...]) -> Reader:
    (kind,) = (a for a in arguments if a is not type(None))
    inner = _reader(kind)
    return lambda data: None if data is None else inner(data)


def _plain_reader(expected: type) -> Reader:
    def read(data: Any) -> Any:
        if type(data) is not expected:
            raise WireError(f"{type(data).__name__} for {expected.__name__}")
        return data

    return read


def _enum_reader(kind: type[Enum]) -> Reader:
    members = {member.value: member for member in kind}

    def read(data: Any) -> Any:
        if type(data) is not str:
            raise WireError(f"{type(data).__name__} for str")
        try:
            return members[data]
        except KeyError:
            raise WireError(f"{data!r} is not a valid {kind.__name__}") from None

    return read


def _parsing_reader(parse: Callable[[str], Any]) -> Reader:
    def read(data: Any) -> Any:
        if type(data) is not str:
            raise WireError(f"{type(data).__name__} for str")
        try:
            return parse(data)
        except (ValueError, InvalidOperation) as error:
            raise WireError(str(error)) from error

    return read


def _finite(text: str) -> Decimal:
    return _number(text) if len(text) > _LONGEST_REMEMBERED else _remembered_number(text)


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


_remembered_number = lru_cache(maxsize=4096)(_number)


def _read_float(data: Any) -> float:
    if type(data) not in (int, float) or not isfinite(data):
        raise WireError(f"{type(data).__name__} for float")
    return float(data)


_SCALARS: dict[Any, Reader] = {
    str: _plain_reader(str),
    int: _plain_reader(int),
    bool: _plain_reader(bool),
    float: _read_float,
    Decimal: _parsing_reader(_finite),
    datetime: _parsing_reader(datetime.fromisoformat),
    date: _parsing_reader(date.fromisoformat),
}
