"""Looking things up in a round."""

import pytest

from pipeline.domain.plan.plan_round import fill_years, split_reference
from tests.builders.returns import shipped_round


def test_parts_of_a_round_by_key():
    plan = shipped_round()
    form = plan.form("PL05")
    assert form.indicator("gn.thoat").label == "- Số hộ thoát nghèo"
    assert form.column("kh_n").title == "Kế hoạch năm 2014"
    assert plan.unit("Tỷ đồng").base == "Triệu đồng"
    assert [plan.year_of(form.column(key)) for key in ("th_n2", "kh_n", "stt")] == [
        2012,
        2014,
        2014,
    ]


@pytest.mark.parametrize(
    "look",
    [
        lambda plan: plan.form("PL10"),
        lambda plan: plan.unit("Kg"),
        lambda plan: plan.form("PL01").indicator("x"),
        lambda plan: plan.form("PL01").column("x"),
    ],
)
def test_what_is_not_there_is_a_key_error(look):
    with pytest.raises(KeyError):
        look(shipped_round())


def test_required_cells():
    form = shipped_round().form("PL02")
    half = form.column("th6t_n1")
    assert form.indicator("vl.tong").requires(half)
    assert not form.indicator("vl.dan_so").requires(half)
    assert not form.indicator("vl.quy").requires(form.column("kh_n"))
    assert not form.indicator("vl.tong").requires(form.column("ghi_chu"))


def test_years_are_filled_in():
    assert fill_years("TH {n-2}, KH {n}", 2014) == "TH 2012, KH 2014"


def test_references():
    assert split_reference("PL05:gn.thoat", "PL01") == ("PL05", "gn.thoat")
    assert split_reference("th.te", "PL01") == ("PL01", "th.te")
