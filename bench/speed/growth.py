"""What a message costs with 1,000, 10,000 and 100,000 others in ledger and mailbox.

The others are of 700 or 11,000 units of the same round, nine mails each, all filed and
answered: the ledger a country-wide round of the communes would leave. Their rows are
made in SQL, their bodies are one small text.
"""

import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench.speed.plots import bars
from bench.speed.programs import USER, Measured, configure, daemon, measure
from bench.speed.side_by_side import mails, put
from pipeline.adapters.sql_ledger.ledger import SqlLedger
from tests.servers.aiosmtp import running_aiosmtpd
from tests.servers.certificates import Certificates
from tests.servers.dovecot import Dovecot, running_dovecot

FIRST = 10
"""Mails of a run that is taken off: what a process does once at its start.

So many come before it as well, not measured: the first run with new mail brings the old
pages of ledger and mailbox into memory, and would make the others look cheap.
"""
NEW = 50
OF_A_UNIT = 9
FIGURES = 10
_LINKS_OF_A_FILE = 50_000
"""ext4 allows 65,000."""
_BODY = b"From: nobody@example.test\r\nSubject: an old mail\r\n\r\nold\r\n"

_MESSAGES = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
INSERT INTO message (id, account, folder, uidvalidity, uid, digest, size, arrived_at,
    received_at, first_seen_at, spam_folder, state, attempts, standing, kind, sender,
    subject, search_text, round_id, province_code, verified, verdict, late, narrative,
    row_count, content_key)
SELECT i, 'default', 'INBOX', :validity, i, printf('%064x', i), 60, :at, :at, :at, 0,
    'filed', 1, 'filed', 'submission', 'u' || (i / :each) || '@example.test', 'old', 'old',
    'ke-hoach-2014', 'u' || (i / :each), 1, 'accepted', 0, 0, :figures,
    printf('%064x', i)
FROM n
"""
_VERSIONS = """
INSERT INTO version (id, message_id, place, form_id, state, counts, verified)
SELECT id, id, 0, printf('PL%02d', 1 + id % 9), 'accepted', 1, 1 FROM message
"""
_FIGURES = """
WITH RECURSIVE k(j) AS (SELECT 1 UNION ALL SELECT j + 1 FROM k WHERE j < :figures)
INSERT INTO figure (version_id, indicator, column_key, value, quantum, unit, raw, path,
    sheet, cell, hidden, encoding)
SELECT version.id, 'I' || j, 'ke_hoach', '12', '1', 'người', '12', 'a.xlsx', 'PL', 'A1',
    0, 'unicode'
FROM version, k
"""
_FINDINGS = """
INSERT INTO finding (message_id, code, severity, state, form_id, rule, suspect)
SELECT id, 'sum', 'query', 'fail', printf('PL%02d', 1 + id % 9), 'old.rule', '[]'
FROM message WHERE id % 3 = 0
"""
_LETTERS = """
INSERT INTO letter (message_id, account, reply_key, token, template, recipient,
    rfc_message_id, subject, state, brings_forms, attempts, created_at, sent_at, data)
SELECT id, 'default', 'old:' || id, 'old' || id, 'acknowledgement', sender,
    '<old.' || id || '@example.test>', 'old', 'sent', 1, 1, :at, :at, zeroblob(2000)
FROM message
"""
_OLD = (_MESSAGES, _VERSIONS, _FIGURES, _FINDINGS, _LETTERS)


@dataclass(frozen=True)
class _Found:
    """A round with nothing new, one with `FIRST` mails, one with `NEW`."""

    nothing: Measured
    first: Measured
    more: Measured

    @property
    def cpu(self) -> float:
        """Processor milliseconds of one more message."""
        return 1000 * (self.more.cpu - self.first.cpu) / (NEW - FIRST)

    @property
    def wall(self) -> float:
        """Milliseconds of one more message on the clock."""
        return 1000 * (self.more.seconds - self.first.seconds) / (NEW - FIRST)


def growth(
    scratch: Path, certificates: Certificates, sizes: list[int], plots: Path
) -> list[str]:
    """Processor seconds a message, and of a round in which nothing is new, by size."""
    found: dict[int, _Found] = {}
    for size in sizes:
        with (
            running_dovecot(certificates) as dovecot,
            running_aiosmtpd(certificates) as smtp,
        ):
            home = scratch / f"growth-{size}"
            configuration = configure(home, dovecot, smtp)
            crowd(dovecot, size)
            measure(daemon(configuration, "status"))  # makes the ledger
            remember(home / "data" / "ingest.db", size, validity(dovecot))
            measure(daemon(configuration, "once", "--dry-run"))  # the server's own index
            nothing_new = [measure(daemon(configuration, "once")) for _ in range(3)]
            taken = len(list((home / "data" / "archive").glob("??/*.eml")))
            if taken:
                raise SystemExit(f"{taken} bodies of {size} were fetched twice")
            made = iter(mails(FIRST + FIRST + NEW))
            some = []
            for new in (FIRST, FIRST, NEW):
                put(dovecot, list(islice(made, new)))
                some.append(measure(daemon(configuration, "once")))
            if len(smtp.letters) != FIRST + FIRST + NEW:
                raise SystemExit(f"{len(smtp.letters)} letters came back")
            found[size] = _Found(_middle(nothing_new), *some[1:])
    return [*_section(found), "", _plot(found, plots)]


def crowd(dovecot: Dovecot, size: int) -> None:
    """So many small mails in the mailbox, put into its maildir as links of one file."""
    with dovecot.client(USER) as client:
        client.append("INBOX", _BODY)
        client.select_folder("INBOX", readonly=True)
    (first,) = (dovecot.home / "mail" / USER).glob("*/*,S=*") or (None,)
    assert first is not None
    owner, source = first.stat(), first
    for number in range(size - 1):
        target = first.parent.parent / "cur" / f"{10**9 + number}.old.host:2,S"
        if number % _LINKS_OF_A_FILE:
            os.link(source, target)
        else:
            shutil.copyfile(first, target)
            os.chown(target, owner.st_uid, owner.st_gid)
            source = target
    with dovecot.client(USER) as client:
        client.select_folder("INBOX", readonly=True)


def validity(dovecot: Dovecot) -> int:
    """The mailbox's UIDVALIDITY."""
    with dovecot.client(USER) as client:
        return int(client.select_folder("INBOX", readonly=True)[b"UIDVALIDITY"])


def remember(ledger: Path, size: int, uidvalidity: int) -> None:
    """The old mails as the ledger would know them."""
    SqlLedger(f"sqlite:///{ledger}").migrate()
    values = {
        "count": size,
        "validity": uidvalidity,
        "each": OF_A_UNIT,
        "figures": FIGURES,
        "at": "2013-07-01T00:00:00.000000Z",
    }
    with closing(sqlite3.connect(ledger)) as database:
        for statement in _OLD:
            database.execute(statement, values)
        database.execute("ANALYZE")
        database.commit()


def _middle(runs: list[Measured]) -> Measured:
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def _plot(found: dict[int, _Found], plots: Path) -> str:
    costs = {f"{size:,} in ledger and mailbox": each.cpu for size, each in found.items()}
    title = "Processor time of a message"
    return bars(plots / "growth.svg", title, costs, "ms")


def _section(found: dict[int, _Found]) -> list[str]:
    lines = [
        "## Growth",
        "",
        (
            "Each further clean 9-form return (`once`) when ledger and mailbox hold so "
            f"many, of units with {OF_A_UNIT} mails each, in the same round: a run with "
            f"{NEW} less one with {FIRST}. No old body was fetched in any of the runs."
        ),
        "",
        (
            "| in ledger and mailbox | nothing new: s | a message: processor ms | "
            "wall ms | to the smallest |"
        ),
        "|---|---|---|---|---|",
    ]
    base = 0.0
    for size, each in found.items():
        base = base or each.cpu
        lines.append(
            f"| {size:,} | {each.nothing.seconds:.2f} | {each.cpu:.0f} | {each.wall:.0f} | "
            f"{each.cpu / base:.2f} |"
        )
    lines += ["", "Goals: the last <= 1.2; reconciling 100,000 <= 5 s."]
    return lines
