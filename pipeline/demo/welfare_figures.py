"""People of merit, poor households and social assistance of a sample return."""

from decimal import Decimal

from pipeline.demo.figure_dice import (
    KH_N,
    KH_N1,
    TENTH,
    TH6T_N1,
    TH_N2,
    UOC_N1,
    FigureDice,
    Series,
    added,
    percentage,
    piece,
    rounded,
    taken_away,
)
from pipeline.demo.province_sizes import ProvinceSize

# recipients in a thousand inhabitants, and how their number moves in a year
_MERIT = {
    "ncc.ltcm": ("0.03", "0.96"),
    "ncc.tkn": ("0.08", "0.97"),
    "ncc.bmvnah": ("0.05", "0.97"),
    "ncc.ahll": ("0.012", "0.99"),
    "ncc.tb": ("6.6", "0.995"),
    "ncc.bb": ("2.0", "0.99"),
    "ncc.cdhh": ("2.9", "1.01"),
    "ncc.tu_day": ("0.6", "1.01"),
    "ncc.giup_do": ("0.25", "0.99"),
}
_AID = {
    "bt.nct": ("16", "1.02"),
    "bt.nkt_dbn": ("2.2", "1.01"),
    "bt.nkt_n": ("5.6", "1.02"),
    "bt.te": ("0.6", "1.01"),
    "bt.khac": ("3.4", "1.01"),
}


def merit(size: ProvinceSize, dice: FigureDice) -> dict[str, Series]:
    """Appendix 4: people of merit, their families, housing and allowances."""
    people = size.population[0]
    rows = {
        key: dice.stock(people * Decimal(rate), yearly=yearly)
        for key, (rate, yearly) in _MERIT.items()
    }
    # the list of the form is not complete, so the whole is a little more than its parts
    others = dice.stock(people * Decimal("0.02"))
    of_merit = added([*rows.values(), others])
    families = dice.stock(people * dice.share("4.0", "6.0"))
    everyone = added([of_merit, families])
    exemplary = Decimal(size.communes[0]) * dice.share("0.88", "0.97")
    return rows | {
        "ncc.tong": everyone,
        "ncc.ncc": of_merit,
        "ncc.than_nhan": families,
        "ncc.dd": dice.flow(of_merit[TH_N2] * dice.share("0.15", "0.25"), least=60),
        "ncc.nha": dice.flow(people * dice.share("0.10", "0.25"), least=30),
        "ncc.nha_sc": dice.flow(people * dice.share("0.12", "0.30"), least=30),
        "ncc.xa": {c: rounded(exemplary) for c in everyone},
        "ncc.kp": dice.flow(everyone[TH_N2] * dice.share("17", "19"), quantum=TENTH),
        "ncc.quy": dice.flow(people * dice.share("2", "4"), least=400, quantum=TENTH),
    }


def poverty(size: ProvinceSize, dice: FigureDice) -> dict[str, Series]:
    """Appendix 5 A: households, the poor among them and how they move."""
    households = _households(size, dice)
    poor, opening, moves = _poor_households(size, dice)
    near = piece(poor, min(size.near_poor_rate / size.poor_rate, Decimal("0.95")))
    highland = size.poor_rate > 12
    minority = dice.share("0.50", "0.88") if highland else dice.share("0.02", "0.10")
    rows = {
        "gn.tong_ho": households,
        "gn.ngheo_dau": opening,
        "gn.ho_ngheo": poor,
        "gn.dtts": piece(poor, minority),
        "gn.tl_ho_ngheo": percentage(poor, households),
        "gn.can_ngheo": near,
        "gn.tl_can_ngheo": percentage(near, households),
        "gn.vay": dice.flow(poor[TH_N2] * dice.share("0.25", "0.45"), least=60),
        "gn.bhyt": {c: rounded(v * Decimal("3.9")) for c, v in poor.items()},
    }
    if size.poor_rate > 25:
        rows["gn.huyen"] = piece(poor, dice.share("0.30", "0.50"))
    return rows | moves


def _households(size: ProvinceSize, dice: FigureDice) -> Series:
    past, now, coming = size.population
    years = {TH_N2: past, KH_N1: now, TH6T_N1: (past + now) / 2, UOC_N1: now, KH_N: coming}
    return {c: rounded(size.households * people / past) for c, people in years.items()}


def _poor_households(
    size: ProvinceSize, dice: FigureDice
) -> tuple[Series, Series, dict[str, Series]]:
    """Poor households at the end and the beginning of each year, and the moves between.

    Opening - left + fell back + new = closing, in the two columns that report a year.
    """
    past = size.poor_households
    estimate = rounded(past * dice.share("0.80", "0.87"))
    poor = {
        TH_N2: past,
        KH_N1: rounded(past * dice.share("0.79", "0.85")),
        TH6T_N1: rounded((past + estimate) / 2),
        UOC_N1: estimate,
        KH_N: rounded(estimate * dice.share("0.78", "0.85")),
    }
    before = rounded(past * dice.share("1.16", "1.24"))
    opening = {TH_N2: before, TH6T_N1: past, UOC_N1: past, KH_N: estimate}
    back = dice.share("0.006", "0.012")
    new = dice.share("0.02", "0.04")
    back_row = {c: max(rounded(opening[c] * back), Decimal(3)) for c in (TH_N2, UOC_N1)}
    new_row = {c: max(rounded(opening[c] * new), Decimal(8)) for c in (TH_N2, UOC_N1)}
    left = {c: opening[c] + back_row[c] + new_row[c] - poor[c] for c in (TH_N2, UOC_N1)}
    return poor, opening, {"gn.thoat": left, "gn.tai": back_row, "gn.ps": new_row}


def social_aid(size: ProvinceSize, dice: FigureDice) -> dict[str, Series]:
    """Appendix 5 B: monthly social assistance by group and by place."""
    people = size.population[0]
    rows = {
        key: dice.stock(people * Decimal(rate), yearly=yearly)
        for key, (rate, yearly) in _AID.items()
    }
    disabled = added([rows["bt.nkt_dbn"], rows["bt.nkt_n"]])
    everyone = added([rows["bt.nct"], disabled, rows["bt.te"], rows["bt.khac"]])
    in_homes = piece(everyone, dice.share("0.015", "0.03"))
    rows |= {
        "bt.tong": everyone,
        "bt.nkt": disabled,
        "bt.cd": taken_away(everyone, in_homes),
        "bt.cs": in_homes,
        "bt.kp": dice.flow(everyone[TH_N2] * dice.share("3.0", "3.6"), quantum=TENTH),
    }
    if size.poor_rate > 12:
        hungry = dice.flow(size.poor_households * dice.share("0.2", "0.4"), least=200)
        rows["bt.thieu_doi"] = hungry
        rows["bt.gao"] = dice.flow(hungry[TH_N2] * Decimal("0.06"), least=12)
    return rows
