"""One province's department at its desk: figures, workbooks, and the mails about them."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pipeline.demo.demo_texts import Wording, demo_texts
from pipeline.demo.mail_format import MailDraft, write_mail
from pipeline.demo.province_sizes import ProvinceSize
from pipeline.demo.return_style import SampleReturn, draw_style
from pipeline.demo.sample_cast import Office
from pipeline.demo.sample_figures import Figures, sample_figures
from pipeline.demo.sample_files import NamedFile, write_narrative
from pipeline.demo.sample_workbooks import write_return
from pipeline.demo.table_layout import vietnamese_number
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.verdict import Verdict

# figures that a narrative quotes
_QUOTED = {
    "jobs_half": ("PL01", "th.viec_lam", "th6t_n1"),
    "abroad_half": ("PL01", "th.xkld", "th6t_n1"),
    "intake_half": ("PL01", "th.tuyen_sinh", "th6t_n1"),
    "jobs_year": ("PL01", "th.viec_lam", "uoc_n1"),
    "jobs_plan": ("PL01", "th.viec_lam", "kh_n"),
    "poor_rate": ("PL01", "th.tlhn", "uoc_n1"),
}


@dataclass(frozen=True, slots=True)
class SampleMail:
    """A mail of the demo: RFC 5322 bytes as they leave the sender.

    `sender` is the envelope's, "" for a bounce; `province` a code, None for strangers;
    `purpose` says what is odd about it; `expected` the verdict it should come to.
    """

    sender: str
    recipient: str
    sent_at: datetime
    raw: bytes
    province: str | None
    purpose: str
    expected: Verdict


class OfficeMail:
    """Writes one office's mails in the order it sends them.

    The desk has a clock: each mail leaves a day or two after the one before.
    """

    def __init__(
        self,
        plan_round: PlanRound,
        office: Office,
        sizes: Mapping[str, ProvinceSize],
        seed: int,
        recipient: str,
    ) -> None:
        code = office.province.code
        self.plan_round, self.office, self.recipient = plan_round, office, recipient
        self.seed = f"{seed}/{code}"
        # a sample must be the same on every run; nothing here is a secret
        self.dice = random.Random(f"mail/{self.seed}")  # noqa: S311
        self.words = Wording(plan_round, office.province, self.dice)
        self.figures = sample_figures(plan_round, code, sizes, seed)
        self.style = draw_style(self.dice)
        self._clock = self._first_morning()
        self._subject = self._draw_subject()

    def _first_morning(self) -> datetime:
        """Some working hour between the second and the ninth of July."""
        start = datetime.fromisoformat(
            f"{self.plan_round.plan_year - 1}-07-02T07:30:00+07:00"
        )
        return start + timedelta(
            days=self.dice.randrange(8),
            minutes=self.dice.randrange(9 * 60),
            seconds=self.dice.randrange(60),
        )

    def _draw_subject(self) -> str:
        texts = demo_texts()["mail"]
        bare = self.dice.randrange(4) == 0
        return self.words.one_of(texts["plain_subjects" if bare else "subjects"])

    def delay(self, time: timedelta) -> None:
        """Put off what is still to be sent."""
        self._clock += time

    def workbooks(
        self,
        forms: Collection[str] | None = None,
        *,
        figures: Figures | None = None,
        suffix: bool = False,
        quiet: bool = False,
    ) -> tuple[NamedFile, ...]:
        """The workbooks of some forms; `suffix` marks the name as a correction.

        `quiet` gives them a name that no province stands in.
        """
        sample = SampleReturn(
            self.plan_round,
            self.office.province,
            self.figures if figures is None else figures,
            self.style,
            self.seed,
            forms,
        )
        files = demo_texts()["files"]
        books = write_return(sample, files["quiet_book"] if quiet else None)
        return tuple(
            replace(book, name=book.name.replace(".xlsx", files["corrected"] + ".xlsx"))
            if suffix
            else book
            for book in books
        )

    def file_name(self, kind: str) -> str:
        """The name of a file of one kind (`scan`, `photo`, `locked`)."""
        return self.words.fill(demo_texts()["files"][kind])

    def archive_name(self) -> str:
        """The name of a zip archive."""
        return self.words.one_of(demo_texts()["files"]["archives"])

    def full_return(self, at: datetime | None = None) -> SampleMail:
        """All forms at once, correct."""
        if at is not None:
            self._clock = at
        return self.send("report", self.workbooks(), expected=Verdict.ACCEPTED)

    def send(
        self,
        text: str,
        files: tuple[NamedFile, ...],
        *,
        expected: Verdict,
        purpose: str | None = None,
        narrative: bool = True,
    ) -> SampleMail:
        """A mail with files, and mostly a narrative report.

        `text` names the wording: report, rest, again, corrected, scan, locked, quiet.
        """
        if narrative and self.dice.randrange(100) < 85:
            files = (*files, self._narrative())
        draft = MailDraft(
            sender=self.office.address,
            sender_name=self.office.name,
            recipient=self.recipient,
            sent_at=self._clock,
            subject=self._reworded(text),
            text=self._body(text),
            files=files,
            spelling=self.dice.randrange(60),
        )
        self.delay(timedelta(hours=self.dice.randrange(20, 30)))
        return self.posted(draft, expected, purpose or self._purpose(text))

    def posted(self, draft: MailDraft, expected: Verdict, purpose: str) -> SampleMail:
        """A draft of this office as a sample."""
        return SampleMail(
            sender=draft.sender,
            recipient=draft.recipient,
            sent_at=draft.sent_at,
            raw=write_mail(draft),
            province=self.office.province.code,
            purpose=purpose,
            expected=expected,
        )

    def _purpose(self, text: str) -> str:
        return "resent" if text == "again" else self.office.part.value

    def _reworded(self, text: str) -> str:
        texts = demo_texts()["mail"]
        if text == "quiet":
            return self.words.one_of(texts["quiet_subjects"])
        if text in ("rest", "again", "corrected"):
            return str(texts[text].format(subject=self._subject))
        return self._subject

    def _body(self, text: str) -> str:
        texts = demo_texts()["mail"]
        if text == "report":
            return self.words.one_of(texts["bodies"])
        return self.words.fill(texts[f"{text}_body"])

    def _narrative(self) -> NamedFile:
        texts = demo_texts()
        quoted = {
            name: vietnamese_number(self.figures[cell]) for name, cell in _QUOTED.items()
        }
        paragraphs = texts["narrative"]["paragraphs"]
        name = self.words.one_of(texts["files"]["narratives"])
        return NamedFile(
            name, write_narrative(self.words.fill(line, **quoted) for line in paragraphs)
        )
