"""What planners rule on forms, findings, deadlines and rules. Each is audited."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.rule_watch import add_ruling, standings_of
from pipeline.adapters.sql_ledger.schema import findings, messages
from pipeline.adapters.sql_ledger.schema_rulings import (
    acceptances,
    admissions,
    extensions,
    waivers,
)
from pipeline.domain.mail.message import State
from pipeline.domain.plan.finding import Finding, FindingState, Severity
from pipeline.domain.rulings import NotedFinding, Rulings, signature, signatures


class PlannersRulings(Desk):
    """Planners' words on forms, findings, deadlines and rules."""

    def rulings(self, round_id: str, province: str | None, message: int) -> Rulings:
        """What a judgement of a message must heed."""
        with self._database.reading() as connection:
            accepted = ACCEPTED_ANYWAY.scalars(connection, {"message": message})
            standings = standings_of(connection, self._tally, round_id)
            waived, refused = waivers_of(connection, round_id, province or "")
            return Rulings(
                accepted=frozenset(accepted),
                waived=waived,
                refused=refused,
                held_rules=frozenset(each.name for each in standings if each.held),
            )

    def due(self, round_id: str, province: str) -> datetime | None:
        """A province's own deadline; None where the round's holds."""
        with self._database.reading() as connection:
            which = {"round": round_id, "province": province}
            due: datetime | None = DUE.scalar(connection, which)
        return due

    def finding(self, number: int) -> NotedFinding | None:
        """A finding by its number in the view `findings`."""
        query = (
            select(findings, messages.c.round_id, messages.c.province_code)
            .join(messages, messages.c.id == findings.c.message_id)
            .where(findings.c.id == number)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else noted_finding(row)

    def accept_forms(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> None:
        """Take forms of a message as they are. Audited; `reopen` makes it felt."""
        self._rule((acceptances, "accept"), (message, forms), (by, why, now))

    def withdraw_acceptance(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> int:
        """Take acceptances back; how many there were. Audited."""
        return self._take_back((acceptances, "accept"), (message, forms), (by, why, now))

    def refused_forms(self, message: int) -> frozenset[str]:
        """The forms of a message that somebody took an acceptance back of."""
        with self._database.reading() as connection:
            return frozenset(connection.scalars(_REFUSED_FORMS, {"message": message}))

    def admitted_forms(self, message: int) -> frozenset[str]:
        """The forms of a message that count though the books were closed."""
        with self._database.reading() as connection:
            return frozenset(_ADMITTED.scalars(connection, {"message": message}))

    def admit_forms(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> None:
        """Let forms count that came when the books were closed. Audited, as accepting."""
        self._rule((admissions, "admit"), (message, forms), (by, why, now))

    def withdraw_admission(
        self, message: int, forms: Sequence[str], by: str, why: str, now: datetime
    ) -> int:
        """Take admissions back; how many there were. Audited."""
        return self._take_back((admissions, "admit"), (message, forms), (by, why, now))

    def waive(self, noted: NotedFinding, by: str, why: str, now: datetime) -> None:
        """A finding counts no more while its values stay what they are. Audited."""
        found = noted.finding
        with self._database.writing() as connection:
            add_ruling(connection, waivers, waiver_values(noted), by, why, now)
            about = {"code": found.code, "rule": found.rule, "form": found.form, "why": why}
            append(self._database, connection, now, (by, "waive", noted.message), about)

    def withdraw_waiver(self, noted: NotedFinding, by: str, why: str, now: datetime) -> int:
        """Let a waived finding count again; how many waivers that ends. Audited."""
        with self._database.writing() as connection:
            withdrawn = connection.execute(
                update(waivers)
                .where(
                    waivers.c.round_id == noted.round,
                    waivers.c.province_code == noted.province,
                    waivers.c.signature.in_(signatures(noted.finding)),
                    waivers.c.withdrawn_at.is_(None),
                )
                .values(withdrawn_by=by, withdrawn_at=now)
            ).rowcount
            about = {"code": noted.finding.code, "why": why, "withdrawn": withdrawn}
            append(
                self._database, connection, now, (by, "waive-undo", noted.message), about
            )
        return withdrawn

    def extend(
        self,
        round_id: str,
        province: str,
        due: datetime | None,
        by: str,
        why: str,
        now: datetime,
    ) -> Sequence[int]:
        """A province's own deadline, None for the round's; the messages to judge again.

        Those are all of its messages that a deadline speaks of. Audited.
        """
        values = {"round_id": round_id, "province_code": province, "due": due}
        with self._database.writing() as connection:
            add_ruling(connection, extensions, values, by, why, now)
            about = {
                "round": round_id,
                "province": province,
                "due": None if due is None else due.isoformat(),
                "why": why,
            }
            append(self._database, connection, now, (by, "extend", None), about)
            return connection.scalars(
                select(messages.c.id)
                .where(
                    messages.c.round_id == round_id,
                    messages.c.province_code == province,
                    messages.c.late.is_not(None),
                    messages.c.state.in_((State.FILED, State.HELD)),
                )
                .order_by(messages.c.id)
            ).all()

    def _rule(
        self,
        ruling: tuple[Table, str],
        about: tuple[int, Sequence[str]],
        word: tuple[str, str, datetime],
    ) -> None:
        """Keep a ruling on forms of a message, and its line of the audit trail."""
        (table, action), (message, forms), (by, why, now) = ruling, about, word
        with self._database.writing() as connection:
            for form in forms:
                values = {"message_id": message, "form_id": form}
                add_ruling(connection, table, values, by, why, now)
            told = {"forms": list(forms), "why": why}
            append(self._database, connection, now, (by, action, message), told)

    def _take_back(
        self,
        ruling: tuple[Table, str],
        about: tuple[int, Sequence[str]],
        word: tuple[str, str, datetime],
    ) -> int:
        """End what stands of a ruling on forms of a message; how many there were."""
        (table, action), (message, forms), (by, why, now) = ruling, about, word
        with self._database.writing() as connection:
            withdrawn = connection.execute(
                update(table)
                .where(
                    table.c.message_id == message,
                    table.c.form_id.in_(forms),
                    table.c.withdrawn_at.is_(None),
                )
                .values(withdrawn_by=by, withdrawn_at=now)
            ).rowcount
            told = {"forms": list(forms), "why": why, "withdrawn": withdrawn}
            append(self._database, connection, now, (by, f"{action}-undo", message), told)
        return withdrawn


def waiver_values(noted: NotedFinding) -> dict[str, Any]:
    """What a waiver of a finding keeps of it."""
    found = noted.finding
    return {
        "round_id": noted.round,
        "province_code": noted.province,
        "signature": signature(found),
        "code": found.code,
        "form_id": found.form,
        "rule": found.rule,
        "indicator": found.indicator,
        "column_key": found.column,
        "found": found.found,
        "expected": found.expected,
    }


def waivers_of(
    connection: Connection, round_id: str, province: str
) -> tuple[frozenset[str], frozenset[str]]:
    """The findings that do not count for a province; and those whose waiver a planner
    refused or took back, and gave no other.
    """
    which = {"round": round_id, "province": province}
    ruled = WAIVERS.rows(connection, which)
    waived = frozenset(finding for finding, live in ruled if live)
    return waived, frozenset(finding for finding, _ in ruled) - waived


ACCEPTED_ANYWAY = Prepared(
    select(acceptances.c.form_id).where(
        acceptances.c.message_id == bindparam("message"),
        acceptances.c.withdrawn_at.is_(None),
    )
)
_REFUSED_FORMS = select(acceptances.c.form_id).where(
    acceptances.c.message_id == bindparam("message"),
    acceptances.c.withdrawn_at.is_not(None),
)
_ADMITTED = Prepared(
    select(admissions.c.form_id).where(
        admissions.c.message_id == bindparam("message"),
        admissions.c.withdrawn_at.is_(None),
    )
)
DUE = Prepared(
    select(extensions.c.due)
    .where(
        extensions.c.round_id == bindparam("round"),
        extensions.c.province_code == bindparam("province"),
    )
    .order_by(extensions.c.id.desc())
    .limit(1)
)
WAIVERS = Prepared(
    select(waivers.c.signature, waivers.c.withdrawn_at.is_(None)).where(
        waivers.c.round_id == bindparam("round"),
        waivers.c.province_code == bindparam("province"),
    )
)


def noted_finding(row: Any) -> NotedFinding:
    """A row of `finding` with its message's round and province."""
    return NotedFinding(
        id=row.id,
        message=row.message_id,
        round=row.round_id,
        province=row.province_code,
        finding=Finding(
            code=row.code,
            severity=Severity(row.severity),
            state=FindingState(row.state),
            form=row.form_id,
            indicator=row.indicator,
            column=row.column_key,
            path=row.path,
            sheet=row.sheet,
            cell=row.cell,
            found=row.found,
            expected=row.expected,
            rule=row.rule,
            basis=row.basis,
        ),
    )
