"""The demo's round in a ledger of either database, and a hundred thousand mails more."""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, insert, text
from sqlalchemy.engine import Engine

from pipeline.adapters.sql_ledger.schema import events, messages
from pipeline.assembly import make_consolidation, open_archive, open_ledger, open_workshop
from pipeline.assembly.plan import Plan
from pipeline.demo.sample_mails import sample_round
from pipeline.domain.mail.message import Arrival, Location
from pipeline.jobs.consolidate import consolidate
from pipeline.jobs.process import process
from tests.builders.demo_world import shipped_gazetteer, shipped_round, shipped_sizes
from tests.builders.mails import OURS

SEED = 20130715
AT_ONCE = 2_000
LATER = timedelta(minutes=1)

# a whole return of the demo that was accepted: each return made here has its figures
_MODEL = """
SELECT m.id FROM message m WHERE m.standing = 'filed' AND m.verdict = 'accepted'
AND m.round_id = :round ORDER BY m.row_count DESC, m.id LIMIT 1
"""
_COPIES = (
    """
INSERT INTO version (message_id, place, form_id, state, counts, verified)
SELECT m.id, v.place, v.form_id,
    CASE WHEN (m.id + v.place) % 7 = 0 THEN 'deficient' ELSE v.state END, 1, 1
FROM message m CROSS JOIN version v
WHERE m.folder = 'bench' AND m.kind = 'submission' AND v.message_id = :model
""",
    """
INSERT INTO figure (version_id, indicator, column_key, value, missing, quantum, unit,
    unit_written, raw, path, sheet, cell, hidden, encoding)
SELECT v.id, f.indicator, f.column_key, f.value, f.missing, f.quantum, f.unit,
    f.unit_written, f.raw, f.path, f.sheet, f.cell, f.hidden, f.encoding
FROM message m JOIN version v ON v.message_id = m.id
JOIN version o ON o.message_id = :model AND o.place = v.place
JOIN figure f ON f.version_id = o.id WHERE m.folder = 'bench'
""",
    """
INSERT INTO finding (message_id, code, severity, state, form_id, rule, indicator,
    column_key, path, sheet, cell, found, expected, suspect)
SELECT m.id, f.code, f.severity, f.state, f.form_id, f.rule, f.indicator, f.column_key,
    f.path, f.sheet, f.cell, f.found, f.expected, f.suspect
FROM message m CROSS JOIN (
    SELECT * FROM finding WHERE form_id IS NOT NULL ORDER BY id LIMIT 12) f
WHERE m.folder = 'bench' AND m.kind = 'submission'
""",
    """
INSERT INTO outcome (message_id, filed_at, parsed, document)
SELECT m.id, o.filed_at, o.parsed, o.document FROM message m CROSS JOIN outcome o
WHERE m.folder = 'bench' AND m.kind = 'submission' AND o.message_id = :model
""",
    """
INSERT INTO letter (message_id, account, reply_key, token, template, recipient,
    rfc_message_id, subject, state, brings_forms, attempts, created_at, data)
SELECT m.id, l.account, 'bench-' || m.id, 'bench-' || m.id, l.template, l.recipient,
    '<' || m.id || '@bench.example>', l.subject, 'sent', 1, 1, m.received_at, l.data
FROM message m CROSS JOIN (SELECT * FROM letter ORDER BY id LIMIT 1) l
WHERE m.folder = 'bench' AND m.kind = 'submission'
""",
)


def take_in(plan: Plan) -> None:
    """The demo's round as the daemon takes it in, and consolidated."""
    ledger, archive = open_ledger(plan), open_archive(plan)
    world = shipped_round(), shipped_gazetteer(), shipped_sizes()
    mails = sample_round(*world, SEED, OURS)
    for number, mail in enumerate(mails, 1):
        digest, place = archive.store(mail.raw), Location("INBOX", 1, number)
        ledger.arrive(Arrival(digest, place, len(mail.raw), mail.sent_at, mail.sent_at))
    last = max(mail.sent_at for mail in mails) + LATER
    shop = open_workshop(plan, ledger)
    process(shop, lambda: last)
    shop.reader.close()
    for plan_round in plan.rounds:
        consolidate(make_consolidation(plan, ledger, plan_round), last)
    ledger.close()


def grow(plan: Plan, more: int, returns: int) -> Mapping[str, int]:
    """Add so many mails, some of them whole returns; the rows of each table then.

    Their events are no chain: `audit` would say so.
    """
    engine = create_engine(plan.settings.database)
    plan_round = plan.rounds[0]
    with engine.begin() as connection:
        model = connection.scalar(text(_MODEL), {"round": plan_round.id})
        assert model is not None
        codes = [province.code for province in plan.gazetteer.provinces]
        rows = _mails(plan_round.id, plan_round.due, codes, more, returns)
        _insert_all(connection, messages, rows)
        for copy in _COPIES:
            connection.execute(text(copy), {"model": model})
        _insert_all(connection, events, _events(connection))
    _analyze(engine)
    counts = _counts(engine)
    engine.dispose()
    return counts


def _mails(
    round_id: str, due: Any, codes: list[str], more: int, returns: int
) -> Iterator[Mapping[str, Any]]:
    """Returns are spread evenly over the month before the deadline."""
    first, step = due - timedelta(days=30), timedelta(days=29) / more
    every = more // returns
    for number in range(more):
        at, code = first + step * number, codes[number // every % len(codes)]
        whole = number % every == 0 and number // every < returns
        odd = number % 500
        state = "filed" if whole else {1: "held", 2: "quarantined"}.get(odd, "ignored")
        yield {
            "account": "bench",
            "folder": "bench",
            "uidvalidity": 1,
            "uid": number + 1,
            "digest": hashlib.sha256(f"bench {number}".encode()).hexdigest(),
            "size": 40_000,
            "arrived_at": at,
            "received_at": at,
            "first_seen_at": at,
            "spam_folder": 0,
            "state": state,
            "reason": None if whole else "identity-unknown" if state == "held" else "robot",
            "attempts": 1,
            "standing": state,
            "kind": "submission" if whole else "other",
            "sender": f"so{number % 997}@example.com",
            "subject": f"Báo cáo kế hoạch số {number}",
            "search_text": f"bao cao ke hoach so {number} so{number % 997}@example.com",
            "round_id": round_id if whole else None,
            "province_code": code if whole else None,
            "verified": int(whole),
            "verdict": "accepted" if whole else None,
            "late": 0 if whole else None,
            "narrative": int(whole),
            "row_count": 774 if whole else 0,
        }


def _events(connection: Connection) -> Iterator[Mapping[str, Any]]:
    """One event for each mail made here."""
    last = connection.scalar(text("SELECT max(number) FROM event")) or 0
    found = connection.execute(
        messages.select()
        .with_only_columns(messages.c.id, messages.c.received_at)
        .where(messages.c.folder == "bench")
        .order_by(messages.c.id)
    )
    for number, (message, at) in enumerate(found.all(), last + 1):
        yield {
            "number": number,
            "at": at,
            "actor": "daemon",
            "action": "file",
            "message_id": message,
            "detail": "{}",
            "hash": hashlib.sha256(str(number).encode()).hexdigest(),
        }


def _insert_all(
    connection: Connection, table: Any, rows: Iterator[Mapping[str, Any]]
) -> None:
    waiting: list[Mapping[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == AT_ONCE:
            connection.execute(insert(table), waiting)
            waiting = []
    if waiting:
        connection.execute(insert(table), waiting)


def _analyze(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("ANALYZE"))


def _counts(engine: Engine) -> Mapping[str, int]:
    names = ("message", "figure", "finding", "letter", "event")
    with engine.connect() as connection:
        return {
            name: connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0
            for name in names
        }


def size_of(folder: Path) -> int:
    """Bytes of the SQLite ledger in a folder."""
    return sum(file.stat().st_size for file in folder.glob("data/ingest.db*"))
