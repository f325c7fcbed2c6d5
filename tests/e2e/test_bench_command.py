"""`bench` runs the speed bench of the checkout and gives its page."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.main import FOUND, main
from tests.e2e.program import PROGRAM


def test_bench_measures_beside_plain_scripts(tmp_path: Path) -> None:
    page = tmp_path / "results.md"
    small = ["--only", "side-by-side", "--messages", "2", "--rounds", "1"]
    done = subprocess.run(
        [sys.executable, str(PROGRAM), "bench", *small, "--out", str(page), "--json"],
        capture_output=True,
        text=True,
        check=True,
    )
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["results"].strip() == page.read_text(encoding="utf-8").strip()
    assert "pandas" in page.read_text(encoding="utf-8")


def test_bench_outside_a_checkout_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipeline.cli.benchmark.CHECKOUT", tmp_path)
    assert main(["bench", "--lang", "en"]) == FOUND
    assert str(tmp_path) in capsys.readouterr().err
