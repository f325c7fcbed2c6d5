"""How many provinces fail each rule, kept up from event to event.

Ranking every version of a round is work that grows with the round, and each judgement
with a finding asks. Whatever changes a message appends an event about it in the same
transaction (the audit trail), so the provinces of the messages that events speak of are
all that has to be counted anew. An event about no message may be about any: then, and
when the trail is not the one that was read before, everything is counted.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from sqlalchemy import Connection, bindparam, select, text

from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import events, messages
from pipeline.adapters.sql_ledger.views import written_out

Name = tuple[str, str | None]
"""A form and a rule that it fails; a form and None when it counts at all."""

AT_MOST = 500
"""Events behind which counting everything is the shorter way; also bounds `IN`."""
_ABOUT_NO_COUNT = frozenset(
    {"rule", "extend", "remind", "release-letter", "console-enter", "download-raw"}
)

_COUNTING_VERSIONS = """
SELECT s.message_id, s.province_code, s.form_id
FROM ({standings} WHERE m.round_id = :round AND m.province_code IS NOT NULL{some}) s
WHERE {counting}
"""
# A rule that is held goes on being counted by its blocked findings, else it would come
# back as soon as it is held; those of an unreadable operand expect nothing.
_FAILED = """
SELECT f.message_id, f.form_id, f.rule FROM finding f{of}
    AND f.rule IS NOT NULL AND f.severity IN ('error', 'query')
    AND (f.state = 'fail' OR f.state = 'blocked' AND f.expected IS NOT NULL)
"""


def _versions(some: str) -> Any:
    return text(written_out(_COUNTING_VERSIONS).replace("{some}", some))


def _failed(of: str) -> Any:
    return text(_FAILED.replace("{of}", of))


_ALL = Prepared(_versions(""))
_SOME = Prepared(
    _versions(" AND m.province_code IN :provinces").bindparams(
        bindparam("provinces", expanding=True)
    )
)
_ALL_FAILED = Prepared(
    _failed(" JOIN message m ON m.id = f.message_id WHERE m.round_id = :round")
)
# By the numbers of messages: joined to the ranked versions, SQLite goes through all the
# findings of the ledger first, each time, to make a Bloom filter.
_SOME_FAILED = Prepared(
    _failed(" WHERE f.message_id IN :messages").bindparams(
        bindparam("messages", expanding=True)
    )
)


@dataclass(slots=True)
class _Counted:
    """One round as it was after an event: what each province adds to the counts."""

    number: int
    hash: str
    of_province: dict[str, set[Name]] = field(default_factory=dict)
    province_of: dict[int, str] = field(default_factory=dict)
    provinces: Counter[Name] = field(default_factory=Counter)

    def forget(self, gone: Collection[str]) -> None:
        """Take what provinces added out of the counts."""
        for province in gone:
            self.provinces.subtract(self.of_province.pop(province, ()))

    def add(self, connection: Connection, values: Mapping[str, Any]) -> None:
        """Count the versions of a round, or of some `provinces` of it."""
        some = "provinces" in values
        forms: dict[int, set[str]] = {}
        for message, province, form in (_SOME if some else _ALL).rows(connection, values):
            self.province_of[message] = province
            forms.setdefault(message, set()).add(form)
            self._count(province, (form, None))
        failed = (
            _failures(connection, sorted(forms))
            if some
            else _ALL_FAILED.rows(connection, values)
        )
        for message, form, rule in failed:
            if form in forms.get(message, ()):
                self._count(self.province_of[message], (form, rule))

    def _count(self, province: str, name: Name) -> None:
        names = self.of_province.setdefault(province, set())
        if name not in names:
            names.add(name)
            self.provinces[name] += 1


def _failures(connection: Connection, messages: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(messages), AT_MOST):
        some = {"messages": messages[start : start + AT_MOST]}
        yield from _SOME_FAILED.rows(connection, some)


class RuleTally:
    """The counts of each round, for one database."""

    def __init__(self) -> None:
        self._rounds: dict[str, _Counted] = {}
        self._lock = Lock()

    def counts(self, connection: Connection, round_id: str) -> Mapping[Name, int]:
        """Provinces by (form, rule), and by (form, None) those whose form counts."""
        with self._lock:
            counted = self._current(connection, round_id)
            return {name: count for name, count in counted.provinces.items() if count}

    def first_questions(self, round_id: str) -> list[tuple[Prepared, Mapping[str, Any]]]:
        """What bringing the counts of a round up to date asks first, as far as known."""
        known = self._rounds.get(round_id)
        return [] if known is None else [(_SINCE, {"after": known.number})]

    def next_questions(
        self, connection: Connection, round_id: str
    ) -> list[tuple[Prepared, Mapping[str, Any]]]:
        """What it asks then."""
        known = self._rounds.get(round_id)
        if known is None:
            return []
        moved = _moved(known, _SINCE.rows(connection, {"after": known.number}))
        return [(_SOME, _of(round_id, moved))] if moved else []

    def _current(self, connection: Connection, round_id: str) -> _Counted:
        # out of the book meanwhile: what breaks off leaves it half counted
        known = self._rounds.pop(round_id, None)
        if known is not None:
            trail = _SINCE.rows(connection, {"after": known.number})
            moved = _moved(known, trail)
            if moved is not None:
                if moved:
                    known.forget(moved)
                    known.add(connection, _of(round_id, moved))
                known.number, known.hash = trail[-1][:2]
                self._rounds[round_id] = known
                return known
        last = LAST_EVENT.one(connection)
        counted = _everything(connection, round_id, *(last or (0, "")))
        if last is not None:
            self._rounds[round_id] = counted
        return counted


LAST_EVENT = Prepared(
    select(events.c.number, events.c.hash).order_by(events.c.number.desc()).limit(1)
)
_SINCE = Prepared(
    select(
        events.c.number,
        events.c.hash,
        events.c.action,
        events.c.message_id,
        messages.c.province_code,
    )
    .outerjoin(messages, messages.c.id == events.c.message_id)
    .where(events.c.number >= bindparam("after"))
    .order_by(events.c.number)
    .limit(AT_MOST)
)


def _everything(connection: Connection, round_id: str, number: int, trail: str) -> _Counted:
    counted = _Counted(number, trail)
    counted.add(connection, {"round": round_id})
    return counted


def _of(round_id: str, provinces: Collection[str]) -> Mapping[str, Any]:
    return {"round": round_id, "provinces": sorted(provinces)}


def _moved(known: _Counted, trail: Sequence[tuple[Any, ...]]) -> set[str] | None:
    """The provinces whose counts may have changed since; None when it may be any."""
    if not trail or trail[0][:2] != (known.number, known.hash) or len(trail) == AT_MOST:
        return None
    moved: set[str] = set()
    for _, _, action, message, province in trail[1:]:
        if message is None:
            if action not in _ABOUT_NO_COUNT:
                return None
            continue
        before = known.province_of.get(message)
        moved |= {p for p in (before, province) if p is not None}
    return moved
