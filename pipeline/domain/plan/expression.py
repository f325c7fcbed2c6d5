"""The little language of identity and derived rules: parsed by hand, never evaluated
by Python.

    comparison := sum ("==" | "<=" | ">=") sum
    sum        := product (("+" | "-") product)*
    product    := factor (("*" | "/") factor)*
    factor     := number | name | "-" factor | "(" sum ")"
    name       := [form ":"] key ["@" column] ["@-1"]

`gn.ho_ngheo@th_n2` is one cell of the rule's own form, `PL05:gn.ho_ngheo` a row of
another form, `registry:communes` a published fact, `vl.tong@-1` the figure of the round
before in the same column (columns count from the plan year of their own round).
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pipeline.domain.plan.interval import Interval, exact

REGISTRY = "registry"
_MOST_CHARACTERS = 500
_LAST = "@-1"
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w.])"
    r"|(?P<name>(?:[A-Za-z]\w*:)?[A-Za-z]\w*(?:\.\w+)*(?:@[A-Za-z]\w*)?(?:@-1)?)"
    r"|(?P<sign>==|<=|>=|[-+*/()]))",
    re.ASCII,
)


class ExpressionError(ValueError):
    """The text is not of the language; the message names the place."""


class Name(NamedTuple):
    """A figure: `form` None is the rule's own, `column` None the one in hand.

    `last` is of the round before. A named tuple, because it is looked up for every cell.
    """

    form: str | None
    key: str
    column: str | None
    last: bool = False


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Operation:
    """Two expressions joined by a sign of arithmetic."""

    sign: str
    left: "Expression"
    right: "Expression"


Expression = Name | Number | Operation


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two expressions that must stand in a relation: `==`, `<=` or `>=`."""

    sign: str
    left: Expression
    right: Expression


Evaluator = Callable[[Callable[[Name], Interval]], Interval]
Placed = Callable[[Sequence[Interval]], Interval]
_OPERATIONS: Mapping[str, Callable[[Interval, Interval], Interval]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


@lru_cache(maxsize=512)
def parse_comparison(text: str) -> Comparison:
    """A comparison out of its text; ExpressionError when it is none."""
    parser = _Parser(text)
    left = parser.sum()
    sign = parser.take("==", "<=", ">=")
    if sign is None:
        raise parser.fault("==, <= or >= is missing")
    right = parser.sum()
    parser.end()
    return Comparison(sign, left, right)


@lru_cache(maxsize=512)
def parse_formula(text: str) -> Expression:
    """An expression without comparison; ExpressionError when it is none."""
    parser = _Parser(text)
    found = parser.sum()
    parser.end()
    return found


def names(expression: Expression | Comparison) -> tuple[Name, ...]:
    """The figures an expression speaks of, each once, from left to right."""
    return tuple(dict.fromkeys(_names(expression)))


def evaluate(expression: Expression, look: Callable[[Name], Interval]) -> Interval:
    """The value of an expression; ZeroDivisionError where a divisor may be zero."""
    return evaluator(expression)(look)


@lru_cache(maxsize=1024)
def evaluator(expression: Expression) -> Evaluator:
    """The function that `evaluate` calls: what runs on every row makes it once."""
    if isinstance(expression, Name):
        name = expression
        return lambda look: look(name)
    if isinstance(expression, Number):
        value = exact(expression.value)
        return lambda look: value
    operate = _OPERATIONS[expression.sign]
    left, right = evaluator(expression.left), evaluator(expression.right)
    return lambda look: operate(left(look), right(look))


def placed(expression: Expression, order: Sequence[Name]) -> Placed:
    """The function that works an expression out of its figures in this order."""
    if isinstance(expression, Name):
        return operator.itemgetter(order.index(expression))
    if isinstance(expression, Number):
        value = exact(expression.value)
        return lambda given: value
    operate = _OPERATIONS[expression.sign]
    left, right = placed(expression.left, order), placed(expression.right, order)
    return lambda given: operate(left(given), right(given))


def _names(expression: Expression | Comparison) -> Iterator[Name]:
    if isinstance(expression, Name):
        yield expression
    elif not isinstance(expression, Number):
        yield from _names(expression.left)
        yield from _names(expression.right)


class _Parser:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tuple(_tokens(text))
        self.at = 0

    def fault(self, problem: str) -> ExpressionError:
        rest = " ".join(token for _, token in self.tokens[self.at :])
        return ExpressionError(f"{problem} at {rest or 'the end'!r} of {self.text!r}")

    def take(self, *signs: str) -> str | None:
        """The next token when it is one of these signs."""
        if self.at < len(self.tokens):
            kind, token = self.tokens[self.at]
            if kind == "sign" and token in signs:
                self.at += 1
                return token
        return None

    def end(self) -> None:
        if self.at < len(self.tokens):
            raise self.fault("something is left over")

    def sum(self) -> Expression:
        found = self.product()
        while sign := self.take("+", "-"):
            found = Operation(sign, found, self.product())
        return found

    def product(self) -> Expression:
        found = self.factor()
        while sign := self.take("*", "/"):
            found = Operation(sign, found, self.factor())
        return found

    def factor(self) -> Expression:
        if self.take("-"):
            return Operation("-", Number(Decimal(0)), self.factor())
        if self.take("("):
            found = self.sum()
            if not self.take(")"):
                raise self.fault("a closing bracket is missing")
            return found
        return self.atom()

    def atom(self) -> Expression:
        if self.at == len(self.tokens):
            raise self.fault("a figure is missing")
        kind, token = self.tokens[self.at]
        if kind == "sign":
            raise self.fault("a figure is missing")
        self.at += 1
        return Number(Decimal(token)) if kind == "number" else _name(token)


def _name(token: str) -> Name:
    form, colon, rest = token.rpartition(":")
    now = rest.removesuffix(_LAST)
    key, at, column = now.partition("@")
    return Name(form if colon else None, key, column if at else None, now != rest)


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    if len(text) > _MOST_CHARACTERS:
        raise ExpressionError(f"longer than {_MOST_CHARACTERS} characters")
    at = 0
    end = len(text.rstrip())
    while at < end:
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise ExpressionError(f"not understood: {text[at:].strip()!r} in {text!r}")
        yield found.lastgroup, found[found.lastgroup]
        at = found.end()
