"""A copy of the ledger with the mail of a few reporting units alone.

Reading a message again asks what its unit sent and was told, what planners said, and
which rules are held back: nothing else of a large ledger is copied. The rules that are
held because they fail too often are held in the copy by name, since it cannot count.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, or_, select

from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.migrate import migrate
from pipeline.adapters.sql_ledger.rule_tally import RuleTally
from pipeline.adapters.sql_ledger.rule_watch import HELD, standings_of
from pipeline.adapters.sql_ledger.schema import (
    expected_forms,
    figures,
    findings,
    letters,
    messages,
    outcomes,
    past_locations,
    senders,
    versions,
)
from pipeline.adapters.sql_ledger.schema_aliases import aliases
from pipeline.adapters.sql_ledger.schema_history import history, history_totals
from pipeline.adapters.sql_ledger.schema_rulings import (
    acceptances,
    explanations,
    extensions,
    papers,
    rule_rulings,
    waivers,
)
from pipeline.domain.mail.message import State

_AT_ONCE = 1_000
_WHOLE = (senders, rule_rulings, extensions, history_totals)
_OF_UNITS = (waivers, papers, history)
_OF_MESSAGES = (
    past_locations,
    outcomes,
    versions,
    findings,
    letters,
    acceptances,
    explanations,
    aliases,
)


def copy_units(url: str, target: Path, message: int, units: Collection[str]) -> str:
    """The URL of a copy in SQLite: one message, and what was filed of these units.

    The ledger itself is only read; other messages that wait are not in the copy.
    """
    source, copied = Database(url), f"sqlite:///{target}"
    copy = Database(copied)
    try:
        migrate(copy)
        with source.reading() as old, copy.writing() as new:
            new.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            _copy_all(old, new, message, units)
    finally:
        source.close()
        copy.close()
    return copied


def _copy_all(
    old: Connection, new: Connection, message: int, units: Collection[str]
) -> None:
    wanted = or_(
        messages.c.id == message,
        messages.c.province_code.in_(units) & (messages.c.state != State.RECEIVED),
    )
    numbers = select(messages.c.id).where(wanted)
    here = set(old.scalars(numbers))
    for row in old.execute(select(messages).where(wanted)).mappings():
        first = row["duplicate_of"]
        values = {**row, "duplicate_of": first if first in here else None}
        new.execute(insert(messages), values)
    for table in _WHOLE:
        _copy(table, select(table), old, new)
    for table in _OF_UNITS:
        _copy(table, select(table).where(table.c.province_code.in_(units)), old, new)
    for table in _OF_MESSAGES:
        _copy(table, select(table).where(table.c.message_id.in_(numbers)), old, new)
    forms = select(versions.c.id).where(versions.c.message_id.in_(numbers))
    _copy(figures, select(figures).where(figures.c.version_id.in_(forms)), old, new)
    _hold_rules(old, new)


def _hold_rules(old: Connection, new: Connection) -> None:
    """Hold in the copy what the whole ledger holds without a planner's word."""
    rounds = old.scalars(select(expected_forms.c.round_id).distinct()).all()
    at = old.scalar(select(messages.c.received_at).order_by(messages.c.id).limit(1))
    for round_id in rounds:
        for standing in standings_of(old, RuleTally(), round_id):
            if standing.held and standing.word is None:
                form, rule = standing.name
                said = {"round_id": round_id, "form_id": form, "rule": rule}
                by = {"state": HELD, "ruled_by": "", "why": "", "ruled_at": at}
                new.execute(insert(rule_rulings), {**said, **by})


def _copy(table: Table, query: Select[Any], old: Connection, new: Connection) -> None:
    found = old.execute(query, execution_options={"yield_per": _AT_ONCE})
    for rows in found.mappings().partitions():
        new.execute(insert(table), [dict(row) for row in rows])
