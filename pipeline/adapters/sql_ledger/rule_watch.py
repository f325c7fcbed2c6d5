"""The circuit breaker: a rule that fails in too many provinces is probably ours.

Held back from letters and verdicts until a planner says that it is right (ADR 0015).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, select, text

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.rule_tally import RuleTally
from pipeline.adapters.sql_ledger.schema_rulings import rule_rulings
from pipeline.domain.rulings import RuleName
from pipeline.ports.rulings import RuleStanding

SEEN_AT_LEAST = 8
TOO_OFTEN_PERCENT = 30
HELD = "held"

# A letter tells of what fails; one that was suppressed told nobody.
_LETTERS = """
SELECT DISTINCT f.form_id, f.rule, l.id
FROM finding f JOIN message m ON m.id = f.message_id JOIN letter l ON l.message_id = m.id
WHERE m.round_id = :round AND f.rule IS NOT NULL AND f.state = 'fail'
    AND f.severity IN ('error', 'query') AND l.state <> 'suppressed'
    AND l.template IN ('deficiency', 'incomplete', 'acknowledgement')
ORDER BY l.id
"""
RULED = Prepared(
    select(rule_rulings.c.form_id, rule_rulings.c.rule, rule_rulings.c.state)
    .where(rule_rulings.c.round_id == bindparam("round"))
    .order_by(rule_rulings.c.id)
)


class RuleWatch(Desk):
    """How the round's rules do, and planners' words on them."""

    def rule_standings(self, round_id: str) -> Sequence[RuleStanding]:
        """How often each rule that ever failed does, and whether it is held back."""
        with self._database.reading() as connection:
            told: dict[RuleName, list[int]] = {}
            for row in connection.execute(text(_LETTERS), {"round": round_id}):
                told.setdefault((row.form_id, row.rule), []).append(row.id)
            return [
                replace(each, letters=tuple(told.get(each.name, ())))
                for each in standings_of(connection, self._tally, round_id)
            ]

    def rule_on(
        self, round_id: str, name: RuleName, state: str, by: str, why: str, now: datetime
    ) -> None:
        """A planner's word on a rule: `kept` whatever fails, or `held`. Audited."""
        form, rule = name
        values = {"round_id": round_id, "form_id": form, "rule": rule, "state": state}
        with self._database.writing() as connection:
            add_ruling(connection, rule_rulings, values, by, why, now)
            about = {**values, "why": why}
            append(self._database, connection, now, (by, "rule", None), about)


def add_ruling(
    connection: Connection,
    table: Table,
    values: Mapping[str, Any],
    by: str,
    why: str,
    now: datetime,
) -> None:
    connection.execute(
        insert(table).values({**values, "ruled_by": by, "why": why, "ruled_at": now})
    )


def standings_of(
    connection: Connection, tally: RuleTally, round_id: str
) -> list[RuleStanding]:
    """Rules by the share of provinces whose counting version of the form fails them."""
    counts = tally.counts(connection, round_id)
    seen = {form: count for (form, rule), count in counts.items() if rule is None}
    failing = {
        (form, rule): count for (form, rule), count in counts.items() if rule is not None
    }
    ruled = {
        (form, rule): state
        for form, rule, state in RULED.rows(connection, {"round": round_id})
    }
    return [
        _standing(name, failing.get(name, 0), seen.get(name[0], 0), ruled)
        for name in sorted(failing.keys() | ruled.keys())
    ]


def _standing(
    name: RuleName, failing: int, seen: int, ruled: Mapping[RuleName, str]
) -> RuleStanding:
    word = ruled.get(name)
    too_often = seen >= SEEN_AT_LEAST and failing * 100 > seen * TOO_OFTEN_PERCENT
    held = word == HELD or (word is None and too_often)
    return RuleStanding(name, failing, seen, held=held, word=word)
