"""How reporters are written to: by their type, and while it is not known who they are."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.adapters.round_definitions.registry_files import load_gazetteer
from pipeline.domain.errors import ConfigError
from pipeline.domain.senders.addressing import Addressee
from pipeline.domain.senders.province import Gazetteer
from tests.builders.demo_world import CONFIG, shipped_gazetteer

HA_GIANG = shipped_gazetteer().by_code("02")
HANOI = shipped_gazetteer().by_code("01")
WELFARE = replace(HA_GIANG, code="BTXH", name="Cục Bảo trợ xã hội", type="Cục")
CENSUS = replace(HA_GIANG, code="BCD", name="Ban chỉ đạo 135", type="Ban")


def among(*units) -> Gazetteer:
    return replace(shipped_gazetteer(), provinces=units)


@pytest.mark.parametrize(
    ("unit", "called", "office", "authority"),
    [
        (
            HA_GIANG,
            "Sở",
            "Sở Lao động - Thương binh và Xã hội tỉnh Hà Giang",
            "UBND tỉnh Hà Giang",
        ),
        (
            HANOI,
            "Sở",
            "Sở Lao động - Thương binh và Xã hội thành phố Hà Nội",
            "UBND thành phố Hà Nội",
        ),
        (WELFARE, "quý Cục", "Cục Bảo trợ xã hội", "Cục Bảo trợ xã hội"),
        (CENSUS, "quý đơn vị", "Ban chỉ đạo 135", "Ban chỉ đạo 135"),
    ],
)
def test_a_unit_is_written_to_as_its_type_is(unit, called, office, authority) -> None:
    assert among(unit).addressee(unit) == Addressee(called, office, authority)


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ((HA_GIANG, HANOI), Addressee("Sở", "Sở Lao động - Thương binh và Xã hội")),
        ((WELFARE,), Addressee("quý Cục", "Quý Cục")),
        ((WELFARE, HA_GIANG), Addressee("quý đơn vị", "Quý đơn vị")),
        ((CENSUS,), Addressee("quý đơn vị", "Quý đơn vị")),
    ],
)
def test_somebody_unknown_is_what_all_reporters_have_in_common(units, expected) -> None:
    assert among(*units).addressee(None) == expected


def test_without_words_a_unit_is_called_by_its_name() -> None:
    bare = load_gazetteer(CONFIG / "provinces.csv", None)
    assert bare.addressee(HA_GIANG) == Addressee(*["tỉnh Hà Giang"] * 3)
    assert bare.addressee(None) == Addressee()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("Cục,quý Cục,{name},{name}\n", "no line is for any other type"),
        ("Cục,quý Cục,{name},\n", "line 2, authority: is empty"),
        (",đơn vị,{name},{name}\n" * 2, "line 3, type: '' stands twice"),
    ],
)
def test_a_faulty_file_is_named(tmp_path: Path, lines: str, told: str) -> None:
    path = tmp_path / "addressing.csv"
    path.write_text("type,called,office,authority\n" + lines, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        load_gazetteer(CONFIG / "provinces.csv", None, addressing_csv=path)
