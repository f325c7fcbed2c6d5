"""Children, equality, social evils and programme money of a sample return."""

from decimal import Decimal

from pipeline.demo.figure_dice import (
    HUNDREDTH,
    KH_N,
    KH_N1,
    ONE,
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
)
from pipeline.demo.province_sizes import ProvinceSize

# children of each group in a thousand children
_GROUPS = {
    "te.h1": "6",
    "te.h2": "20",
    "te.h3": "1.2",
    "te.h4": "0.4",
    "te.h5": "1.1",
    "te.h6": "0.8",
    "te.h7": "0.9",
    "te.h8": "0.06",
    "te.h9": "0.02",
    "te.h10": "0.6",
}

# programme projects: million dong for a thousand inhabitants
_PROJECTS = {
    "kp.vldn1": "9",
    "kp.vldn2": "8",
    "kp.vldn3": "5",
    "kp.vldn4": "0.6",
    "kp.vldn5": "0.9",
    "kp.vldn6": "0.5",
}
_OTHER_PROGRAMMES = {"kp.bvte": "1.1", "kp.bdg": "0.35", "kp.atld": "0.3", "kp.mt": "1.4"}


def child_care(
    size: ProvinceSize, dice: FigureDice, blank: frozenset[str]
) -> dict[str, Series]:
    """Appendix 6: children, those in special need, child-friendly communes."""
    children = dice.stock(size.population[0] * dice.share("240", "270"), yearly="1.005")
    small = piece(children, dice.share("0.37", "0.42"))
    thousands = children[TH_N2] / 1000
    groups = {key: dice.stock(thousands * Decimal(r)) for key, r in _GROUPS.items()}
    # a child may belong to two groups, so the whole is a little less than their sum
    every_group = added(row for key, row in groups.items() if key not in blank)
    in_need = piece(every_group, dice.share("0.95", "0.99"))
    cared = piece(in_need, dice.share("0.70", "0.92"))
    communes = _communes(size)
    friendly = _growing(communes, dice.share("0.50", "0.72"))
    return groups | {
        "te.tong": children,
        "te.u6": small,
        "te.bhyt": piece(small, dice.share("0.88", "0.97")),
        "te.hcdb": in_need,
        "te.cs": cared,
        "te.tl_cs": percentage(cared, in_need),
        "te.xa": friendly,
        "te.tl_xa": percentage(friendly, communes),
        "te.quy": dice.flow(size.population[0] * dice.share("2", "5"), 300, TENTH),
    }


def _communes(size: ProvinceSize) -> Series:
    """The registered number of communes that holds for the year of each column."""
    past, now = (Decimal(count) for count in size.communes)
    return {TH_N2: past, KH_N1: now, TH6T_N1: now, UOC_N1: now, KH_N: now}


def _growing(communes: Series, share: Decimal) -> Series:
    """Communes that reach a standard: two points of a hundred more a year."""
    years = {TH_N2: 0, KH_N1: 3, TH6T_N1: 1, UOC_N1: 2, KH_N: 5}
    return {
        c: (count * (share + years[c] * HUNDREDTH)).quantize(ONE, "ROUND_FLOOR")
        for c, count in communes.items()
    }


def equality(size: ProvinceSize, dice: FigureDice) -> dict[str, Series]:
    """Appendix 7: women in office and at work."""
    return {
        "bdg.cap_uy": dice.rate(dice.share("12", "22"), "0.6"),
        "bdg.hdnd": dice.rate(dice.share("20", "30"), "0.4"),
        "bdg.ldql": dice.rate(dice.share("28", "45"), "0.9"),
        "bdg.vl": dice.rate(dice.share("44", "50"), "0.5"),
        "bdg.dn": dice.rate(dice.share("40", "52"), "0.8"),
        "bdg.tap_huan": dice.flow(size.population[0] * dice.share("0.8", "1.6"), least=90),
        "bdg.kp": dice.flow(size.population[0] * dice.share("0.3", "0.6"), 120, TENTH),
    }


def social_evils(size: ProvinceSize, dice: FigureDice) -> dict[str, Series]:
    """Appendix 8: drug addiction, prostitution, trafficking."""
    addicts = dice.stock(size.hiv * dice.share("0.7", "0.95"), least=150, yearly="1.03")
    known = addicts[TH_N2]
    forced = dice.flow(known * dice.share("0.06", "0.10"), least=20)
    willing = dice.flow(known * dice.share("0.03", "0.06"), least=16)
    at_home = dice.flow(known * dice.share("0.03", "0.05"), least=16)
    in_commune = dice.flow(known * dice.share("0.04", "0.07"), least=16)
    centre = added([forced, willing])
    after_commune = dice.stock(known * dice.share("0.08", "0.14"), least=16)
    after_centre = dice.stock(known * dice.share("0.03", "0.06"), least=12)
    communes = _communes(size)
    return {
        "tn.hs": addicts,
        "tn.cai": added([centre, at_home, in_commune]),
        "tn.cai_tt": centre,
        "tn.cai_tt_bb": forced,
        "tn.cai_tt_tn": willing,
        "tn.cai_gd": at_home,
        "tn.cai_cd": in_commune,
        "tn.sau_cai": added([after_commune, after_centre]),
        "tn.sc_cd": after_commune,
        "tn.sc_tt": after_centre,
        "tn.day_nghe": dice.flow(known * dice.share("0.02", "0.05"), least=16),
        "tn.md": dice.stock(size.population[0] * dice.share("0.05", "0.12"), least=16),
        "tn.md_ht": dice.flow(size.population[0] * dice.share("0.03", "0.05"), least=14),
        "tn.mbn": dice.flow(dice.share("10", "40"), least=10),
        "tn.xa": _growing(communes, dice.share("0.45", "0.60")),
        "tn.xa_ma_tuy": piece(communes, dice.share("0.15", "0.35")),
    }


def money(size: ProvinceSize, dice: FigureDice, blank: frozenset[str]) -> dict[str, Series]:
    """Appendix 9: budget, disbursement and need of the national programmes."""
    people = size.population[0]
    quantum = TENTH if dice.chance(40) else ONE
    rows = {
        key: _budget(people * Decimal(rate), dice, quantum)
        for key, rate in (_PROJECTS | _OTHER_PROGRAMMES).items()
    }
    model = _budget(people * size.poor_rate * Decimal("0.12"), dice, quantum)
    skills = _budget(people * size.poor_rate * Decimal("0.03"), dice, quantum)
    # projects 1 and 2 of the programme are run by other ministries
    elsewhere = _budget(people * size.poor_rate * Decimal("0.9"), dice, quantum)
    return rows | {
        "kp.vldn": added(rows[key] for key in _PROJECTS if key not in blank),
        "kp.gnbv": added([model, skills, elsewhere]),
        "kp.gnbv3": model,
        "kp.gnbv4": skills,
    }


def _budget(base: Decimal, dice: FigureDice, quantum: Decimal) -> Series:
    """One line of money in million dong; a few lines are spent slowly."""
    given = max(base * dice.share("0.7", "1.3"), Decimal(60))
    slow = dice.chance(4)
    half = dice.share("0.22", "0.245") if slow else dice.share("0.30", "0.50")
    centre = rounded(given * dice.share("0.75", "0.95"), quantum)
    province = rounded(given * dice.share("0.25", "0.40"), quantum)
    return {
        "dt_n1": rounded(given, quantum),
        "gn6t_n1": rounded(given * half, quantum),
        "uoc_n1": rounded(given * dice.share("0.92", "1.00"), quantum),
        "nc_n": centre + province,
        "nc_tw": centre,
        "nc_dp": province,
    }
