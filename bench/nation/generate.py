"""A round of many units in a PostgreSQL ledger, made by the database itself."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import create_engine, text

from pipeline.adapters.sql_ledger import SqlLedger
from pipeline.adapters.sql_ledger.migrations.versions.v0023_packed_figures import (
    pack_what_was_filed,
)
from pipeline.adapters.sql_ledger.schema_packed import layouts, packs
from pipeline.domain.plan.plan_round import PlanRound
from pipeline.domain.senders.province import Gazetteer

RECEIVED = datetime(2013, 7, 10, tzinfo=UTC)

_MAILS = """
INSERT INTO message (account, folder, uidvalidity, uid, digest, received_at, first_seen_at,
    spam_folder, state, standing, attempts, kind, round_id, province_code, verified,
    verdict, late, narrative, row_count)
SELECT 'bench', 'INBOX', 1, n, md5(code) || md5(code || 'x'), CAST(:at AS timestamptz),
    CAST(:at AS timestamptz), 0, 'filed', 'filed', 1, 'submission', :round, code, 1,
    'accepted', 0, 1, 774
FROM unnest(CAST(:codes AS text[])) WITH ORDINALITY AS u(code, n)
"""
# in the order of a ledger: the forms of a mail are filed together
_VERSIONS = """
INSERT INTO version (message_id, place, form_id, state, counts, verified)
SELECT m.id, p.place, p.form,
    CASE WHEN (m.id * 31 + p.place) % 20 = 0 THEN 'deficient' ELSE 'accepted' END, 1,
    CASE WHEN (m.id * 17 + p.place) % 30 = 0 THEN 0 ELSE 1 END
FROM message m
CROSS JOIN unnest(CAST(:forms AS text[])) WITH ORDINALITY AS p(form, place)
ORDER BY m.id, p.place
"""
# one figure in fifty is nil, one in two hundred not available; rates have two decimals;
# no zero is kept at the end of a figure, as the ledger keeps them
_FIGURES = """
INSERT INTO figure (version_id, indicator, column_key, value, missing, quantum, unit, raw,
    path, sheet, cell, hidden, encoding)
SELECT v.id, k.indicator, k.column_key,
    CASE WHEN luck % 50 = 0 OR luck % 200 = 1 THEN NULL
        WHEN k.rate THEN trim_scale(CAST(luck % 10000 AS numeric) / 100)
        ELSE trim_scale(CAST(luck % 900000 AS numeric) / 10) END,
    CASE WHEN luck % 50 = 0 THEN 'n' WHEN luck % 200 = 1 THEN 'm' END,
    0.1, k.unit, '', 'bao cao.xls', v.form_id, 'H12', 0, 'unicode'
FROM version v
JOIN unnest(CAST(:forms AS text[]), CAST(:rows AS text[]), CAST(:columns AS text[]),
        CAST(:units AS text[]), CAST(:rates AS boolean[])) WITH ORDINALITY
    AS k(form, indicator, column_key, unit, rate, n) ON k.form = v.form_id
CROSS JOIN LATERAL (
    SELECT (CAST(v.id AS bigint) * 7919 + k.n * 104729) % 1000003 AS luck) l
ORDER BY v.id, k.n
"""


def units_of(gazetteer: Gazetteer, count: int) -> Gazetteer:
    """So many reporting units, each in the areas of one of the real provinces."""
    real = gazetteer.provinces
    units = tuple(
        replace(real[n % len(real)], code=f"{n:05}", name=f"Đơn vị {n:05}")
        for n in range(count)
    )
    facts = {
        (fact, unit.code): figures
        for (fact, code), figures in gazetteer.facts.items()
        for n, unit in enumerate(units)
        if real[n % len(real)].code == code
    }
    return Gazetteer(units, facts)


def generate(url: str, plan_round: PlanRound, units: Gazetteer) -> int:
    """Fill an empty ledger with a whole return of each unit; how many figures."""
    codes = [unit.code for unit in units.provinces]
    ledger = SqlLedger(url, "bench")
    ledger.migrate()
    ledger.know_round(plan_round.id, codes, plan_round.forms_required)
    ledger.close()
    keys = [
        (form.id, indicator.key, column.key, indicator.unit, "%" in indicator.unit)
        for form in plan_round.forms
        for indicator in form.indicators
        for column in form.value_columns
    ]
    forms, rows, columns, names, rates = (list(each) for each in zip(*keys, strict=True))
    engine = create_engine(url)
    with engine.begin() as connection:
        about = {"at": RECEIVED, "round": plan_round.id, "codes": codes}
        connection.execute(text(_MAILS), about)
        ids = [form.id for form in plan_round.forms]
        connection.execute(text(_VERSIONS), {"forms": ids})
        made = connection.execute(
            text(_FIGURES),
            {
                "forms": forms,
                "rows": rows,
                "columns": columns,
                "units": names,
                "rates": rates,
            },
        )
        pack_what_was_filed(connection, layouts, packs)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()
    return made.rowcount
