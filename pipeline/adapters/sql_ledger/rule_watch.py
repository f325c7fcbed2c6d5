"""The circuit breaker: a rule that fails in too many provinces is probably ours.

Held back from letters and verdicts until a planner says that it is right (ADR 0015).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, func, insert, or_, select

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.schema import findings, messages
from pipeline.adapters.sql_ledger.schema_rulings import rule_rulings
from pipeline.domain.mail.message import State
from pipeline.domain.plan.finding import FindingState, Severity
from pipeline.domain.rulings import RuleName
from pipeline.ports.rulings import RuleStanding

SEEN_AT_LEAST = 8
TOO_OFTEN_PERCENT = 30
KEPT, HELD = "kept", "held"


class RuleWatch(Desk):
    """How the round's rules do, and planners' words on them."""

    def rule_standings(self, round_id: str) -> Sequence[RuleStanding]:
        """How often each rule that ever failed does, and whether it is held back."""
        with self._database.reading() as connection:
            return standings_of(connection, round_id)

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


def standings_of(connection: Connection, round_id: str) -> list[RuleStanding]:
    """Rules by the share of provinces in whose filed mails they failed.

    A rule that is held is counted on by its blocked findings, else it would come back
    as soon as it is held.
    """
    seen = connection.scalar(
        select(func.count(messages.c.province_code.distinct())).where(
            messages.c.round_id == round_id, messages.c.standing == State.FILED
        )
    )
    failing = (
        select(
            findings.c.form_id,
            findings.c.rule,
            func.count(messages.c.province_code.distinct()).label("provinces"),
        )
        .join(messages, messages.c.id == findings.c.message_id)
        .where(
            messages.c.round_id == round_id,
            messages.c.standing == State.FILED,
            findings.c.rule.is_not(None),
            findings.c.severity.in_((Severity.ERROR, Severity.QUERY)),
            or_(
                findings.c.state == FindingState.FAIL,
                and_(
                    findings.c.state == FindingState.BLOCKED,
                    findings.c.expected.is_not(None),
                ),
            ),
        )
        .group_by(findings.c.form_id, findings.c.rule)
        .order_by(findings.c.form_id, findings.c.rule)
    )
    ruled = {
        (row.form_id, row.rule): row.state
        for row in connection.execute(
            select(rule_rulings)
            .where(rule_rulings.c.round_id == round_id)
            .order_by(rule_rulings.c.id)
        )
    }
    found = [
        _standing((row.form_id, row.rule), row.provinces, seen or 0, ruled)
        for row in connection.execute(failing)
    ]
    named = {standing.name for standing in found}
    quiet = (name for name, state in ruled.items() if name not in named and state == HELD)
    return found + [_standing(name, 0, seen or 0, ruled) for name in quiet]


def _standing(
    name: RuleName, failing: int, seen: int, ruled: Mapping[RuleName, str]
) -> RuleStanding:
    word = ruled.get(name)
    too_often = seen >= SEEN_AT_LEAST and failing * 100 > seen * TOO_OFTEN_PERCENT
    held = word == HELD or (word is None and too_often)
    return RuleStanding(name, failing, seen, held=held, word=word)
