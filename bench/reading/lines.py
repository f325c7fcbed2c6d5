"""The rows of a form as a province has them: renamed, added, left out, moved."""

import random
import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pipeline.domain.plan.plan_round import Form

Figures = dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class Line:
    """A row: `key` is the indicator, None for a row of the province's own."""

    key: str | None
    code: str
    label: str
    unit: str
    figures: Figures


OWN = (
    "Trong đó: nữ", "- Nữ", "- Thành phố", "- Các huyện", "Trong đó: dân tộc thiểu số",
    "Trong đó: hộ chính sách", "- Khu vực thành thị", "+ Xã đặc biệt khó khăn",
    "- Do tỉnh quản lý", "Chỉ tiêu của tỉnh: số mô hình thí điểm", "- Tại cộng đồng",
    "Tỷ lệ", "- Huyện Vị Xuyên", "- Thị xã", "Trong đó: trẻ em", "- Khác",
)  # fmt: skip
# labels that the forms have too: where one is added, asking is only right
TWINS = frozenset(("Trong đó: nữ", "- Tại cộng đồng", "Tỷ lệ", "- Khu vực thành thị"))
_SHORTER = (
    ("lao động", "LĐ"), ("người có công", "NCC"), ("xuất khẩu lao động", "XKLĐ"),
    ("trẻ em", "TE"), ("bảo trợ xã hội", "BTXH"), ("tỷ lệ", "TL"),
    ("trung cấp nghề", "TCN"), ("cao đẳng nghề", "CĐN"), ("sơ cấp nghề", "SCN"),
    ("dân tộc thiểu số", "DTTS"), ("việc làm", "VL"), ("hoàn cảnh đặc biệt", "HCĐB"),
    ("người khuyết tật", "NKT"), ("người cao tuổi", "NCT"), ("bình đẳng giới", "BĐG"),
    ("thất nghiệp", "TN"), ("số lượng", "SL"), ("giải quyết", "GQ"), ("xã hội", "XH"),
    ("chương trình", "CT"), ("kinh phí", "KP"),
)  # fmt: skip
_OTHER_WORDS = (
    ("Tổng số", "Tổng"), ("Số ", ""), ("Tỷ lệ", "Tỉ lệ"), ("Tỷ lệ", "Tỷ trọng"),
    ("Trong đó:", "Tr. đó:"), ("Trong đó:", "T.đó"), ("Trong đó: ", "- "),
    ("hóa", "hoá"), ("ma túy", "ma tuý"), ("liệt sĩ", "liệt sỹ"), ("được", "đã được"),
    ("Số người", "Tổng số người"), ("hàng tháng", "hằng tháng"), (", ", " và "),
    ("cơ sở dạy nghề", "cơ sở đào tạo nghề"), ("trên địa bàn", ""), ("nhiễm", "bị nhiễm"),
)  # fmt: skip


def make_lines(form: Form, figures: dict[tuple[str, str, str], Decimal]) -> list[Line]:
    """The official rows with their figures by column."""
    by_row: dict[str, Figures] = {}
    for (form_id, row, column), value in figures.items():
        if form_id == form.id:
            by_row.setdefault(row, {})[column] = value
    return [
        Line(row.key, row.code, row.label, row.unit, by_row.get(row.key, {}))
        for row in form.indicators
    ]


def _swap(text: str, dice: random.Random) -> str:
    at = dice.randrange(1, max(len(text) - 2, 2))
    return text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]


def _drop(text: str, dice: random.Random) -> str:
    at = dice.randrange(1, max(len(text) - 1, 2))
    return text[:at] + text[at + 1 :]


def _double(text: str, dice: random.Random) -> str:
    at = dice.randrange(1, max(len(text) - 1, 2))
    return text[:at] + text[at] + text[at:] if at < len(text) else text


def _unmark_words(text: str, dice: random.Random) -> str:
    def bare(word: str) -> str:
        apart = unicodedata.normalize("NFD", word)
        plain = "".join(c for c in apart if not unicodedata.combining(c))
        return plain.replace("đ", "d").replace("Đ", "D")

    return " ".join(bare(w) if dice.random() < 0.6 else w for w in text.split(" "))


def _shorten(text: str, dice: random.Random) -> str:
    found = [pair for pair in _SHORTER if pair[0] in text.lower()]
    if not found:
        return text
    long, short = dice.choice(found)
    return re.sub(re.escape(long), short, text, count=1, flags=re.IGNORECASE)


def _reword(text: str, dice: random.Random) -> str:
    found = [pair for pair in _OTHER_WORDS if pair[0] in text]
    if not found:
        return text
    old, new = dice.choice(found)
    return text.replace(old, new, 1).strip()


def _unbracket(text: str, dice: random.Random) -> str:
    return re.sub(r"\s*\([^)]*\)", "", text) or text


LABEL_EDITS: dict[str, Callable[[str, random.Random], str]] = {
    "swap": _swap,
    "drop": _drop,
    "double": _double,
    "no-marks": _unmark_words,
    "abbreviation": _shorten,
    "reworded": _reword,
    "unbracketed": _unbracket,
    "upper": lambda text, _: text.upper(),
    "line-break": lambda text, _: text.replace(" ", "\n", 1),
    "spaces": lambda text, _: "  " + text.replace(" ", "  ", 2) + " ",
    "nbsp": lambda text, _: text.replace(" ", "\u00a0"),
    "colon": lambda text, _: text + ":",
    "unit-behind": lambda text, _: text + " (người)",
    "place-behind": lambda text, _: text + " trên địa bàn tỉnh",
    "numbered": lambda text, dice: f"{dice.randint(1, 20)}. {text.lstrip('-+ ')}",
    "lettered": lambda text, dice: f"{dice.choice('abcde')}) {text.lstrip('-+ ')}",
    "bulleted": lambda text, dice: dice.choice("+*•–") + " " + text.lstrip("-+ "),
    "unbulleted": lambda text, _: text.lstrip("-+ "),
}
COSMETIC = frozenset(
    ("upper", "line-break", "spaces", "nbsp", "colon", "place-behind", "unbulleted")
)


def edit_labels(lines: Sequence[Line], share: float, dice: random.Random,
                only: Sequence[str] = ()) -> list[Line]:  # fmt: skip
    """A share of the labels, each edited in one or two ways."""
    names = list(only or LABEL_EDITS)
    edited = []
    for line in lines:
        label = line.label
        if line.key is not None and dice.random() < share:
            for _ in range(1 if dice.random() < 0.8 else 2):
                label = LABEL_EDITS[dice.choice(names)](label, dice)
        edited.append(replace(line, label=label))
    return edited


def insert_rows(lines: Sequence[Line], share: float, dice: random.Random,
                *, twins: bool = True) -> list[Line]:  # fmt: skip
    """Rows of the province's own, smaller than the row above them."""
    kept: list[Line] = []
    labels = [label for label in OWN if twins or label not in TWINS]
    for line in lines:
        kept.append(line)
        if line.figures and dice.random() < share:
            part = Decimal(dice.randint(20, 80)) / 100
            figures = {
                column: (value * part).quantize(value)
                for column, value in line.figures.items()
            }
            code = dice.choice(("", "", "-", f"{line.code}.1" if line.code else "a"))
            kept.append(Line(None, code, dice.choice(labels), line.unit, figures))
    return kept


def swap_rows(lines: Sequence[Line], share: float, dice: random.Random) -> list[Line]:
    """Some neighbouring rows below one head change places."""
    made = list(lines)
    for at in range(1, len(made) - 1):
        below = not made[at].code and not made[at + 1].code
        if below and made[at].key and made[at + 1].key and dice.random() < share:
            made[at], made[at + 1] = made[at + 1], made[at]
    return made


def delete_rows(lines: Sequence[Line], share: float, dice: random.Random) -> list[Line]:
    """The rows without some of them, but never without the first three."""
    return [line for at, line in enumerate(lines) if at < 3 or dice.random() >= share]


def move_block(lines: Sequence[Line], dice: random.Random) -> list[Line]:
    """Two to four rows stand somewhere else; sub-rows move with their head."""
    heads = [at for at, line in enumerate(lines) if line.code] or [0]
    start = dice.choice(heads)
    end = next((at for at in heads if at > start), len(lines))
    block, rest = list(lines[start:end]), [*lines[:start], *lines[end:]]
    starts = [at for at, line in enumerate(rest) if line.code] or [0]
    place = dice.choice([*starts, len(rest)])
    return [*rest[:place], *block, *rest[place:]]


def recode_rows(lines: Sequence[Line], how: str, dice: random.Random) -> list[Line]:
    """Codes as they come: dropped, renumbered, in the label, with dots, as numbers."""
    made = []
    for number, line in enumerate(lines, start=1):
        if how == "dropped":
            made.append(replace(line, code=""))
        elif how == "renumbered":
            made.append(replace(line, code=str(number)))
        elif how == "dotted":
            made.append(replace(line, code=f"{line.code}." if line.code else "-"))
        elif how == "in-label" and line.code:
            label = f"{line.code}. {line.label}"
            made.append(replace(line, code="", label=label))
        elif how == "some-wrong" and dice.random() < 0.3:
            made.append(replace(line, code=dice.choice(("", "1", "II", "3.2", "-"))))
        else:
            made.append(line)
    return made


def with_headings(lines: Sequence[Line], dice: random.Random) -> list[Line]:
    """Headings without figures among the rows, and a grand total below."""
    kept = list(lines)
    for letter, title in (("B", "CÁC CHỈ TIÊU KHÁC"), ("A", "CHỈ TIÊU CHỦ YẾU")):
        place = 0 if letter == "A" else dice.randint(1, len(kept))
        kept.insert(place, Line(None, letter, title, "", {}))
    return kept
