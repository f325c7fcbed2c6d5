"""Letters to administrators: a notice's facts to words and bytes."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from pipeline.adapters.letters.letter_message import LETTER_POLICY, Letterhead
from pipeline.domain.errors import ConfigError
from pipeline.domain.health import Alarm
from pipeline.domain.notice import Notice, Occasion
from pipeline.domain.writing.vietnamese import HANOI, write_date

STATES = ("queued", "waiting", "unknown", "failed")
"""States of letters that an administrator or planner has to do with."""


class AlarmLetterWriter:
    """Words from a TOML file; ConfigError when one of the alarms has none there."""

    def __init__(self, wording: Path, head: Letterhead) -> None:
        self._words: Mapping[str, Any] = tomllib.loads(wording.read_text(encoding="utf-8"))
        self._head = head
        for section in ("name", "advice"):
            for alarm in Alarm:
                if alarm.value not in self._words[section]:
                    raise ConfigError(str(wording), f"{section}.{alarm}", "has no words")

    def write(self, notice: Notice, recipient: str) -> bytes:
        """The letter, with the marks of an automatic one: nobody answers it."""
        head, now = self._head, notice.signs.at
        token = head.token(f"alarm {recipient} {now.isoformat()}")
        message = EmailMessage(policy=LETTER_POLICY)
        message["From"] = Address(head.from_name, addr_spec=head.from_address)
        message["To"] = Address(addr_spec=recipient)
        message["Date"] = format_datetime(now.astimezone(HANOI))
        message["Subject"] = self._subject(notice)
        message["Message-ID"] = f"<khtc.{token}@{head.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message["X-Auto-Response-Suppress"] = "All"
        message["X-Loop"] = head.from_address
        text = "\n".join(self._lines(notice)) + "\n"
        message.set_content(text, charset="utf-8", cte="quoted-printable")
        return message.as_bytes()

    def _subject(self, notice: Notice) -> str:
        words = self._words["subject"]
        day = write_date(notice.signs.at.astimezone(HANOI).date())
        return str(words[notice.occasion]).format(
            names=self._names(notice),
            day=day,
            condition=words["ill" if notice.since else "well"],
        )

    def _names(self, notice: Notice) -> str:
        over = notice.occasion is Occasion.OVER
        told = notice.ended if over else tuple(notice.since)
        return ", ".join(self._words["name"][alarm] for alarm in told)

    def _lines(self, notice: Notice) -> Iterator[str]:
        words = self._words
        yield words["greeting"]
        yield ""
        yield words["opening"][notice.occasion].format(names=self._names(notice))
        yield ""
        for alarm, since in notice.since.items():
            name, advice = words["name"][alarm], words["advice"][alarm]
            yield words["line"]["alarm"].format(
                name=name, since=_clock(since), advice=advice
            )
        if not notice.since:
            yield words["opening"]["none"]
        yield ""
        yield from self._numbers(notice)
        yield ""
        yield words["signature"].format(from_name=self._head.from_name)
        yield words["reply"]

    def _numbers(self, notice: Notice) -> Iterator[str]:
        """Counts and times, and nothing else: never what a province wrote."""
        lines, signs = self._words["line"], notice.signs
        if signs.tallies is not None:
            polled = signs.good.get("collect")
            yield lines["poll"].format(at=_clock(polled) if polled else lines["never"])
            messages, letters = signs.tallies.messages, signs.tallies.letters
            yield lines["queue"].format(count=messages.get("received", 0))
            for state in ("held", "quarantined"):
                yield lines[state].format(count=messages.get(state, 0))
            for state in STATES:
                yield lines[state].format(count=letters.get(state, 0))
        yield lines["disk"].format(count=signs.disk_free >> 30)


def _clock(moment: datetime) -> str:
    local = moment.astimezone(HANOI)
    return f"{local:%H:%M} {write_date(local.date())}"
