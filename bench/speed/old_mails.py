"""A mailbox and a ledger full of old mails, all filed and answered.

They are of 700 or 11,000 units of the same round, nine mails each: the ledger that a
country-wide round of the communes would leave. Their rows are made in SQL, their bodies
are one small text.
"""

from datetime import UTC, datetime

from sqlalchemy import create_engine, text

from bench.speed.programs import USER
from pipeline.adapters.sql_ledger.ledger import SqlLedger
from pipeline.adapters.sql_ledger.migrations.versions.v0023_packed_figures import (
    pack_what_was_filed,
)
from pipeline.adapters.sql_ledger.schema_packed import layouts, packs
from tests.servers.dovecot import Dovecot

OF_A_UNIT = 9
FIGURES = 10
_ORIGINALS = 10
"""Dovecot counts at most 65,535 copies of one mail."""
_BODY = b"From: nobody@example.test\r\nSubject: an old mail\r\n\r\nold\r\n"
_WORDS = {
    "sqlite": {
        "digest": "printf('%064x', i)",
        "form": "printf('PL%02d', 1 + {0} % 9)",
        "moment": ":at",
        "now": "strftime('%Y-%m-%dT%H\\:%M\\:%S.000000Z', 'now')",
        "bytes": "zeroblob(2000)",
    },
    "postgresql": {
        "digest": "lpad(to_hex(i), 64, '0')",
        "form": "'PL' || lpad((1 + {0} % 9)::text, 2, '0')",
        "moment": "CAST(:at AS timestamptz)",
        "now": "now()",
        "bytes": "decode(repeat('00', 2000), 'hex')",
    },
}
_MESSAGES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO message (account, folder, uidvalidity, uid, digest, size, arrived_at,
    received_at, first_seen_at, spam_folder, state, attempts, standing, kind, sender,
    subject, search_text, round_id, province_code, verified, verdict, late, narrative,
    row_count, content_key)
SELECT 'default', 'INBOX', :validity, i, {digest}, 60, {moment}, {moment}, {moment}, 0,
    'filed', 1, 'filed', 'submission', 'u' || (i / :each) || '@example.test', 'old', 'old',
    'ke-hoach-2014', 'u' || (i / :each), 1, 'accepted', 0, 0, :figures, {digest}
FROM n
"""
_VERSIONS = """
INSERT INTO version (message_id, place, form_id, state, counts, verified)
SELECT id, 0, {form}, 'accepted', 1, 1 FROM message
"""
_FIGURES = """
WITH RECURSIVE k(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM k WHERE j < :figures)
INSERT INTO figure (version_id, indicator, column_key, value, quantum, unit, raw, path,
    sheet, cell, hidden, encoding)
SELECT version.id, 'I' || j, 'ke_hoach', 12, 1, 'người', '12', 'a.xlsx', 'PL', 'A1',
    0, 'unicode'
FROM version, k
"""
_FINDINGS = """
INSERT INTO finding (message_id, code, severity, state, form_id, rule, suspect)
SELECT id, 'sum', 'query', 'fail', {form}, 'old.rule', '[]'
FROM message WHERE id % 3 = 0
"""
_LETTERS = """
INSERT INTO letter (message_id, account, reply_key, token, template, recipient,
    rfc_message_id, subject, state, brings_forms, attempts, created_at, sent_at, data)
SELECT id, 'default', 'old:' || id, 'old' || id, 'acknowledgement', sender,
    '<old.' || id || '@example.test>', 'old', 'sent', 1, 1, {moment}, {moment}, {bytes}
FROM message
"""
# The work of this night and day is done, else the daemon would do it after a minute.
_NIGHT = """
INSERT INTO run (round_id, as_of, started_at, stored_at, last_event)
VALUES ('ke-hoach-2014', {now}, {now}, {now}, 0)
"""
_BEATS = """
INSERT INTO heartbeat (job, at, outcome, good_at)
VALUES ('audit', {now}, 'ok', {now}), ('digest', {now}, 'ok', {now}),
    ('remind', {now}, 'ok', {now})
"""
_OLD = (_MESSAGES, _VERSIONS, _FIGURES, _FINDINGS, _LETTERS, _NIGHT, _BEATS)


def crowd(dovecot: Dovecot, size: int) -> None:
    """So many small mails in the mailbox, all but the first copied by the server."""
    with dovecot.client(USER) as client:
        for _ in range(_ORIGINALS):
            client.append("INBOX", _BODY)
        client.select_folder("INBOX")
        there = _ORIGINALS
        while there < size:
            more = min(there, size - there)
            client.copy(f"1:{more}", "INBOX")
            there += more


def validity(dovecot: Dovecot) -> int:
    """The mailbox's UIDVALIDITY."""
    with dovecot.client(USER) as client:
        return int(client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"])


def remember(url: str, size: int, uidvalidity: int) -> None:
    """The old mails as the ledger at an address would know them."""
    ledger = SqlLedger(url)
    ledger.migrate()
    # a trail that has begun, as that of every ledger with mails
    ledger.note("bench", "remember", {}, datetime(2013, 7, 1, tzinfo=UTC))
    ledger.close()
    engine = create_engine(url)
    words = _WORDS[engine.dialect.name]
    form = words["form"].format("id")
    values = {
        "count": size,
        "validity": uidvalidity,
        "each": OF_A_UNIT,
        "figures": FIGURES,
        "at": "2013-07-01T00:00:00.000000Z",
    }
    with engine.begin() as connection:
        for statement in _OLD:
            filled = statement.format(**{**words, "form": form})
            connection.execute(text(filled), values)
        pack_what_was_filed(connection, layouts, packs)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()
