"""Frozen values made in a fraction of the time, where a thousand are made a message.

A frozen dataclass sets each field through `object.__setattr__`, for its own assignment is
forbidden: nearly all the time that a row of fourteen fields takes. A class with the same
slots that is not frozen sets them directly; what it made then becomes one of the frozen.
"""

from collections.abc import Callable, Sequence
from dataclasses import MISSING, field, fields, make_dataclass
from typing import Any, ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")


def quickly(kind: Callable[P, T]) -> Callable[P, T]:
    """A maker of a frozen dataclass with slots that checks nothing when it is made."""
    frozen = cast("Any", kind)

    def freeze(made: Any) -> None:
        made.__class__ = frozen

    return cast("Callable[P, T]", _open_kind(frozen, {"__post_init__": freeze}))


def opened(kind: Callable[P, T]) -> Callable[P, Any]:
    """The same for many at once: what it makes is one of the class when it is `sealed`."""
    return cast("Callable[P, Any]", _open_kind(cast("Any", kind), {}))


def sealed(kind: type[T], made: Sequence[Any]) -> Sequence[T]:
    """What a maker of `opened` made, frozen."""
    for each in made:
        each.__class__ = kind
    return made


def _open_kind(frozen: Any, then: dict[str, Any]) -> Any:
    """A class with the same slots whose fields may be set."""
    lists = any(each.default_factory is not MISSING for each in fields(frozen))
    if lists or hasattr(frozen, "__post_init__"):
        raise TypeError(f"{frozen.__name__} does something of its own when made")
    known = [
        (each.name, each.type, field(default=each.default))
        if each.default is not MISSING
        else (each.name, each.type)
        for each in fields(frozen)
    ]
    return make_dataclass(frozen.__name__, known, slots=True, eq=False, namespace=then)
