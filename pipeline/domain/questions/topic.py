"""The five groups in which localities recommend (conclusions of August 2009)."""

import re
from enum import StrEnum

from pipeline.domain.writing.text import match_key


class Topic(StrEnum):
    """What a request is about, as letter 2794/LĐTBXH-KHTC grouped them."""

    GUIDANCE = "guidance"
    RATES = "rates"
    FUNDS = "funds"
    STAFF = "staff"
    DIRECTION = "direction"


# Match keys. The first group that a text speaks of most wins; a planner may say otherwise.
_WORDS = {
    Topic.GUIDANCE: r"huong dan|thong tu|nghi dinh|luat|van ban|qui dinh|sua doi|ban hanh",
    Topic.RATES: r"muc chi|muc ho tro|dinh muc|muc tro cap|phu cap|don gia|muc chuan",
    Topic.FUNDS: r"kinh phi|ngan sach|nguon von|chuong trinh muc tieu|dau tu|phan bo"
    r"|bo tri",
    Topic.STAFF: r"bien che|can bo|bo mai|nhan luc|to chuc bo mai|doi ngu|cong tac vien",
    Topic.DIRECTION: r"phoi hop|phan cap|chi dao|qui che|thoi han|cong nghe thong tin"
    r"|phan mem|co so du lieu|bieu mau",
}


def propose_topic(text: str) -> Topic | None:
    """The group whose words a text uses most; None when it uses none of them."""
    key = match_key(text)
    counts = {topic: len(re.findall(words, key)) for topic, words in _WORDS.items()}
    best = max(counts, key=lambda topic: counts[topic])
    return best if counts[best] else None
