"""Provinces and their facts by year."""

import pytest

from pipeline.domain.senders.province import Gazetteer
from tests.builders.returns import shipped_gazetteer

FACTS = {("communes", "02"): {2011: 190, 2013: 195}}


@pytest.mark.parametrize(
    ("year", "figure"), [(2010, None), (2011, 190), (2012, 190), (2013, 195), (2020, 195)]
)
def test_the_newest_figure_that_is_not_younger_counts(year, figure) -> None:
    assert Gazetteer((), FACTS).fact("communes", "02", year) == figure


def test_an_unknown_fact_or_province_has_no_figure() -> None:
    gazetteer = Gazetteer((), FACTS)
    assert gazetteer.fact("communes", "04", 2013) is None
    assert gazetteer.fact("schools", "02", 2013) is None


def test_a_province_is_found_by_its_code_and_named_with_its_type() -> None:
    assert shipped_gazetteer().by_code("02").full_name == "tỉnh Hà Giang"
    assert shipped_gazetteer().by_code("01").full_name == "thành phố Hà Nội"
    with pytest.raises(KeyError):
        shipped_gazetteer().by_code("00")
