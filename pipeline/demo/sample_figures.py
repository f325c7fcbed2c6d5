"""A plausible, fully consistent return of one province."""

from collections.abc import Mapping
from decimal import Decimal

from pipeline.demo.figure_dice import (
    HUNDREDTH,
    KH_N,
    KH_N1,
    TENTH,
    TH6T_N1,
    TH_N2,
    UOC_N1,
    FigureDice,
    Series,
    added,
    piece,
    rounded,
    taken_away,
)
from pipeline.demo.programme_figures import child_care, equality, money, social_evils
from pipeline.demo.province_sizes import ProvinceSize
from pipeline.demo.welfare_figures import merit, poverty, social_aid
from pipeline.domain.plan.plan_round import PlanRound

Figures = dict[tuple[str, str, str], Decimal]
"""Figures by form, indicator and value column."""

Rows = dict[str, Series]


def sample_figures(
    plan_round: PlanRound,
    province_code: str,
    sizes: Mapping[str, ProvinceSize],
    seed: int,
) -> Figures:
    """Every figure that a careful province would send, the same for the same seed.

    All rules of the round hold: sums, rates to two decimals, half-years, figures that
    stand in two forms. Cells that need not be filled are mostly left out. KeyError for a
    province without a size.
    """
    size = sizes[province_code]
    dice = FigureDice(f"figures/{seed}/{province_code}")
    blank = _blank_rows(plan_round, dice)
    labour = _labour(size, dice)
    forms: dict[str, Rows] = {
        "PL02": labour | _jobs(size, dice) | _unemployed(size, dice),
        "PL03": _training(size, dice, blank),
        "PL04": merit(size, dice),
        "PL05": poverty(size, dice) | social_aid(size, dice),
        "PL06": child_care(size, dice, blank),
        "PL07": equality(size, dice),
        "PL08": social_evils(size, dice),
        "PL09": money(size, dice, blank),
    }
    forms["PL01"] = _summary(forms, size, dice)
    return _kept(plan_round, forms, blank, fills_half_year=dice.chance(15))


def _blank_rows(plan_round: PlanRound, dice: FigureDice) -> frozenset[str]:
    """Optional rows that this province leaves empty.

    The breakdown of jobs is left out as a whole: half of it adds up to nothing.
    """
    optional = [i.key for form in plan_round.forms for i in form.indicators if i.optional]
    jobs = {"vl.pt_ktxh", "vl.quy", "vl.ngoai_tinh", "vl.hcsn"}
    blank = {key for key in optional if key not in jobs and dice.chance(20)}
    return frozenset(blank | jobs if dice.chance(20) else blank)


def _kept(
    plan_round: PlanRound,
    forms: Mapping[str, Rows],
    blank: frozenset[str],
    *,
    fills_half_year: bool,
) -> Figures:
    """The figures of the cells that exist in the round and that the province fills."""
    figures: Figures = {}
    for form in plan_round.forms:
        columns = {column.key for column in form.value_columns}
        for indicator in form.indicators:
            if indicator.key in blank:
                continue
            for column, value in forms.get(form.id, {}).get(indicator.key, {}).items():
                skipped = column == TH6T_N1 and not fills_half_year
                if column in columns and not (
                    skipped and column in indicator.optional_columns
                ):
                    figures[form.id, indicator.key, column] = value
    return figures


def _labour(size: ProvinceSize, dice: FigureDice) -> Rows:
    """Population and labour force, in thousand persons with one decimal."""
    people, workers = _published(size.population, dice), _published(size.labour, dice)
    urban_share = size.urban_share * dice.share("0.92", "1.00")
    urban = {c: rounded(v * urban_share, TENTH) for c, v in workers.items()}
    return {
        "vl.dan_so": people,
        "vl.llld": workers,
        "vl.llld_tt": urban,
        "vl.llld_nt": taken_away(workers, urban),
    }


def _published(years: tuple[Decimal, Decimal, Decimal], dice: FigureDice) -> Series:
    """A published stock of 2012 to 2014 spread over the columns of the plan."""
    past, now, coming = years
    return {
        TH_N2: rounded(past, TENTH),
        KH_N1: rounded(now * dice.share("0.997", "1.004"), TENTH),
        TH6T_N1: rounded((past + now) / 2, TENTH),
        UOC_N1: rounded(now, TENTH),
        KH_N: rounded(coming, TENTH),
    }


def _jobs(size: ProvinceSize, dice: FigureDice) -> Rows:
    """Jobs created: at home by channel, and abroad."""
    workers = size.labour[0] * 1000
    economy = dice.flow(workers * dice.share("0.017", "0.022"))
    fund = dice.flow(workers * dice.share("0.0025", "0.0035"))
    elsewhere = dice.flow(workers * dice.share("0.003", "0.006"))
    offices = dice.flow(workers * dice.share("0.0006", "0.001"), least=40)
    abroad = dice.flow(workers * dice.share("0.0008", "0.0024"), least=60)
    at_home = added([economy, fund, elsewhere, offices])
    return {
        "vl.tong": added([at_home, abroad]),
        "vl.trong_nuoc": at_home,
        "vl.pt_ktxh": economy,
        "vl.quy": fund,
        "vl.ngoai_tinh": elsewhere,
        "vl.hcsn": offices,
        "vl.xkld": abroad,
        "vl.xkld_nu": piece(abroad, dice.share("0.30", "0.42")),
        "vl.xkld_ngheo": piece(abroad, dice.share("0.12", "0.20")),
    }


def _unemployed(size: ProvinceSize, dice: FigureDice) -> Rows:
    """The labour market: unemployment, advice, insurance, foreign workers."""
    workers = size.labour[0] * 1000
    urban = workers * size.urban_share
    registered = dice.flow(urban * dice.share("0.02", "0.034"), least=200)
    foreign = dice.stock(urban * dice.share("0.002", "0.005"), least=24, yearly="1.03")
    rural = size.rural[1] / size.population[1]
    return {
        "vl.that_nghiep_tt": dice.rate(
            size.unemployment[0] * dice.share("0.85", "1.15"), "-0.05"
        ),
        "vl.tl_nong_nghiep": dice.rate(rural * dice.share("55", "70") + 4, "-1.2"),
        "vl.gtvl": dice.flow(workers * dice.share("0.02", "0.05"), least=500),
        "vl.san": dice.flow(dice.share("12", "60"), least=12),
        "vl.bhtn_dk": registered,
        "vl.bhtn_huong": piece(registered, dice.share("0.80", "0.95")),
        "vl.bhtn_hn": piece(registered, dice.share("0.06", "0.10")),
        "vl.ldnn": foreign,
        "vl.ldnn_gp": piece(foreign, dice.share("0.60", "0.92")),
    }


def _training(size: ProvinceSize, dice: FigureDice, blank: frozenset[str]) -> Rows:
    """Vocational training: schools, teachers, intake by level, outcome."""
    schools = {
        "dn.cdn": _schools(size, dice, per_million=1.8),
        "dn.tcn": _schools(size, dice, per_million=3.4),
        "dn.tt": _schools(size, dice, per_million=9.6),
        "dn.khac": _schools(size, dice, per_million=6.0),
    }
    workers = size.labour[0] * 1000
    college = dice.flow(workers * dice.share("0.001", "0.003"), least=40)
    secondary = dice.flow(workers * dice.share("0.002", "0.004"), least=60)
    short = dice.flow(workers * dice.share("0.022", "0.032"), least=400)
    intake = added([college, secondary, short])
    rural = piece(short, dice.share("0.25", "0.40"))
    farming = piece(rural, dice.share("0.40", "0.60"))
    return schools | {
        "dn.co_so": added(row for key, row in schools.items() if key not in blank),
        "dn.gv": dice.stock(size.population[0] * dice.share("0.3", "0.6"), yearly="1.03"),
        "dn.tuyen_moi": intake,
        "dn.tm_cdn": college,
        "dn.tm_tcn": secondary,
        "dn.tm_scn": short,
        "dn.ldnt": rural,
        "dn.ldnt_nn": farming,
        "dn.ldnt_pnn": taken_away(rural, farming),
        "dn.tot_nghiep": piece(intake, dice.share("0.72", "0.88")),
        "dn.co_vl": dice.rate(dice.share("70", "80"), "0.8"),
        "dn.co_mat": piece(intake, dice.share("0.5", "0.8")),
        "dn.tl_dtn": dice.rate(_trained(size) * Decimal("0.68"), "1.6"),
    }


def _trained(size: ProvinceSize) -> Decimal:
    """The share of trained workers as the ministry counts it, without certificates too."""
    return min(size.trained[0] * Decimal("1.2") + 22, Decimal(68))


def _schools(size: ProvinceSize, dice: FigureDice, per_million: float) -> Series:
    """A small count that hardly changes; a province may have none of a kind."""
    count = int(size.population[0] / 1000 * Decimal(str(per_million)) + Decimal("0.4"))
    opened = 1 if count > 1 and dice.chance(40) else 0
    steps = {TH_N2: 0, KH_N1: opened, TH6T_N1: 0, UOC_N1: opened, KH_N: opened}
    return {column: Decimal(count + step) for column, step in steps.items()}


def _summary(forms: Mapping[str, Rows], size: ProvinceSize, dice: FigureDice) -> Rows:
    """Appendix 1, drawn out of the others."""
    poor = forms["PL05"]["gn.tl_ho_ngheo"]
    vocational = forms["PL03"]["dn.tl_dtn"]
    other_training = rounded(_trained(size) * dice.share("0.30", "0.36"), HUNDREDTH)
    return {
        "th.viec_lam": forms["PL02"]["vl.tong"],
        "th.xkld": forms["PL02"]["vl.xkld"],
        "th.that_nghiep": forms["PL02"]["vl.that_nghiep_tt"],
        "th.tuyen_sinh": forms["PL03"]["dn.tuyen_moi"],
        "th.qua_dt": {c: v + other_training for c, v in vocational.items()},
        "th.qua_dtn": vocational,
        "th.hngheo": forms["PL05"]["gn.ho_ngheo"],
        "th.tlhn": poor,
        "th.giam_tlhn": _fall(poor, dice),
        "th.ncc": forms["PL04"]["ncc.tong"],
        "th.btxh": forms["PL05"]["bt.tong"],
        "th.te": forms["PL06"]["te.tl_cs"],
        "th.xa_te": forms["PL06"]["te.tl_xa"],
        "th.cai": forms["PL08"]["tn.cai"],
    }


def _fall(poor: Series, dice: FigureDice) -> Series:
    """By how many points poverty falls; the year before 2012 is in no form."""
    this_year = poor[TH_N2] - poor[UOC_N1]
    return {
        TH_N2: rounded(this_year * dice.share("0.9", "1.3"), HUNDREDTH),
        KH_N1: poor[TH_N2] - poor[KH_N1],
        TH6T_N1: poor[TH_N2] - poor[TH6T_N1],
        UOC_N1: this_year,
        KH_N: poor[UOC_N1] - poor[KH_N],
    }
