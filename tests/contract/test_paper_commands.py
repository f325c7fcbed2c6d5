"""What comes beside the forms: the report's words, the scan, the signed paper."""

import json

import pytest

from pipeline.demo.mail_format import NamedFile
from pipeline.demo.sample_files import write_narrative, write_scan
from tests.builders.mails import letter, workbooks
from tests.contract.test_commands import Place

REPORT = write_narrative(
    [
        "BÁO CÁO",
        "I. Tình hình thực hiện năm 2013",
        "Trạm y tế xã Lũng Cú xuống cấp, người nghèo khó tiếp cận.",
        "II. Kiến nghị",
        "Đề nghị Bộ bố trí thêm kinh phí dạy nghề cho lao động nông thôn.",
    ]
)
MAIL = letter(
    (
        *workbooks(("PL01",)),
        NamedFile("Thuyet minh.docx", REPORT),
        NamedFile("Ban scan co dau.pdf", write_scan("seal")),
    )
)


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    made = Place(tmp_path, capsys)
    made.run("ingest", made.mail("a.eml", MAIL))
    return made


def of_ha_giang(place: Place) -> tuple[object, ...]:
    row = place.json("status", "--province", "02", "--form", "PL01")[1][0]
    return row["narrative"], row["scan"], row["paper"]


def test_report_and_scan_are_tracked_and_the_paper_is_ticked_off(place) -> None:
    assert of_ha_giang(place) == (True, True, None)
    assert "RS·" in place.run("status", "--province", "02")[1]
    tick = ("paper", "received", "Hà Giang", "--why", "by post", "--by", "lan")
    assert place.json(*tick, "--on", "2013-07-16", "-n")[1][0]["changed"] is True
    assert of_ha_giang(place)[2] is None
    (answer,) = place.json(*tick, "--on", "2013-07-16")[1]
    assert (answer["paper"], answer["changed"]) == ("2013-07-16", True)
    assert place.json(*tick, "--on", "2013-07-16")[1][0]["changed"] is False
    assert of_ha_giang(place) == (True, True, "2013-07-16")
    assert place.json("show", "1")[1][0]["paper"] == "2013-07-16"
    assert "came on 2013-07-16" in place.run("show", "1")[1]
    assert "RSP" in place.run("status", "--province", "02")[1]
    listed = {row["province"]: row for row in place.json("paper", "list")[1]}
    assert (listed["02"]["paper"], listed["01"]["paper"]) == ("2013-07-16", None)
    place.run(*tick, "--withdraw")
    assert of_ha_giang(place)[2] is None
    assert place.run("audit")[0] == 0


@pytest.mark.parametrize("day", ["yesterday", "2999-01-01"])
def test_a_day_that_cannot_be_meant_is_refused(place, day) -> None:
    code, _, said = place.run("paper", "received", "02", "--on", day, "--why", "x")
    assert (code, day in said) == (1, True)


def test_the_words_of_the_report_are_found_and_its_recommendation_is_registered(
    place,
) -> None:
    for words in ("Lũng Cú xuống cấp", "lung cu xuong cap"):
        assert [row["id"] for row in place.json("log", "--search", words)[1]] == [1]
    assert place.json("log", "--search", "Mèo Vạc")[1] == []
    (entry,) = place.json("questions", "list")[1]
    assert "kinh phí dạy nghề" in json.dumps(entry, ensure_ascii=False)
    assert (entry["kind"], entry["province"]) == ("recommendation", "02")
