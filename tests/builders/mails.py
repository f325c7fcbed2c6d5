"""Whole mails of a province, written as its office would send them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from pipeline.demo.mail_format import MailDraft, stamp_received, write_mail
from pipeline.demo.return_style import ReturnStyle, SampleReturn
from pipeline.demo.sample_figures import sample_figures
from pipeline.demo.sample_files import NamedFile, write_narrative
from pipeline.demo.sample_workbooks import write_return
from pipeline.domain.writing.vietnamese import HANOI
from tests.builders.demo_world import shipped_gazetteer, shipped_round, shipped_sizes

OURS = "vukhtc@example.gov.vn"
SENDER = "sldtbxh.demo@hagiang.gov.vn"
PROVINCE = "02"
SENT = datetime(2013, 7, 10, 9, 0, tzinfo=HANOI)

Figures = dict[tuple[str, str, str], Any]


@cache
def _figures(province: str, seed: int) -> Mapping[tuple[str, str, str], Any]:
    return sample_figures(shipped_round(), province, shipped_sizes(), seed)


def figures(
    province: str = PROVINCE, seed: int = 1, **changes: Any
) -> Mapping[tuple[str, str, str], Any]:
    """Figures of a province that keep every rule; `changes` maps "PL02:row:column"."""
    named = {tuple(key.split(":")): value for key, value in changes.items()}
    return {**_figures(province, seed), **named}


def workbooks(
    forms: Collection[str] | None = None,
    given: Mapping[tuple[str, str, str], Any] | None = None,
    style: ReturnStyle | None = None,
    province: str = PROVINCE,
    name: str | None = None,
) -> tuple[NamedFile, ...]:
    """The workbooks of a province as it lays them out."""
    asked = None if forms is None else tuple(forms)
    held = (figures(province) if given is None else given).items()
    return _written(asked, frozenset(held), style or ReturnStyle(), province, name)


@cache
def _written(
    forms: tuple[str, ...] | None,
    given: frozenset[tuple[tuple[str, str, str], Any]],
    style: ReturnStyle,
    province: str,
    name: str | None,
) -> tuple[NamedFile, ...]:
    sample = SampleReturn(
        shipped_round(),
        shipped_gazetteer().by_code(province),
        dict(given),
        style,
        f"1/{province}",
        forms,
    )
    return write_return(sample, name)


def narrative() -> NamedFile:
    """A small narrative report."""
    return NamedFile("Thuyet minh.docx", write_narrative(["Tình hình thực hiện năm 2013."]))


def letter(
    files: Collection[NamedFile] = (),
    sender: str = SENDER,
    at: datetime = SENT,
    **changes: Any,
) -> bytes:
    """A mail with files as a server files it, with its Received field on top."""
    draft = MailDraft(
        sender=sender,
        sender_name="Sở LĐTBXH tỉnh Hà Giang",
        recipient=OURS,
        sent_at=at,
        subject="Sở LĐTBXH tỉnh Hà Giang gửi báo cáo kế hoạch 2014",
        text="Kính gửi Vụ Kế hoạch - Tài chính.\nSở xin gửi báo cáo.",
        files=tuple(files),
    )
    draft = replace(draft, **changes)
    return stamp_received(write_mail(draft), draft.sender, OURS, at)
