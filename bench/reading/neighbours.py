"""Sheets that stand beside the forms in a province's workbook."""

import random
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from bench.reading.page import Page
from pipeline.domain.senders.province import Province

_DISTRICTS = ("Vị Xuyên", "Bắc Quang", "Mèo Vạc", "Đồng Văn", "Yên Minh", "Quản Bạ")
_DISTRICT_HEADS = (
    "STT", "Huyện, thị xã", "Tổng số hộ", "Hộ nghèo năm 2012", "Tỷ lệ", "Kế hoạch năm 2013",
)  # fmt: skip
_COVER = (
    "SỞ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI", "BÁO CÁO", "KẾ HOẠCH NĂM 2014",
    "Tháng 7 năm 2013", "Kính gửi: Vụ Kế hoạch - Tài chính",
)  # fmt: skip


def hidden_copy(page: Page) -> Page:
    """An older version that somebody hid: the same table, other figures."""
    cells = {
        place: replace(ink, value=ink.value + 7) if isinstance(ink.value, Decimal) else ink
        for place, ink in page.cells.items()
    }
    return Page(f"{page.name[:24]} cu", cells, list(page.merges), hidden=True)


def name_list(provinces: Sequence[Province]) -> Page:
    """A hidden list that some drop-down once used."""
    page = Page("Danh mục", hidden=True)
    for at, province in enumerate(provinces[:20]):
        page.put(at, 0, at + 1)
        page.put(at, 1, province.name)
    return page


def districts(dice: random.Random) -> Page:
    """A table by district, of no form."""
    page = Page("Theo huyen")
    page.put(0, 0, "BIỂU TỔNG HỢP SỐ LIỆU THEO HUYỆN, THỊ XÃ")
    for column, text in enumerate(_DISTRICT_HEADS):
        page.put(2, column, text)
    for row, text in enumerate(_DISTRICTS, start=3):
        page.put(row, 0, row - 2)
        page.put(row, 1, text)
        for column in range(2, 6):
            page.put(row, column, Decimal(dice.randint(100, 9999)))
    return page


def cover() -> Page:
    """A title page."""
    page = Page("Bìa")
    for row, text in enumerate(_COVER):
        page.put(3 * row + 2, 1, text)
    return page
