"""What provinces explain: filed with their mails, proposed to planners, ruled on."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    bindparam,
    delete,
    insert,
    select,
    text,
    update,
)

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.claims import open_again
from pipeline.adapters.sql_ledger.columns import Moment
from pipeline.adapters.sql_ledger.connection import Database
from pipeline.adapters.sql_ledger.desk import DAEMON, Desk, locked
from pipeline.adapters.sql_ledger.rule_watch import add_ruling
from pipeline.adapters.sql_ledger.rulings import (
    noted_finding,
    waiver_values,
    waivers_of,
)
from pipeline.adapters.sql_ledger.schema import findings, letters, messages
from pipeline.adapters.sql_ledger.schema_rulings import explanations, waivers
from pipeline.adapters.sql_ledger.views import written_out
from pipeline.domain.mail.message import State
from pipeline.domain.plan.explanation import Explanation, explainable
from pipeline.domain.plan.finding import Finding, FindingState
from pipeline.domain.proposal import NotedExplanation, ProposalState
from pipeline.domain.rulings import NotedFinding, signatures
from pipeline.domain.verdict import Decision
from pipeline.domain.wire import from_wire, to_wire

# The newest filed version of each province's forms, whatever became of it.
_NEWEST = """
WITH s AS ({standings} WHERE m.standing = 'filed' AND v.counts = 1 AND m.round_id = :round)
SELECT message_id, form_id FROM (
    SELECT s.message_id, s.form_id, row_number() OVER (
        PARTITION BY s.province_code, s.form_id
        ORDER BY s.received_at DESC, s.message_id DESC) AS newest
    FROM s) t
WHERE newest = 1
"""
_MINE_BEFORE = """ AND m.province_code = :province
    AND (m.received_at < :at OR m.received_at = :at AND m.id < :number)"""
Values = dict[str, Any]


class Explanations(Desk):
    """Explanations and the proposals that they make."""

    def earlier_findings(
        self,
        round_id: str,
        province: str,
        before: tuple[datetime, int],
        answered: Sequence[str],
    ) -> Sequence[NotedFinding]:
        """What a province was asked before a message: first by the mails of its thread."""
        sql = written_out(_NEWEST.replace(":round)", f":round{_MINE_BEFORE})"))
        bound = {"round": round_id, "province": province, "number": before[1]}
        moment = bindparam("at", before[0], type_=Moment)
        with self._database.reading() as connection:
            thread = _thread(connection, province, answered)
            rows = connection.execute(text(sql).bindparams(moment).bindparams(**bound))
            newest = {(row.message_id, row.form_id) for row in rows}
            asked = _findings_of(connection, {*thread, *(number for number, _ in newest)})
        told = [n for n in asked if explainable(n.finding)]
        first = [n for number in thread for n in told if n.message == number]
        return first + [n for n in told if (n.message, n.finding.form) in newest]

    def explanations(self, round_id: str | None = None) -> Sequence[NotedExplanation]:
        """What provinces explain, oldest first, with where each finding stands."""
        of_round = explanations.c.round_id == round_id
        which = () if round_id is None else (of_round,)
        with self._database.reading() as connection:
            return [noted for _, noted in noted_explanations(connection, *which)]

    def refuse_waiver(self, noted: NotedFinding, by: str, why: str, now: datetime) -> None:
        """A planner's no to a proposed waiver; a live one ends. Audited."""
        gone = {"withdrawn_by": by, "withdrawn_at": now}
        with self._database.writing() as connection:
            ended = connection.execute(
                update(waivers)
                .where(
                    waivers.c.round_id == noted.round,
                    waivers.c.province_code == noted.province,
                    waivers.c.signature.in_(signatures(noted.finding)),
                    waivers.c.withdrawn_at.is_(None),
                )
                .values(**gone)
            ).rowcount
            if not ended:
                add_ruling(connection, waivers, waiver_values(noted) | gone, by, why, now)
            about = {"code": noted.finding.code, "rule": noted.finding.rule, "why": why}
            append(self._database, connection, now, (by, "refuse", noted.message), about)


def _thread(connection: Connection, province: str, answered: Sequence[str]) -> list[int]:
    """The province's filed mails whose letters are answered, in that order."""
    rows = connection.execute(
        select(letters.c.rfc_message_id, messages.c.id)
        .join(messages, messages.c.id == letters.c.message_id)
        .where(
            letters.c.rfc_message_id.in_(answered),
            messages.c.province_code == province,
            messages.c.standing == State.FILED,
        )
    )
    found = {row.rfc_message_id: row.id for row in rows}
    return list(dict.fromkeys(found[one] for one in answered if one in found))


def _findings_of(connection: Connection, numbers: Iterable[int]) -> list[NotedFinding]:
    rows = connection.execute(
        select(findings, messages.c.round_id, messages.c.province_code)
        .join(messages, messages.c.id == findings.c.message_id)
        .where(findings.c.message_id.in_(sorted(numbers)), findings.c.form_id.is_not(None))
        .order_by(findings.c.id)
    )
    return [noted_finding(row) for row in rows]


def enter_explanations(
    database: Database,
    connection: Connection,
    message: int,
    decision: Decision,
    now: datetime,
) -> None:
    """File a decision's explanations, and the waivers that the round grants at once.

    An entry keeps its number when its mail is filed again. A mail whose finding is
    waived so is judged again.
    """
    of_message = explanations.c.message_id == message
    known = {
        row.place: row.id
        for row in connection.execute(
            select(explanations.c.place, explanations.c.id).where(of_message)
        )
    }
    for place, words in enumerate(decision.explanations):
        values = _entry(message, place, words, decision)
        if place in known:
            same = explanations.c.id == known.pop(place)
            connection.execute(update(explanations).where(same).values(values))
        else:
            connection.execute(insert(explanations).values(values))
    gone = explanations.c.id.in_(known.values())
    connection.execute(delete(explanations).where(gone))
    _grant(database, connection, message, decision, now)


def _entry(message: int, place: int, words: Explanation, decision: Decision) -> Values:
    about = [
        {
            "message": proposal.message or message,
            "round": proposal.round or decision.round,
            "finding": to_wire(proposal.finding),
        }
        for proposal in decision.proposals
        if proposal.explanation == place
    ]
    rounds = [item["round"] for item in about]
    return {
        "message_id": message,
        "place": place,
        "round_id": (rounds or [decision.round])[0],
        "province_code": decision.identity.province,
        "form_id": words.form,
        "rule": words.rule,
        "indicator": words.indicator,
        "said": words.text,
        "about": json.dumps(about, ensure_ascii=False),
    }


def _grant(
    database: Database,
    connection: Connection,
    message: int,
    decision: Decision,
    now: datetime,
) -> None:
    province = decision.identity.province
    for proposal in (p for p in decision.proposals if p.at_once):
        number, found = proposal.message or message, proposal.finding
        noted = NotedFinding(0, number, proposal.round or decision.round, province, found)
        live, _ = waivers_of(connection, noted.round or "", province or "")
        if signatures(found) & live:
            continue
        said = decision.explanations[proposal.explanation].text
        add_ruling(connection, waivers, waiver_values(noted), DAEMON, said, now)
        about = {"code": found.code, "rule": found.rule, "form": found.form}
        append(database, connection, now, (DAEMON, "waive", number), about)
        row = locked(connection, number)
        if row is not None and number != message and row.state == State.FILED:
            open_again(database, connection, row, now)


def noted_explanations(
    connection: Connection, *which: ColumnElement[bool]
) -> list[tuple[int, NotedExplanation]]:
    """Explanations with their place in the mail, and where they stand now."""
    rows = connection.execute(
        select(explanations, messages.c.sender, messages.c.received_at)
        .join(messages, messages.c.id == explanations.c.message_id)
        .where(*which)
        .order_by(explanations.c.id)
    ).all()
    about = {row.id: json.loads(row.about) for row in rows}
    numbers = {item["message"] for items in about.values() for item in items}
    present: dict[tuple[int, str], NotedFinding] = {}
    for noted in _findings_of(connection, numbers):
        present |= {(noted.message, one): noted for one in signatures(noted.finding)}
    look = _Look(connection, present)
    return [(row.place, look.noted(row, about[row.id])) for row in rows]


class _Look:
    """What is known of findings now, asked once for each province and round."""

    def __init__(
        self,
        connection: Connection,
        present: Mapping[tuple[int, str], NotedFinding],
    ) -> None:
        self._connection = connection
        self._present = present
        self._ruled: dict[tuple[str, str], tuple[frozenset[str], frozenset[str]]] = {}
        self._newest: dict[str, set[tuple[int, str]]] = {}

    def noted(self, row: Row[Any], about: Iterable[Mapping[str, Any]]) -> NotedExplanation:
        asked = [self._asked(row.province_code, item) for item in about]
        return NotedExplanation(
            id=row.id,
            message=row.message_id,
            round=row.round_id,
            province=row.province_code,
            sender=row.sender,
            received_at=row.received_at,
            explanation=Explanation(row.form_id, row.rule, row.indicator, row.said),
            asked=tuple(asked),
        )

    def _asked(
        self, province: str | None, item: Mapping[str, Any]
    ) -> tuple[NotedFinding, ProposalState]:
        found = from_wire(Finding, item["finding"])
        number, round_id = item["message"], item["round"] or ""
        same = (self._present.get((number, one)) for one in signatures(found))
        now = next((noted for noted in same if noted is not None), None)
        waived, refused = self._rulings(round_id, province or "")
        state = ProposalState.PROPOSED
        if signatures(found) & waived or (now and now.finding.state is FindingState.WAIVED):
            state = ProposalState.ACCEPTED
        elif signatures(found) & refused:
            state = ProposalState.REFUSED
        here = now is not None and (number, found.form) in self._newest_of(round_id)
        noted = NotedFinding(
            now.id if now is not None and here else 0, number, round_id, province, found
        )
        return noted, state

    def _rulings(
        self, round_id: str, province: str
    ) -> tuple[frozenset[str], frozenset[str]]:
        key = round_id, province
        if key not in self._ruled:
            self._ruled[key] = waivers_of(self._connection, *key)
        return self._ruled[key]

    def _newest_of(self, round_id: str) -> set[tuple[int, str]]:
        if round_id not in self._newest:
            query = text(written_out(_NEWEST)).bindparams(round=round_id)
            rows = self._connection.execute(query)
            self._newest[round_id] = {(row.message_id, row.form_id) for row in rows}
        return self._newest[round_id]
