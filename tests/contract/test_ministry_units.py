"""Reporting units that are no provinces: the ministry's own, as in the letter of 2009."""

from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.console.web.rendering import Renderer
from tests.builders.demo_world import CONFIG, shipped_gazetteer
from tests.builders.mails import figures, letter, narrative, workbooks
from tests.contract.test_commands import Place

VOCATIONAL, WELFARE = "khtc@tcdn.example.vn", "khtc@btxh.example.vn"
UNITS = """\
code,name_vi,name_en,type,region6,region8,unit2025_code,unit2025,capital,domains,aliases,weak_abbr
TCDN,Tổng cục Dạy nghề,Vocational Training,Tổng cục,Bộ,Bộ,TCDN,Tổng cục Dạy nghề,,,,
BTXH,Cục Bảo trợ xã hội,Social Protection,Cục,Bộ,Bộ,BTXH,Cục Bảo trợ xã hội,,,,
"""
MAIL = letter(
    (*workbooks(("PL01", "PL02"), name="Bieu TCDN.xlsx"), narrative()),
    sender=VOCATIONAL,
    sender_name="Tổng cục Dạy nghề",
    subject="Tổng cục Dạy nghề gửi báo cáo kế hoạch 2014",
    text="Kính gửi Vụ Kế hoạch - Tài chính.\nTổng cục xin gửi báo cáo.",
)


@pytest.fixture
def place(tmp_path, capsys, monkeypatch) -> Place:
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    made = Place(tmp_path, capsys)
    (made.folder / "provinces.csv").write_text(UNITS, encoding="utf-8")
    (made.folder / "senders.csv").write_text(
        "address,province_code,name,phone\n"
        f"{VOCATIONAL},TCDN,Trần Văn An,04.3974.0000\n{WELFARE},BTXH,,\n",
        encoding="utf-8",
    )
    return made


def test_two_units_of_the_ministry_report_as_provinces_do(place) -> None:
    (told,) = place.json("ingest", place.mail("a.eml", MAIL))[1]
    assert (told["state"], told["province"]) == ("filed", "TCDN")
    assert told["identity"]["strength"] == "registered"
    rows = place.json("status")[1]
    assert len(rows) == 2 * 9
    accepted = [
        (r["province_code"], r["form_id"]) for r in rows if r["state"] == "accepted"
    ]
    assert accepted == [("TCDN", "PL01"), ("TCDN", "PL02")]
    (sheet,) = place.json("status", "--contacts", "--silent")[1]
    assert (sheet["name"], sheet["contacts"][0]["address"]) == (
        "Cục Bảo trợ xã hội",
        WELFARE,
    )
    (run,) = place.json("consolidate")[1]
    assert (run["reported"], run["expected"]) == (1, 2)
    (total,) = place.json("explain", "PL02", "vl.tong", "kh_n")[1]
    assert Decimal(total["value"]) == figures()["PL02", "vl.tong", "kh_n"]
    assert [gap["province"] for gap in total["missing"]] == ["BTXH"]
    (report,) = place.json("remind", "-n", "--step", "d+1")[1]
    assert {r["province"] for r in report["reminders"]} == {"TCDN", "BTXH"}
    (touch, *_) = place.json("show", "1", "--totals")[1][0]["totals"]
    assert [area["area"] for area in touch["areas"]][1:] == [
        "Bộ",
        "Bộ",
        "Tổng cục Dạy nghề",
    ]


def test_a_typing_error_in_facts_beside_the_units_is_told(place) -> None:
    facts = place.folder / "communes.csv"
    facts.write_text("province_code,year,communes\nTCDM,2013,1\n")
    code, _, said = place.run("status")
    assert (code, "'TCDM' is not a code of provinces.csv" in said) == (78, True)


def test_words_are_chosen_by_who_reports() -> None:
    cities = shipped_gazetteer()
    assert cities.of_provinces
    bureau = replace(cities.by_code("02"), name="Cục Bảo trợ xã hội", type="Cục")
    assert not replace(cities, provinces=(*cities.provinces, bureau)).of_provinces
    folder = CONFIG.parent / "templates" / "console"
    (told, other) = (Renderer(folder, units=units) for units in (False, True))
    said = [each.say("vi", "decide.assign") for each in (told, other)]
    assert said == ["Gán tỉnh", "Gán đơn vị"]
