"""Compiled templates and proofs are kept, and hold for what they were made of only."""

import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import Environment

from pipeline.adapters.letters.kept_templates import Proofs
from pipeline.adapters.letters.letter_writer import JinjaLetterWriter
from pipeline.assembly.bench import make_bench
from pipeline.assembly.plan import Plan, read_plan
from pipeline.domain.errors import ConfigError
from pipeline.domain.letters.letter import LetterContext
from pipeline.settings import load_settings
from pipeline.stages.compose import compose
from tests.builders.decisions import decision, envelope
from tests.builders.returns import shipped_gazetteer, shipped_round
from tests.builders.workshop import HEAD, TEMPLATES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr("pipeline.assembly.bench.TEMPLATES", tmp_path)
    letters = tmp_path / "letters"
    shutil.copytree(TEMPLATES, letters, ignore=shutil.ignore_patterns("__pycache__"))
    return letters


def kept(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in (folder / "__pycache__").iterdir()}


def words(folder: Path) -> str:
    reader, now = shipped_gazetteer().addressee(None), datetime(2013, 7, 9, tzinfo=UTC)
    context = LetterContext("khtc", shipped_round(), None, reader, now)
    (draft,) = compose(decision(), envelope(), context)
    texts = JinjaLetterWriter(folder, HEAD).render(draft)
    return texts.text + texts.html


def test_what_was_compiled_is_not_compiled_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = words(folder)
    compiled = kept(folder)

    def compile_again(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr(Environment, "compile", compile_again)
    assert words(folder) == first
    assert kept(folder) == compiled


def test_a_changed_template_says_what_it_says_now(folder: Path) -> None:
    assert "Trân trọng." in words(folder)
    base = folder / "base.txt.j2"
    base.write_text(base.read_text().replace("Trân trọng.", "Kính thư."))
    assert "Kính thư." in words(folder)


def test_what_is_kept_damaged_or_cannot_be_kept_is_made_anew(folder: Path) -> None:
    first = words(folder)
    for number, (path, data) in enumerate(kept(folder).items()):
        path.write_bytes(data[:9] if number % 2 else data[:-1] + bytes([data[-1] ^ 1]))
    assert words(folder) == first
    shutil.rmtree(folder / "__pycache__")
    (folder / "__pycache__").write_text("no folder")
    assert words(folder) == first


def test_nothing_is_kept_where_python_keeps_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    first = words(folder)
    assert not (folder / "__pycache__").exists()

    def compile_again(*_: object, **__: object) -> None:
        raise AssertionError("compiled again")

    with monkeypatch.context() as patch:
        patch.setattr(Environment, "compile", compile_again)
        assert words(folder) == first, "the process keeps it"
    base = folder / "base.txt.j2"
    base.write_text(base.read_text().replace("Trân trọng.", "Kính thư."))
    assert "Kính thư." in words(folder)


def test_a_proof_holds_on_its_own_grounds(folder: Path) -> None:
    proofs = Proofs(folder)
    assert not proofs.holds("2014", "a")
    proofs.note("2014", "a")
    assert Proofs(folder).holds("2014", "a")
    assert not proofs.holds("2014", "b")
    assert not proofs.holds("2015", "a")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    settings = load_settings(None, {"INGEST_DATA_DIR": str(tmp_path / "data")})
    return read_plan(settings)


@pytest.mark.fault("F-S0-12")
def test_samples_are_rendered_once_and_again_when_a_template_was_changed(
    folder: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks = []
    check = JinjaLetterWriter.check
    monkeypatch.setattr(
        JinjaLetterWriter, "check", lambda *given: checks.append(1) or check(*given)
    )
    for _ in range(2):
        make_bench(plan)
    assert checks == [1]
    base = folder / "base.txt.j2"
    base.write_text(base.read_text() + "{{ v.no_such_value }}")
    with pytest.raises(ConfigError, match="no_such_value"):
        make_bench(plan)
    with pytest.raises(ConfigError, match="no_such_value"):
        make_bench(plan)
