"""Every regular expression of the program, with the methods it is called by."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Of the compiled ones; and of the functions of `re`, with the place of their flags.
METHODS = {
    "search": 2,
    "match": 2,
    "fullmatch": 2,
    "findall": 2,
    "finditer": 2,
    "split": 3,
    "sub": 4,
}


@dataclass(frozen=True, slots=True)
class ProgramPattern:
    where: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuiltPattern:
    """One that is put together while the program runs."""

    where: str
    source: str


@cache
def program_patterns() -> tuple[ProgramPattern | BuiltPattern, ...]:
    return tuple(_patterns())


def _patterns() -> Iterator[ProgramPattern | BuiltPattern]:
    trees = {
        path: ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "pipeline").rglob("*.py"))
        if "migrations" not in path.parts and path.name != "__main__.py"
    }
    everywhere = _called(trees.values())
    for path, tree in trees.items():
        place = path.relative_to(ROOT).with_suffix("")
        here = _called([tree])
        module = vars(import_module(".".join(place.parts)))
        for name, value in module.items():
            methods = sorted(here[name] or everywhere[name] or {"search"})
            for pattern in () if name.startswith("__") else _inside(value):
                yield ProgramPattern(f"{place} {name}", pattern, tuple(methods))
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef):
                yield from _in_function(str(place), function, module)


def _called(trees: Any) -> Mapping[str, set[str]]:
    called: dict[str, set[str]] = defaultdict(set)
    for node in (node for tree in trees for node in ast.walk(tree)):
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.attr in METHODS
        ):
            called[node.value.id].add(node.attr)
    return called


def _inside(value: object) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        yield from _inside(tuple(value.values()))
    elif isinstance(value, tuple | list | frozenset | set):
        for one in value:
            yield from _inside(one)


def _in_function(
    place: str, function: ast.FunctionDef, module: Mapping[str, object]
) -> Iterator[ProgramPattern | BuiltPattern]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        method = node.func.attr
        if ast.unparse(node.func.value) != "re" or method not in {*METHODS, "compile"}:
            continue
        where = f"{place} {function.name}"
        flags = [word for word in node.keywords if word.arg == "flags"]
        more = node.args[1:] if method == "compile" else node.args[METHODS[method] :]
        call = ast.Call(
            ast.parse("re.compile", mode="eval").body, [node.args[0], *more], flags
        )
        whole = ast.fix_missing_locations(ast.Expression(call))
        try:
            pattern = eval(compile(whole, where, "eval"), {**module, "re": re})
        except NameError:  # it hangs on a value of the function
            yield BuiltPattern(where, ast.unparse(node.args[0]))
        else:
            known = ("search",) if method == "compile" else (method,)
            yield ProgramPattern(where, pattern, known)
