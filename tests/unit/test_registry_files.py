"""The registry's CSV files, as people and spreadsheet programs write them."""

from pathlib import Path

import pytest

from pipeline.adapters.round_definitions.round_files import load_gazetteer, load_senders
from pipeline.domain.errors import ConfigError
from pipeline.domain.senders.province import Sender
from tests.builders.returns import CONFIG, shipped_gazetteer

PROVINCES = CONFIG / "provinces.csv"
HEADER = "address,province_code,name,phone\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_gazetteer():
    found = shipped_gazetteer()
    assert len(found.provinces) == 63
    assert found.by_code("02").weak_abbr == ()
    assert "BK" in found.by_code("06").weak_abbr
    assert found.fact("communes", "02", 2014) == 195
    assert found.fact("communes", "01", 2012) == 577
    assert found.fact("communes", "01", 2011) is None


def test_facts_may_be_absent():
    assert load_gazetteer(PROVINCES, None).facts == {}


@pytest.mark.parametrize(
    ("text", "place", "problem"),
    [
        ("code\n", "line 1", "header"),
        ("", "line 1", "header"),
        ("province_code,year,communes\n99,2013,5\n", "line 2, province_code", "'99'"),
        ("province_code,year,communes\n02,2013,x\n", "line 2, communes", "whole"),
        ("province_code,year,communes\n02,2013,1,2\n", "line 2", "more than 3"),
    ],
)
def test_bad_commune_file(tmp_path, text, place, problem):
    path = write(tmp_path / "communes.csv", text)
    beside = write(tmp_path / "provinces.csv", PROVINCES.read_text(encoding="utf-8"))
    with pytest.raises(ConfigError) as caught:
        load_gazetteer(beside, path)
    assert (caught.value.source, caught.value.key) == (str(path), place)
    assert problem in caught.value.problem


@pytest.mark.parametrize("line", ["02,,,,,,,,,,,", "01,A,,,,,,,,,,\n01,B,,,,,,,,,,", ""])
def test_bad_province_file(tmp_path, line):
    header = PROVINCES.read_text(encoding="utf-8").splitlines()[0]
    path = write(tmp_path / "provinces.csv", f"{header}\n{line}\n")
    with pytest.raises(ConfigError):
        load_gazetteer(path, None)


def test_file_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read"):
        load_gazetteer(tmp_path / "none.csv", None)
    path = tmp_path / "latin.csv"
    path.write_bytes(b"\xe9")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_gazetteer(path, None)


def test_senders(tmp_path):
    text = HEADER + "So@Example.VN,02,Nguyễn A,0219\n\nso@example.vn,02,,\nb@x.vn,1,\n"
    found = load_senders(write(tmp_path / "senders.csv", text), shipped_gazetteer())
    assert found == (
        Sender("so@example.vn", "02", "Nguyễn A", "0219"),
        Sender("b@x.vn", "01"),
    )


def test_senders_saved_by_a_spreadsheet_program(tmp_path):
    text = "\ufeffaddress;province_code;name;phone\r\na@b.vn;02;;\r\n"
    assert load_senders(write(tmp_path / "senders.csv", text)) == (Sender("a@b.vn", "02"),)


def test_senders_may_be_absent(tmp_path):
    assert load_senders(tmp_path / "senders.csv") == ()


@pytest.mark.fault("F-S0-13")
@pytest.mark.parametrize(
    ("line", "place", "problem"),
    [
        ("nobody,02,,", "line 3, address", "not an e-mail"),
        ("a@b,02,,", "line 3, address", "not an e-mail"),
        ("a@b.vn c@d.vn,02,,", "line 3, address", "not an e-mail"),
        ("a..@b..vn,02,,", "line 3, address", "not an e-mail"),
        ("mailer-daemon@b.vn,02,,", "line 3, address", "robot"),
        ("no-reply+x@b.vn,02,,", "line 3, address", "robot"),
        ("KHTC@example.gov.vn,02,,", "line 3, address", "our own"),
        ("a@b.vn,99,,", "line 3, province_code", "'99'"),
        ("a@b.vn,,,", "line 3, province_code", "''"),
        ("ok@b.vn,04,,", "line 3, address", "already speaks for 02"),
    ],
)
def test_bad_sender_names_the_line(tmp_path, line, place, problem):
    path = write(tmp_path / "senders.csv", f"{HEADER}ok@b.vn,02,,\n{line}\n")
    with pytest.raises(ConfigError) as caught:
        load_senders(path, shipped_gazetteer(), own=["khtc@example.gov.vn"])
    assert (caught.value.source, caught.value.key) == (str(path), place)
    assert problem in caught.value.problem
