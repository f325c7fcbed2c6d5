"""Which tests carry the name of which fault or threat, and the pages that list them.

`python -m tests.house.fault_marks` writes the tests of both pages anew.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "docs" / "faults.md", ROOT / "docs" / "threats.md")
_ROW = re.compile(r"\| (?P<id>[FT]-[A-Z0-9-]+) \|(?P<words>.*)\|(?P<tests>[^|]*)\|")


def marked() -> Mapping[str, list[str]]:
    """The tests that carry `@pytest.mark.fault(...)`, by the names in it."""
    found = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                place = f"{path.relative_to(ROOT / 'tests')} `{node.name}`"
                for name in _names(node):
                    found[name].append(place)
    return found


def _names(node: ast.FunctionDef) -> Iterator[str]:
    for mark in node.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.fault":
            yield from (str(ast.literal_eval(name)) for name in mark.args)


def rows() -> dict[str, tuple[str, str]]:
    """What the pages say of each fault: its words, and its tests."""
    lines = [line for page in PAGES for line in page.read_text("utf-8").splitlines()]
    found = map(_ROW.fullmatch, lines)
    return {row["id"]: (row["words"], row["tests"].strip()) for row in found if row}


def told(name: str, marks: Mapping[str, list[str]]) -> str:
    """The tests of a fault as the page names them."""
    return "<br>".join(marks.get(name, ["none"]))


def main() -> None:
    """Write the pages."""
    marks = marked()

    def anew(row: re.Match[str]) -> str:
        return f"| {row['id']} |{row['words']}| {told(row['id'], marks)} |"

    for page in PAGES:
        lines = page.read_text(encoding="utf-8").splitlines()
        page.write_text("\n".join(_ROW.sub(anew, line) for line in lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
