"""The mail of a whole round: 63 provinces, each with its habits and mishaps."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from pipeline.demo.mail_format import stamp_received
from pipeline.demo.office_mail import OfficeMail, SampleMail
from pipeline.demo.other_mails import other_mails
from pipeline.demo.province_sizes import ProvinceSize
from pipeline.demo.return_style import draw_style
from pipeline.demo.sample_cast import (
    Office,
    Part,
    cast_offices,
    registered_senders,
    senders_csv,
)
from pipeline.demo.sample_files import (
    NamedFile,
    pack_zip,
    write_locked_book,
    write_photograph,
    write_scan,
)
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer
from pipeline.domain.verdict import Verdict

__all__ = [
    "SampleMail",
    "registered_senders",
    "sample_round",
    "senders_csv",
    "stamp_received",
    "typical_messages",
]

Story = Callable[[OfficeMail], Iterator[SampleMail]]

# sums that are easily broken, one for each form it may happen in
_SUMS = (
    ("PL02", "vl.tong", "kh_n"),
    ("PL03", "dn.tuyen_moi", "kh_n"),
    ("PL04", "ncc.tong", "uoc_n1"),
    ("PL05", "bt.tong", "kh_n"),
    ("PL08", "tn.cai", "uoc_n1"),
    ("PL09", "kp.vldn", "nc_n"),
)


def sample_round(
    plan_round: PlanRound,
    gazetteer: Gazetteer,
    sizes: Mapping[str, ProvinceSize],
    seed: int,
    mailbox_address: str,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[SampleMail, ...]:
    """Every mail of the demo in the order of its arrival, byte-identical for a seed.

    `on_progress` is told how many offices of how many are written.
    """
    mails: list[SampleMail] = []
    offices = cast_offices(gazetteer, seed)
    for done, office in enumerate(offices, start=1):
        writer = OfficeMail(plan_round, office, sizes, seed, mailbox_address)
        mails.extend(_STORIES[office.part](writer))
        if on_progress:
            on_progress(done, len(offices))
    asking = next(office for office in offices if office.registered)
    writer = OfficeMail(plan_round, asking, sizes, seed, mailbox_address)
    mails.extend(other_mails(writer))
    return tuple(sorted(mails, key=lambda mail: (mail.sent_at, mail.sender, mail.raw)))


def typical_messages(
    count: int,
    seed: int,
    plan_round: PlanRound,
    gazetteer: Gazetteer,
    sizes: Mapping[str, ProvinceSize],
    mailbox_address: str,
) -> Iterator[SampleMail]:
    """Correct returns for benchmarks: one workbook of all forms each, no two alike.

    Registered offices take turns; arrivals are five minutes apart from 1 July on.
    """
    known = [o for o in cast_offices(gazetteer, seed) if o.registered]
    first = datetime.fromisoformat(f"{plan_round.plan_year - 1}-07-01T07:30:00+07:00")
    for number in range(count):
        office = replace(known[number % len(known)], part=Part.COMPLETE)
        writer = OfficeMail(plan_round, office, sizes, seed + number, mailbox_address)
        writer.style = replace(writer.style, one_book=True)
        yield replace(
            writer.full_return(at=first + timedelta(minutes=5 * number)), purpose="typical"
        )


def _complete(writer: OfficeMail) -> Iterator[SampleMail]:
    yield writer.full_return()


def _legacy_font(writer: OfficeMail) -> Iterator[SampleMail]:
    writer.style = draw_style(writer.dice, legacy_font=True)
    yield writer.full_return()


def _zipped(writer: OfficeMail) -> Iterator[SampleMail]:
    yield writer.send(
        "report",
        (NamedFile(writer.archive_name(), pack_zip(writer.workbooks())),),
        expected=Verdict.ACCEPTED,
    )


def _split(writer: OfficeMail) -> Iterator[SampleMail]:
    forms = writer.plan_round.forms_required
    middle = writer.dice.randrange(3, 7)
    yield writer.send(
        "report",
        writer.workbooks(forms[:middle]),
        expected=Verdict.INCOMPLETE,
        purpose="split-first",
    )
    yield writer.send(
        "rest",
        writer.workbooks(forms[middle:]),
        expected=Verdict.ACCEPTED,
        purpose="split-second",
        narrative=False,
    )


def _late(writer: OfficeMail) -> Iterator[SampleMail]:
    writer.delay(timedelta(days=writer.dice.randrange(11, 14)))
    yield writer.full_return()


def _resent(writer: OfficeMail) -> Iterator[SampleMail]:
    """The same files in a new mail: it carries nothing new."""
    files = writer.workbooks()
    yield writer.send(
        "report", files, expected=Verdict.ACCEPTED, purpose="first", narrative=False
    )
    yield writer.send("again", files, expected=Verdict.NONE, narrative=False)


def _with_gap(writer: OfficeMail) -> tuple[str, ...]:
    """One to three forms that were forgotten, never the first."""
    forms = writer.plan_round.forms_required[1:]
    return tuple(writer.dice.sample(forms, writer.dice.randrange(1, 4)))


def _partial(writer: OfficeMail) -> Iterator[SampleMail]:
    forgotten = _with_gap(writer)
    yield writer.send(
        "report",
        writer.workbooks(
            [f for f in writer.plan_round.forms_required if f not in forgotten]
        ),
        expected=Verdict.INCOMPLETE,
        purpose="missing-forms",
    )


def _completed(writer: OfficeMail) -> Iterator[SampleMail]:
    forgotten = _with_gap(writer)
    sent = [f for f in writer.plan_round.forms_required if f not in forgotten]
    yield writer.send(
        "report",
        writer.workbooks(sent),
        expected=Verdict.INCOMPLETE,
        purpose="missing-forms",
    )
    yield writer.send(
        "rest",
        writer.workbooks(forgotten),
        expected=Verdict.ACCEPTED,
        purpose="completed",
        narrative=False,
    )


def _broken(writer: OfficeMail) -> Iterator[SampleMail]:
    figures = dict(writer.figures)
    cell = writer.dice.choice(_SUMS)
    figures[cell] += writer.dice.choice((9, 90, 100))
    yield writer.send(
        "report",
        writer.workbooks(figures=figures),
        expected=Verdict.DEFICIENT,
        purpose="broken-sum",
    )


def _corrected(writer: OfficeMail) -> Iterator[SampleMail]:
    yield from _broken(writer)
    yield writer.send(
        "corrected",
        writer.workbooks(suffix=True),
        expected=Verdict.ACCEPTED,
        purpose="corrected",
        narrative=False,
    )


def _instead(first: Callable[[OfficeMail], tuple[NamedFile, ...]], text: str) -> Story:
    """A first mail that no machine can read, then the workbook."""

    def story(writer: OfficeMail) -> Iterator[SampleMail]:
        yield writer.send(
            text,
            first(writer),
            expected=Verdict.DEFICIENT,
            purpose=writer.office.part.value,
            narrative=False,
        )
        yield writer.send(
            "corrected", writer.workbooks(), expected=Verdict.ACCEPTED, purpose="corrected"
        )

    return story


def _scans(writer: OfficeMail) -> tuple[NamedFile, ...]:
    seed = f"scan/{writer.seed}"
    return (
        NamedFile(writer.file_name("scan"), write_scan(seed)),
        NamedFile(writer.file_name("photo"), write_photograph(seed)),
    )


def _locked_book(writer: OfficeMail) -> tuple[NamedFile, ...]:
    seed = f"locked/{writer.seed}"
    return (NamedFile(writer.file_name("locked"), write_locked_book(seed)),)


def _cut_book(writer: OfficeMail) -> tuple[NamedFile, ...]:
    """A workbook whose sending broke off in the middle."""
    writer.style = replace(writer.style, one_book=True)
    (whole,) = writer.workbooks()
    return (NamedFile(whole.name, whole.data[: len(whole.data) // 2]),)


def _weak_first(writer: OfficeMail) -> Iterator[SampleMail]:
    """First from an employee's own address with nothing that names the province."""
    own = writer.office
    style = writer.style
    writer.office = Office(own.province, "tuan.khtc.demo@gmail.com", "Tuan", own.part)
    writer.style = replace(style, letterhead=False, one_book=True, extra_title=True)
    yield writer.send(
        "quiet",
        writer.workbooks(quiet=True),
        expected=Verdict.HELD,
        purpose="weak-identity",
        narrative=False,
    )
    writer.office, writer.style = own, style
    yield writer.send("again", writer.workbooks(), expected=Verdict.ACCEPTED)


_STORIES: Mapping[Part, Story] = {
    Part.COMPLETE: _complete,
    Part.LEGACY_FONT: _legacy_font,
    Part.ZIPPED: _zipped,
    Part.UNREGISTERED: _complete,
    Part.SPLIT: _split,
    Part.LATE: _late,
    Part.RESENT: _resent,
    Part.COMPLETED: _completed,
    Part.PARTIAL: _partial,
    Part.CORRECTED: _corrected,
    Part.BROKEN: _broken,
    Part.SCAN_FIRST: _instead(_scans, "scan"),
    Part.LOCKED_FIRST: _instead(_locked_book, "locked"),
    Part.CUT_FIRST: _instead(_cut_book, "report"),
    Part.WEAK_FIRST: _weak_first,
}
