"""What a fault says in Vietnamese: every sentence that is raised has its words."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.domain.writing.fault_words import FaultBook

ROOT = Path(__file__).parents[2]
SENTENCES: dict[str, str] = json.loads(
    (ROOT / "templates/faults/vi.json").read_text("utf-8")
)
BOOK = FaultBook(SENTENCES)
RAISED = {
    *("PermanentError", "LimitError", "TransientError", "MissingFolderError"),
    *("RefusedLoginError", "ThrottledError", "NoRoomError", "OvertakenError"),
}
CONFIGURED = (
    *("settings", "cli", "ports", "daemon", "assembly", "adapters/sql_ledger"),
    "adapters/round_definitions",
)
# what the files of a round are refused with: a method, and the sentences it is handed
REFUSED = ("adapters/round_definitions", "domain/plan", "stages/lint_round")
# the demo is no office's tool, and the two last only put a fault after a name
NOT_SPOKEN = {
    "the demo's own servers failed: {}",
    "{}",
    "{}{}",
    "{}: {}",
    "{}: {}: {}",
    "n, n-1 ...",
}


def sentence(node: ast.expr) -> str | None:
    """A literal as the book writes it; None for what is put together elsewhere."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}"
            for part in node.values
        )
    return None


def refused(node: ast.AST) -> Iterator[ast.expr]:
    """What the files of a round are refused with, and what was wanted in their place."""
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        if node.targets[0].id == "problem":
            yield node.value
    elif isinstance(node, ast.Call):
        named = node.func
        name = named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", "")
        if name in ("parsed", "LintProblem"):
            yield from node.args[2:3]
        elif name == "fault":
            yield from node.args[-1:]


def raised() -> Iterator[str]:
    for path in sorted((ROOT / "pipeline").rglob("*.py")):
        place = path.relative_to(ROOT / "pipeline").as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if place.startswith(REFUSED):
                yield from filter(None, map(sentence, refused(node)))
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            told = node.args[:1] if node.func.id in RAISED else []
            if node.func.id == "ConfigError" and place.startswith(CONFIGURED):
                told = node.args[2:3]
            yield from (said for said in map(sentence, told) if said)


def test_every_fault_that_is_raised_has_its_words() -> None:
    every = set(raised()) - NOT_SPOKEN
    assert len(every) > 120
    filled = [said.format(*_names(said)) for said in sorted(every)]
    assert [said for said in filled if BOOK.worded(said) == said] == []


def _names(said: str) -> list[str]:
    return [f"<{number}>" for number in range(said.count("{}"))]


@pytest.mark.parametrize("english", SENTENCES)
def test_each_sentence_keeps_its_values_and_its_commands(english: str) -> None:
    told = BOOK.worded(english.format(*_names(english)))
    assert all(name in told for name in _names(english))
    for command in re.findall(r"`[a-z]+", english):
        assert command in told


@pytest.mark.parametrize(
    ("english", "vietnamese"),
    [
        ("9: no such message; `log` lists them", "9: không có thư này; xem số ở `log`"),
        (
            "/srv/x: No such file or directory",
            "/srv/x: không có tệp hoặc thư mục này",
        ),
        (
            "h.csv: nothing was imported; line 3: no province has the code '99'",
            "h.csv: không nhập số liệu nào; dòng 3: không có đơn vị nào mang mã '99'",
        ),
        (
            "IMAP a:1: connecting: [Errno 111] Connection refused",
            "IMAP a:1: kết nối: máy chủ từ chối kết nối (mã lỗi 111)",
        ),
        (
            (
                "IMAP a:1: connecting: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify "
                "failed: Hostname mismatch, certificate is not valid for 'a'. "
                "(_ssl.c:1006); the certificate is not trusted, nothing was sent "
                "(mailbox.ca_file)"
            ),
            (
                "IMAP a:1: kết nối: chứng thư số không phải của 'a' (_ssl.c:1006); "
                "chứng thư số không được tin cậy, không gửi gì (xem mailbox.host, "
                "mailbox.ca_file)"
            ),
        ),
        ("something else went wrong", "something else went wrong"),
        ("", ""),
    ],
)
def test_values_that_are_sentences_are_worded_too(english: str, vietnamese: str) -> None:
    assert BOOK.worded(english) == vietnamese


def test_of_two_sentences_that_fit_the_fuller_one_is_meant() -> None:
    book = FaultBook({"{}: {}": "A {} {}", "{}: no {}": "B {} {}", "x{}": "C"})
    assert book.worded("a: no b") == "B a b"
    assert book.worded("a: b") == "A a b"
    assert book.worded("ab") == "ab"
