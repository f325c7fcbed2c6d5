"""What a note in brackets behind a label says: a source or a date, or of whom it speaks.

"(theo Niên giám thống kê)" and "(người)" leave the figure what it is; "(do tỉnh bạn thực
hiện)", "(ngành y tế)" and "(chỉ tính nông thôn)" may make another one of it.
"""

import re
from functools import lru_cache

from pipeline.domain.writing.text import match_key

_BRACKETED = re.compile(r"\(([^()]*)\)")
# Where a figure comes from, of when it is, how sure it is, where more is told.
_OF_SOURCE = re.compile(
    r"(?:theo|nguon(?! (?:von|kinh phi|ngan|trung|dia|thu))|can cu|xem"
    r"|so (?:lieu|so bo|uoc|chinh thuc|thuc te|du kien)"
    r"|qd|quiet dinh|nd|nghi dinh|nq|nghi quiet|tt|thong tu|chi thi|cv|cong van|luat"
    r"|bieu|phu luc|muc|ghi|chi tiet|kem|tinh den|co den|den|tai thoi diem|thoi diem|dvt"
    r"|don vi tinh|uoc|du kien|so bo|neu co|ket qua|dieu tra|ca nam|ra soat|ke hoach"
    r"|chi tieu|giao|nam|lui ke|chuan|giai doan|tu nam)\b"
)
_LIMITS = re.compile(
    r"\b(?:khong|chua|tru|ngoai|rieng|chi (?:tinh|gom|co)|tinh (?:ban|khac))\b"
)
# Nouns of units, beside those that are empty in every label.
_UNITS = frozenset(
    match_key(
        "lao động đối tượng trẻ em cháu suất cơ sở công trình mô hình lớp khóa dự án vụ"
        " trường hợp tr đ trđ ng nghìn gia đình cái chiếc ngày tháng quý số học viên em"
        " doanh nghiệp đơn vị điểm nhà phiên tấn ii iii iv vi vii viii ix giới"
    ).split()
) - frozenset(("doanh", "nghiep"))
# "Số xã nghèo (xã)", but not "(cấp xã)"
_LONGEST_REMEMBERED = 300
_UNIT_ALONE = frozenset(("xa", "dvt xa", "don vi tinh xa"))


def note_words(spelled: str, empty: frozenset[str]) -> frozenset[str]:
    """The words of the notes that may make another figure of a label's.

    A note that limits ("không tính ...", "do tỉnh bạn ...") is one of them as a whole.
    """
    notes = _BRACKETED.findall(spelled)
    if not notes:
        return frozenset()
    known = len(spelled) <= _LONGEST_REMEMBERED
    return (_words if known else _words.__wrapped__)(tuple(notes), empty)


@lru_cache(maxsize=1024)
def _words(notes: tuple[str, ...], empty: frozenset[str]) -> frozenset[str]:
    keys = [key for note in notes if (key := match_key(note)) not in _UNIT_ALONE]
    words = {
        word
        for key in keys
        if not _OF_SOURCE.match(key) or _LIMITS.search(key)
        for word in key.split()
        if len(word) > 1 and word not in empty | _UNITS and not word.isdigit()
    }
    return frozenset(words | {key for key in keys if _LIMITS.search(key)})
