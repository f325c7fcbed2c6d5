"""The rules of the house that no other tool keeps: size, doors, documents, honesty."""

import ast
import re
import sys
import tokenize
from collections.abc import Iterator
from configparser import ConfigParser
from dataclasses import fields, is_dataclass
from io import StringIO
from pathlib import Path

import pytest

from pipeline.cli.main import COMMANDS
from pipeline.settings import Settings

ROOT = Path(__file__).parents[2]
MOST_LINES = 300
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")
EXCUSES = frozenset({"skip", "skipif", "xfail", "importorskip", "SkipTest", "sleep"})
VAGUE = re.compile(r"(?:^|_)(?:utils?|helpers?|common|managers?|misc)(?:_|$)")
BROAD = frozenset({"Exception", "BaseException"})
# Declared under another name, or brought along by the library that it belongs to.
DECLARED_AS = {
    "cryptography": "msoffcrypto-tool",
    "pdfminer": "pdfplumber",
    "proxyprotocol": "pymap",
    "pysasl": "pymap",
    "yaml": "pyyaml",
    "python_calamine": "python-calamine",
    "msoffcrypto": "msoffcrypto-tool",
    "oxmsg": "python-oxmsg",
    "unrar": "unrar2-cffi",
}
# The one door of each third party; openpyxl writes in several modules of one adapter
# family, and the demo has doors of its own.
DOORS = {
    "alembic": {"adapters/sql_ledger/"},
    "aiosmtpd": {"demo/servers.py"},
    "cryptography": {"adapters/workbook_reading/encryption.py"},
    "defusedxml": {"adapters/"},
    "holidays": {"adapters/public_holidays.py"},
    "msgspec": {"adapters/json_wire.py"},
    "imapclient": {"adapters/mail/imap_mailbox/"},
    "jinja2": {
        "adapters/letters/letter_sandbox.py",
        "adapters/letters/letter_writer.py",
        "adapters/letters/kept_templates.py",
        "console/web/rendering.py",
    },
    "markupsafe": {"adapters/letters/letter_sandbox.py"},
    "msoffcrypto": {"adapters/workbook_reading/"},
    "olefile": {"adapters/archive_openers/outlook.py"},
    "numpy": {"adapters/matrices/"},
    "openpyxl": {"adapters/", "demo/sample_workbooks.py"},
    "oxmsg": {"adapters/archive_openers/outlook.py"},
    "pandas": {"adapters/national/national_tables.py"},
    "pdfminer": {"adapters/workbook_reading/pdf_document.py"},
    "pdfplumber": {"adapters/workbook_reading/pdf_document.py"},
    "proxyprotocol": {"demo/servers.py"},
    "py7zr": {"adapters/archive_openers/seven_zip.py"},
    "pymap": {"demo/servers.py"},
    "pypdfium2": {"adapters/workbook_reading/pdf_words.py"},
    "pysasl": {"demo/servers.py"},
    "python_calamine": {"adapters/workbook_reading/calamine_values.py"},
    "rapidfuzz": {"domain/", "stages/"},
    "schedule": {"daemon/timetable.py"},
    "sqlalchemy": {"adapters/sql_ledger/"},
    "starlette": {"console/web/"},
    "unrar": {"adapters/archive_openers/rar.py"},
    "uvicorn": {"console/web/serving.py"},
    "xlrd": {"adapters/workbook_reading/"},
    "yaml": {"adapters/round_definitions/round_yaml.py", "settings/yaml_file.py"},
}
COMPANIONS = frozenset({"pdfminer", "proxyprotocol", "pysasl"})
# Loaded by name by SQLAlchemy, zoneinfo and openpyxl.
DRIVERS = frozenset({"psycopg", "tzdata", "defusedxml"})


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> Iterator[str]:
    """The outermost packages that a module imports, anywhere in it."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]


def third_parties() -> dict[str, set[str]]:
    """Third party to the modules of the package that import it."""
    own = sys.stdlib_module_names | {"pipeline", "__future__"}
    found: dict[str, set[str]] = {}
    for path in sources("pipeline"):
        for name in set(imported(path)) - own:
            found.setdefault(name, set()).add(str(path.relative_to(ROOT / "pipeline")))
    return found


def test_no_module_is_too_long_to_read() -> None:
    long = {p: n for p in sources("pipeline") if (n := _lines(p)) > MOST_LINES}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = [p for p in sources("pipeline") if VAGUE.search(p.stem)]
    assert names == []


def test_every_module_says_what_it_is_for() -> None:
    assert [p for p in sources("pipeline") if not ast.get_docstring(tree_of(p))] == []


def test_everything_is_caught_in_two_places_only() -> None:
    broad = [
        str(path.relative_to(ROOT / "pipeline"))
        for path in sources("pipeline")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ExceptHandler) and _is_broad(node.type)
    ]
    assert broad == ["adapters/worker/worker_child.py", "jobs/process.py"]


def _is_broad(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(map(_is_broad, caught.elts))
    return caught is None or (isinstance(caught, ast.Name) and caught.id in BROAD)


def test_each_third_party_has_its_door() -> None:
    strays = {
        (name, module)
        for name, modules in third_parties().items()
        for module in modules
        if not any(module.startswith(door) for door in DOORS.get(name, ()))
    }
    assert strays == set()


def test_what_is_imported_is_declared_and_what_is_declared_is_imported() -> None:
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    listed = "\n".join(
        (setup["options"]["install_requires"], setup["options.extras_require"]["demo"])
    )
    declared = set(re.findall(r"^[\w-]+", listed, re.MULTILINE)) - DRIVERS
    imported = {DECLARED_AS.get(name, name) for name in third_parties()} - DRIVERS
    assert imported == declared


def test_the_import_contracts_guard_every_heavy_library() -> None:
    """`make check` runs import-linter; its list must not lag behind the doors here."""
    setup = ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    guarded = set(setup["importlinter:contract:one-door"]["forbidden_modules"].split())
    small = {"rapidfuzz", "defusedxml", "cryptography", *COMPANIONS}
    assert set(DOORS) - guarded <= small


def comments(path: Path) -> Iterator[str]:
    source = StringIO(path.read_text(encoding="utf-8"))
    for token in tokenize.generate_tokens(source.readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_nothing_is_left_to_do_later() -> None:
    ours = Path(__file__)
    unfinished = [
        (path, text)
        for folder in ("pipeline", "tests", "bench")
        for path in sources(folder)
        if path != ours
        for text in comments(path)
        if UNFINISHED.search(text)
    ]
    assert unfinished == []


def test_no_test_is_skipped_or_sleeps() -> None:
    excuses = [
        (str(path.relative_to(ROOT)), node.lineno)
        for path in sources("tests")
        if path.name.startswith("test_")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute) and node.attr in EXCUSES
    ]
    assert excuses == []


@pytest.fixture(scope="module")
def operations() -> str:
    return (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def keys(kind: type = Settings, prefix: str = "") -> Iterator[str]:
    """Every key of the configuration, dotted; a secret is none."""
    for field in fields(kind):
        name = f"{prefix}{field.name}"
        if is_dataclass(field.type) and isinstance(field.type, type):
            yield from keys(field.type, f"{name}.")
        elif field.name not in ("source", "registry", "password"):
            yield name


def test_every_key_is_documented_once(operations) -> None:
    _, _, section = operations.partition("\n## Configuration\n")
    table, _, _ = section.partition("\n## ")
    documented = re.findall(r"^\| `([\w.]+)` \|", table, re.MULTILINE)
    assert sorted(documented) == sorted(keys())


def test_every_key_stands_in_the_sample_configuration() -> None:
    sample = (ROOT / "config" / "daemon.example.yaml").read_text(encoding="utf-8")
    wanting = [
        key
        for key in keys()
        if key.rpartition(".")[2] != "password_command"
        and not re.search(rf"\b{key.rpartition('.')[2]}:", sample)
    ]
    assert wanting == []


def test_every_command_is_documented(operations) -> None:
    rows = set(re.findall(r"^\| `([a-z]+)\b", operations, re.MULTILINE))
    assert set(COMMANDS) - rows == set()
    assert "INGEST_MAILBOX_PASSWORD" in operations


def test_no_path_of_a_builders_machine_is_committed() -> None:
    machine = re.compile("/" + r"(?:work|tmp/v|root)/")
    told = [
        path
        for folder in ("pipeline", "tests", "bench", "docs", "config", "templates")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".yaml", ".json", ".j2", ".toml", ".csv"}
        and machine.search(path.read_text(encoding="utf-8"))
    ]
    assert told == []
