"""How many provinces fail each rule, kept up from event to event.

Ranking every version of a round is work that grows with the round, and each judgement
with a finding asks. Whatever changes a message appends an event about it in the same
transaction (the audit trail), so the provinces of the messages that events speak of are
all that has to be counted anew. An event about no message may be about any: then, and
when the trail is not the one that was read before, everything is counted.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, select, text

from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import events, messages

Value = TypeVar("Value")
Name = tuple[str, str | None]
"""A form and a rule that it fails; a form and None when it counts at all."""

AT_MOST = 500
"""Events looked at in one go; also bounds `IN`."""
FAR_BEHIND = 20
"""So many times that, and counting everything is the shorter way."""
_ABOUT_NO_COUNT = frozenset(
    {"rule", "extend", "remind", "release-letter", "console-enter", "download-raw"}
)

# In the order of the view `version_standing`: of each form the last one counts. Ranked by
# a window as there, a hundred thousand take twice as long.
_COUNTING_VERSIONS = """
SELECT v.message_id, m.province_code, v.form_id
FROM message m JOIN version v ON v.message_id = m.id
WHERE m.round_id = :round AND m.province_code IS NOT NULL{some}
    AND m.standing = 'filed' AND v.counts = 1
ORDER BY v.verified, CASE WHEN v.state = 'accepted' THEN 1 ELSE 0 END,
    m.received_at, m.id, v.place DESC
"""
# A rule that is held goes on being counted by its blocked findings, else it would come
# back as soon as it is held; those of an unreadable operand expect nothing.
_FAILED = """
SELECT f.message_id, f.form_id, f.rule FROM finding f{of}
    AND f.rule IS NOT NULL AND f.severity IN ('error', 'query')
    AND (f.state = 'fail' OR f.state = 'blocked' AND f.expected IS NOT NULL)
"""


def _versions(some: str) -> Any:
    return text(_COUNTING_VERSIONS.replace("{some}", some))


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
        """Count the versions of a round, or of `provinces` of which nothing is counted."""
        some = "provinces" in values
        counting: dict[tuple[str, str], int] = {}
        for message, province, form in (_SOME if some else _ALL).rows(connection, values):
            counting[province, form] = message
            self.province_of[message] = province
        found: defaultdict[str, set[Name]] = defaultdict(set)
        for province, form in counting:
            found[province].add((form, None))
        failed = (
            _failures(connection, sorted(set(counting.values())))
            if some
            else _ALL_FAILED.rows(connection, values)
        )
        for message, form, rule in failed:
            province = self.province_of.get(message, "")
            if counting.get((province, form)) == message:
                found[province].add((form, rule))
        self.of_province |= found
        self.provinces.update(chain.from_iterable(found.values()))


def _failures(connection: Connection, messages: Sequence[int]) -> Iterator[tuple[Any, ...]]:
    for some in _batched(messages):
        yield from _SOME_FAILED.rows(connection, {"messages": some})


def _batched(values: Sequence[Value]) -> Iterator[list[Value]]:
    """So many at a time as an `IN` may have."""
    for start in range(0, len(values), AT_MOST):
        yield list(values[start : start + AT_MOST])


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
        if not moved or len(moved) * 2 > len(known.of_province):
            return []
        return [(_SOME, {"round": round_id, "provinces": next(_batched(sorted(moved)))})]

    def _current(self, connection: Connection, round_id: str) -> _Counted:
        # out of the book meanwhile: what breaks off leaves it half counted
        known = self._rounds.pop(round_id, None)
        moved = _followed(connection, known) if known is not None else None
        if known is None or moved is None or len(moved) * 2 > len(known.of_province):
            known = _everything(connection, round_id)
        else:
            known.forget(moved)
            for some in _batched(sorted(moved)):
                known.add(connection, {"round": round_id, "provinces": some})
        if known.hash:
            self._rounds[round_id] = known
        return known


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


def _everything(connection: Connection, round_id: str) -> _Counted:
    counted = _Counted(*(LAST_EVENT.one(connection) or (0, "")))
    counted.add(connection, {"round": round_id})
    return counted


def _followed(connection: Connection, known: _Counted) -> set[str] | None:
    """The trail up to its end: provinces as `_moved` gives them."""
    moved: set[str] = set()
    for _ in range(FAR_BEHIND):
        trail = _SINCE.rows(connection, {"after": known.number})
        here = _moved(known, trail)
        if here is None:
            return None
        moved |= here
        known.number, known.hash = trail[-1][:2]
        if len(trail) < AT_MOST:
            return moved
    return None


def _moved(known: _Counted, trail: Sequence[tuple[Any, ...]]) -> set[str] | None:
    """The provinces whose counts may have changed since; None when it may be any."""
    if not trail or trail[0][:2] != (known.number, known.hash):
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
