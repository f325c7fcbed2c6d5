"""Headers as provinces write them: abbreviations, levels, order, columns of their own."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from pipeline.domain.plan.plan_round import Column, ColumnRole, Form

_FREE = {
    "stt": ("STT", "TT", "Số TT", "Stt", "S\nTT"),
    "chi_tieu": ("Chỉ tiêu", "Tên chỉ tiêu", "Nội dung", "CHỈ TIÊU", "Nội dung chỉ tiêu",
                 "Các chỉ tiêu"),
    "dvt": ("ĐVT", "Đơn vị tính", "Đơn vị", "ĐV tính", "Đơn vị\ntính", "Đvt"),
    "ghi_chu": ("Ghi chú", "Ghi Chú", "GHI CHÚ", "Ghi chú, giải trình"),
    "th_n2": ("TH 2012", "TH năm 2012", "Thực hiện 2012", "TH2012", "Năm 2012 (thực hiện)",
              "Kết quả thực hiện năm 2012", "2012 (TH)", "Số thực hiện năm 2012"),
    "kh_n1": ("KH 2013", "KH năm 2013", "KH2013", "Kế hoạch giao năm 2013",
              "KH giao 2013", "Chỉ tiêu kế hoạch năm 2013", "Năm 2013 (kế hoạch)"),
    "th6t_n1": ("TH 6 tháng 2013", "TH 6T/2013", "TH 6T.2013", "6 tháng đầu năm 2013",
                "Thực hiện 6 tháng năm 2013", "TH 6 tháng đầu năm", "Ước TH 6 tháng",
                "TH 6 tháng đầu năm 2013", "Thực hiện đến 30/6/2013",
                "Ước thực hiện 6 tháng đầu năm 2013"),
    "uoc_n1": ("Ước TH 2013", "Ước TH năm 2013", "Ước thực hiện 2013", "ƯTH 2013",
               "Ước TH cả năm 2013", "Ước cả năm 2013", "Ước năm 2013",
               "Dự kiến thực hiện năm 2013", "Ước TH 12 tháng năm 2013"),
    "kh_n": ("KH 2014", "Dự kiến KH 2014", "KH năm 2014", "KH2014", "Kế hoạch 2014",
             "Dự kiến kế hoạch năm 2014", "Kế hoạch năm 2014 (dự kiến)",
             "Xây dựng KH năm 2014", "Đề nghị KH 2014"),
    "ss_uoc_kh": ("So sánh (%) ƯTH 2013/KH 2013", "Ước TH 2013/KH 2013 (%)",
                  "Tỷ lệ % ước TH 2013 so với KH 2013", "SS ước TH 2013/KH 2013 (%)"),
    "ss_kh_uoc": ("So sánh (%) KH 2014/ƯTH 2013", "KH 2014/Ước TH 2013 (%)",
                  "KH 2014 so với ước TH 2013 (%)", "SS KH 2014/ước TH 2013 (%)"),
    "dt_n1": ("Dự toán 2013", "DT 2013", "DT giao 2013", "Dự toán năm 2013",
              "Dự toán được giao năm 2013", "Kế hoạch vốn năm 2013"),
    "gn6t_n1": ("GN 6T/2013", "Giải ngân 6 tháng", "Giải ngân 6 tháng 2013",
                "Thực hiện 6 tháng đầu năm 2013", "GN 6 tháng đầu năm 2013"),
    "nc_n": ("Nhu cầu 2014", "Nhu cầu năm 2014", "Nhu cầu năm 2014 - Tổng số",
             "Tổng nhu cầu năm 2014", "Dự toán 2014"),
    "nc_tw": ("NSTW", "Ngân sách trung ương", "Trong đó: NSTW", "NS trung ương", "NS TW"),
    "nc_dp": ("NSĐP", "Ngân sách địa phương", "Trong đó: NSĐP", "NS địa phương", "NS ĐP"),
}  # fmt: skip
# year group, version under it; for the money form the group of the needs
_GROUPED = {
    "th_n2": ("Năm 2012", ("Thực hiện", "TH", "Thực hiện cả năm", "TH cả năm")),
    "kh_n1": ("Năm 2013", ("Kế hoạch", "KH", "KH giao", "Kế hoạch năm")),
    "th6t_n1": ("Năm 2013", ("Thực hiện 6 tháng đầu năm", "TH 6 tháng", "TH 6T",
                             "Thực hiện 6 tháng", "6 tháng đầu năm")),
    "uoc_n1": ("Năm 2013", ("Ước thực hiện cả năm", "Ước TH cả năm", "Ước TH", "ƯTH",
                            "Ước cả năm")),
    "kh_n": ("Năm 2014", ("Kế hoạch", "KH", "Dự kiến KH", "Dự kiến kế hoạch")),
    "ss_uoc_kh": ("So sánh (%)", ("Ước TH 2013/KH 2013", "ƯTH 2013/KH 2013")),
    "ss_kh_uoc": ("So sánh (%)", ("KH 2014/Ước TH 2013", "KH 2014/ƯTH 2013")),
    "dt_n1": ("Năm 2013", ("Dự toán giao", "Dự toán", "DT", "DT giao")),
    "gn6t_n1": ("Năm 2013", ("Giải ngân 6 tháng đầu năm", "GN 6 tháng", "Giải ngân 6T")),
    "nc_n": ("Nhu cầu năm 2014", ("Tổng số", "Tổng cộng", "Tổng")),
    "nc_tw": ("Nhu cầu năm 2014", ("NSTW", "Ngân sách trung ương", "NS TW")),
    "nc_dp": ("Nhu cầu năm 2014", ("NSĐP", "Ngân sách địa phương", "NS ĐP")),
}  # fmt: skip
_TURNED = {
    "th_n2": ("Thực hiện", "2012"), "kh_n1": ("Kế hoạch", "2013"),
    "th6t_n1": ("Thực hiện", "6 tháng đầu năm 2013"), "uoc_n1": ("Ước thực hiện", "2013"),
    "kh_n": ("Kế hoạch", "2014"), "dt_n1": ("Dự toán", "2013"),
    "gn6t_n1": ("Giải ngân", "6 tháng đầu năm 2013"),
}  # fmt: skip
_LEVELLED = frozenset(
    ("year-over-version", "unmerged", "repeated", "number-years", "version-over-year",
     "mixed-levels", "three-rows")
)  # fmt: skip
_EXTRA = (
    ("TH 6 tháng đầu năm 2012", ("Năm 2012", "TH 6 tháng")),
    ("Cùng kỳ năm 2012", ("Năm 2012", "Cùng kỳ")),
    ("Thực hiện năm 2011", ("Năm 2011", "Thực hiện")),
    ("KH 2012", ("Năm 2012", "Kế hoạch")),
    ("Kế hoạch giai đoạn 2011-2015", ("Giai đoạn 2011-2015", "Kế hoạch")),
    ("Đơn vị thực hiện", ("Đơn vị thực hiện",)),
)


@dataclass(frozen=True, slots=True)
class Head:
    """A column of the sheet. `key` is the form's column, None for one of its own.

    `path` are its header cells from top to bottom; an empty text is merged leftwards.
    """

    key: str | None
    role: ColumnRole
    path: tuple[str, ...]


def make_heads(form: Form, style: str, dice: random.Random) -> list[Head]:
    """The form's columns in a header style."""
    return [
        Head(column.key, column.role, _path(column, style, dice)) for column in form.columns
    ]


def _path(column: Column, style: str, dice: random.Random) -> tuple[str, ...]:
    if style == "alias" and column.aliases:
        return (dice.choice(column.aliases),)
    if style in ("free", "upper", "broken-lines"):
        return (_dressed(dice.choice(_FREE.get(column.key, (column.title,))), style),)
    if style in _LEVELLED:
        return _levels(column, style, dice)
    return (column.title,)


def _levels(column: Column, style: str, dice: random.Random) -> tuple[str, ...]:
    if style == "three-rows":
        return _three(column, dice)
    if style == "mixed-levels" and column.key in ("th_n2", "kh_n"):
        return (column.title,)
    turned = _TURNED.get(column.key) if style == "version-over-year" else None
    return turned or _grouped(column, dice)


def _dressed(text: str, style: str) -> str:
    if style == "upper":
        return text.upper()
    return text.replace(" ", "\n", 2) if style == "broken-lines" else text


def _grouped(column: Column, dice: random.Random) -> tuple[str, ...]:
    if column.key not in _GROUPED:
        return (dice.choice(_FREE.get(column.key, (column.title,))),)
    group, below = _GROUPED[column.key]
    return (group, dice.choice(below))


def _three(column: Column, dice: random.Random) -> tuple[str, ...]:
    if column.key in ("nc_tw", "nc_dp"):
        return ("Nhu cầu năm 2014", "Trong đó", dice.choice(_FREE[column.key][:2]))
    if column.key == "th6t_n1":
        return ("Năm 2013", "Thực hiện", "6 tháng đầu năm")
    if column.key == "uoc_n1":
        return ("Năm 2013", "Thực hiện", "Ước cả năm")
    return _grouped(column, dice)


def reorder(heads: Sequence[Head], how: str, dice: random.Random) -> list[Head]:
    """The columns in another order; groups may fall apart."""
    heads = list(heads)
    values = [at for at, head in enumerate(heads) if head.role is ColumnRole.VALUE]
    if how == "shuffled":
        moved = dice.sample(values, len(values))
        return [heads[moved[values.index(a)]] if a in values else heads[a]
                for a in range(len(heads))]  # fmt: skip
    if how == "newest-first":
        turned = dict(zip(values, reversed(values), strict=True))
        return [heads[turned.get(at, at)] for at in range(len(heads))]
    if how == "unit-last":
        unit = next(head for head in heads if head.role is ColumnRole.UNIT)
        return [*(head for head in heads if head is not unit), unit]
    return heads


def with_extra(heads: Sequence[Head], dice: random.Random) -> list[Head]:
    """One column of the province's own among the figures."""
    flat, levels = dice.choice(_EXTRA)
    deep = any(len(head.path) > 1 for head in heads)
    first = next(at for at, head in enumerate(heads) if head.role is ColumnRole.VALUE)
    last = max(at for at, head in enumerate(heads) if head.role is ColumnRole.VALUE)
    own = Head(None, ColumnRole.VALUE, levels if deep else (flat,))
    place = dice.randint(first, last + 1)
    return [*heads[:place], own, *heads[place:]]


def with_shares(heads: Sequence[Head]) -> list[Head]:
    """Under each column of figures how many, and a portion beside it."""
    made = []
    for head in heads:
        made.append(head)
        if head.role is ColumnRole.VALUE and head.key is not None:
            made[-1] = replace(head, path=(*head.path, "Số lượng"))
            made.append(Head(None, head.role, (*head.path, "Tỷ lệ (%)")))
    return made


def without(heads: Sequence[Head], *roles: ColumnRole) -> list[Head]:
    """The columns without those of some roles."""
    return [head for head in heads if head.role not in roles]


def numbered_years(heads: Sequence[Head]) -> list[Head]:
    """Years alone, as people type them into a header cell."""
    return [
        replace(head, path=(head.path[0].removeprefix("Năm "), *head.path[1:]))
        for head in heads
    ]
