"""Reading the ledger: one message by its reference, and the views as they stand."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    column,
    literal_column,
    or_,
    select,
    table,
)

from pipeline.adapters.sql_ledger.coverage import coverage_of_a_round
from pipeline.adapters.sql_ledger.desk import Desk, as_record
from pipeline.adapters.sql_ledger.schema import letters, messages
from pipeline.domain.errors import PermanentError
from pipeline.domain.mail.message import State
from pipeline.domain.writing.text import match_key
from pipeline.ports.ledger import MessageRecord
from pipeline.stages.report import VIETNAM

_LOG = table("ingest_log", column("id"), column("province_code"))
_OUTBOX = table("outbox", column("id"))
_DIGEST = re.compile(r"[0-9a-f]{8,64}")
_NUMBER = re.compile(r"[1-9][0-9]{0,8}")


class Reading(Desk):
    """Questions that commands and the console ask."""

    def record(self, reference: str) -> MessageRecord | None:
        """A message by ledger number or by the first 8+ digits of its digest.

        Of several sightings of the same bytes, the first. PermanentError when the
        digits fit different messages.
        """
        if _NUMBER.fullmatch(reference):
            numbered = self._records(messages.c.id == int(reference))
            if numbered:
                return numbered[0]
        start = reference.lower()
        if not _DIGEST.fullmatch(start):
            return None
        # "g" follows every hexadecimal digit: a range, so that the index serves.
        found = self._records(
            and_(messages.c.digest >= start, messages.c.digest < f"{start}g")
        )
        if len({record.arrival.digest for record in found}) > 1:
            raise PermanentError(
                f"{reference}: several messages have a digest that begins so; "
                "give more digits or the ledger number"
            )
        return found[0] if found else None

    def _records(self, condition: ColumnElement[bool]) -> list[MessageRecord]:
        query = select(messages).where(condition)
        order = (messages.c.state == State.DUPLICATE, messages.c.id)
        with self._database.reading() as connection:
            return [as_record(row) for row in connection.execute(query.order_by(*order))]

    def messages(self, filters: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        """Rows of the view `ingest_log`, newest first.

        Filters: `province` and `state` are equal, `since` is a date or time (Vietnam's
        unless it says otherwise), `search` is found in sender, subject and file names
        whatever the case and tone marks, `limit` is a number. PermanentError for a
        filter or a value that is none of these.
        """
        query: Select[Any] = (
            select(literal_column("ingest_log.*"))
            .select_from(_LOG.join(messages, messages.c.id == _LOG.c.id))
            .order_by(messages.c.received_at.desc(), messages.c.id.desc())
        )
        for name, value in filters.items():
            if name == "limit":
                query = query.limit(_count(value))
            else:
                query = query.where(log_condition(name, value))
        return iter(self._rows(query))

    def outbox(self) -> Iterator[Mapping[str, Any]]:
        """Rows of the view `outbox`, oldest first."""
        query: Select[Any] = (
            select(literal_column("*")).select_from(_OUTBOX).order_by(_OUTBOX.c.id)
        )
        return iter(self._rows(query))

    def letter_states(self) -> dict[str, str]:
        """The state of every letter, by its reply key."""
        query = select(letters.c.reply_key, letters.c.state)
        with self._database.reading() as connection:
            return {row.reply_key: str(row.state) for row in connection.execute(query)}

    def coverage(self, round_id: str) -> Sequence[Mapping[str, Any]]:
        """Rows of the view `coverage`, one for each province and form of the round."""
        query = coverage_of_a_round(self._database.dialect)
        with self._database.reading() as connection:
            found = connection.execute(query, {"round": round_id})
            names = tuple(found.keys())
            # a nation has a hundred thousand: not each as a mapping first
            return [dict(zip(names, row, strict=True)) for row in found]

    def _rows(self, query: Select[Any]) -> list[Mapping[str, Any]]:
        with self._database.reading() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]


def log_condition(name: str, value: str) -> ColumnElement[bool]:
    """What a filter of the ingest log asks; PermanentError for an unknown one."""
    match name:
        case "province":
            return _LOG.c.province_code == value
        case "state":
            return messages.c.state == value
        case "since":
            return messages.c.received_at >= _moment(value)
        case "search":
            return _mentions(value)
        case _:
            raise PermanentError(
                f"unknown filter {name}; known are province, state, since, search, limit"
            )


def _mentions(words: str) -> ColumnElement[bool]:
    """Messages that hold the words, with the later copies of the same bytes."""
    key = match_key(words)
    first = messages.alias()
    copied = select(first.c.id).where(first.c.search_text.contains(key, autoescape=True))
    return or_(
        messages.c.search_text.contains(key, autoescape=True),
        messages.c.duplicate_of.in_(copied),
    )


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        here = moment if moment.tzinfo else moment.replace(tzinfo=VIETNAM)
        return here.astimezone(UTC)
    except (ValueError, OverflowError) as error:  # 0001-01-01 is earlier still in UTC
        raise PermanentError(
            f"since {value}: not a date; write 2013-07-10 or 2013-07-10T09:00"
        ) from error


def _count(value: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise PermanentError(f"limit {value}: not a number above 0")
    return int(value)
