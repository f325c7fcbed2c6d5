"""What planners said that provinces mean by labels of their own. Each is audited."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.rulings import noted_finding
from pipeline.adapters.sql_ledger.schema import findings, messages, versions
from pipeline.adapters.sql_ledger.schema_aliases import aliases
from pipeline.domain.errors import PermanentError
from pipeline.domain.mail.message import State
from pipeline.domain.plan.finding import FindingState
from pipeline.domain.reading.alias import Alias, Aliases, Axis
from pipeline.domain.rulings import NotedFinding
from pipeline.ports.aliases import AliasEntry

CODES = ("row-uncertain", "row-extra", "column-uncertain")
_SETTLED = (State.FILED, State.HELD)

_HOLDING = (
    select(aliases)
    .where(
        aliases.c.province_code == bindparam("province"),
        aliases.c.withdrawn_at.is_(None),
    )
    .order_by(aliases.c.id)
)
ANY_ALIAS = Prepared(select(aliases.c.id).where(aliases.c.withdrawn_at.is_(None)).limit(1))


class AliasBook(Desk):
    """Provinces' own labels and what they mean."""

    def aliases(self, province: str) -> Aliases:
        """What holds for a province now."""
        with self._database.reading() as connection:
            rows = connection.execute(_HOLDING, {"province": province}).all()
        return Aliases(tuple(_alias(row) for row in rows))

    def has_aliases(self) -> bool:
        """Whether anything holds for any province now."""
        with self._database.reading() as connection:
            return ANY_ALIAS.scalar(connection) is not None

    def alias_entries(self, province: str | None) -> Sequence[AliasEntry]:
        """Every alias ever said, of one province or all, in the order they were said."""
        query = select(aliases).order_by(aliases.c.id)
        if province is not None:
            query = query.where(aliases.c.province_code == province)
        with self._database.reading() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def add_alias(
        self, noted: NotedFinding, alias: Alias, by: str, why: str, now: datetime
    ) -> Sequence[int]:
        """Keep the answer to a finding, in the place of an earlier one on the same label;
        the messages of the province and round that ask the same. Audited.
        """
        place = {
            "province_code": noted.province,
            "form_id": alias.form,
            "axis": alias.axis.value,
            "written": alias.written,
            "parent": alias.under,
        }
        said = {
            "message_id": noted.message,
            "meaning": alias.meaning,
            "asked": alias.asked,
            "label": noted.finding.found or alias.written,
        }
        ruled = {"ruled_by": by, "why": why, "ruled_at": now}
        same = [aliases.c[name] == value for name, value in place.items()]
        with self._database.writing() as connection:
            connection.execute(
                update(aliases)
                .where(*same, aliases.c.withdrawn_at.is_(None))
                .values(withdrawn_by=by, withdrawn_at=now)
            )
            connection.execute(insert(aliases).values(place | said | ruled))
            about = {"province": noted.province, "form": alias.form, "why": why}
            about |= {"axis": alias.axis.value, "meaning": alias.meaning}
            append(self._database, connection, now, (by, "match", noted.message), about)
            return _asking_the_same(connection, noted)

    def withdraw_alias(
        self, number: int, by: str, why: str, now: datetime
    ) -> Sequence[int]:
        """Let an alias hold no more; the messages of the province with that form. Audited.

        PermanentError when there is none that holds.
        """
        holds = (aliases.c.id == number, aliases.c.withdrawn_at.is_(None))
        with self._database.writing() as connection:
            row = connection.execute(select(aliases).where(*holds)).one_or_none()
            if row is None:
                raise PermanentError(f"{number}: no alias holds; `matches list` shows them")
            connection.execute(
                update(aliases).where(*holds).values(withdrawn_by=by, withdrawn_at=now)
            )
            about = {"province": row.province_code, "form": row.form_id, "why": why}
            about |= {"axis": row.axis, "meaning": row.meaning}
            append(
                self._database, connection, now, (by, "match-undo", row.message_id), about
            )
            return _with_form(connection, row)

    def match_findings(self, province: str | None) -> Sequence[NotedFinding]:
        """Open findings on rows and columns that may mean something else, newest message
        first.
        """
        query = (
            select(findings, messages.c.round_id, messages.c.province_code)
            .join(messages, messages.c.id == findings.c.message_id)
            .where(
                findings.c.code.in_(CODES),
                findings.c.state == FindingState.FAIL,
                messages.c.state.in_(_SETTLED),
            )
            .order_by(findings.c.message_id.desc(), findings.c.id)
        )
        if province is not None:
            query = query.where(messages.c.province_code == province)
        with self._database.reading() as connection:
            return [noted_finding(row) for row in connection.execute(query)]

    def match_page(self, below: int | None, limit: int) -> Sequence[NotedFinding]:
        """The newest open finding on each label of a province's form, the newest
        finding first, below a number.
        """
        newest = (
            select(func.max(findings.c.id))
            .join(messages, messages.c.id == findings.c.message_id)
            .where(
                findings.c.code.in_(CODES),
                findings.c.state == FindingState.FAIL,
                messages.c.state.in_(_SETTLED),
                messages.c.province_code.is_not(None),
            )
            .group_by(
                messages.c.province_code,
                messages.c.round_id,
                findings.c.form_id,
                findings.c.found,
            )
        )
        query = (
            select(findings, messages.c.round_id, messages.c.province_code)
            .join(messages, messages.c.id == findings.c.message_id)
            .where(findings.c.id.in_(newest))
            .order_by(findings.c.id.desc())
            .limit(limit)
        )
        if below is not None:
            query = query.where(findings.c.id < below)
        with self._database.reading() as connection:
            return [noted_finding(row) for row in connection.execute(query)]

    def match_earlier(
        self, newest: Sequence[NotedFinding]
    ) -> Mapping[int, Sequence[NotedFinding]]:
        """By the number of each of these the earlier open findings on its label of the
        province's form, the newest first.
        """
        places = {_label(noted): noted.id for noted in newest}
        query = (
            select(findings, messages.c.round_id, messages.c.province_code)
            .join(messages, messages.c.id == findings.c.message_id)
            .where(
                findings.c.code.in_(CODES),
                findings.c.found.in_({noted.finding.found for noted in newest}),
                findings.c.state == FindingState.FAIL,
                messages.c.state.in_(_SETTLED),
            )
            .order_by(findings.c.id.desc())
        )
        earlier: dict[int, list[NotedFinding]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(query):
                at = places.get((row.province_code, row.round_id, row.form_id, row.found))
                if at is not None and row.id < at:
                    earlier.setdefault(at, []).append(noted_finding(row))
        return earlier


def _label(noted: NotedFinding) -> tuple[object, ...]:
    return noted.province, noted.round, noted.finding.form, noted.finding.found


def _asking_the_same(connection: Connection, noted: NotedFinding) -> Sequence[int]:
    return connection.scalars(
        select(messages.c.id)
        .join(findings, findings.c.message_id == messages.c.id)
        .where(
            messages.c.province_code == noted.province,
            messages.c.round_id == noted.round,
            messages.c.state.in_(_SETTLED),
            findings.c.code.in_(CODES),
            findings.c.form_id == noted.finding.form,
            findings.c.found == noted.finding.found,
        )
        .distinct()
        .order_by(messages.c.id)
    ).all()


def _with_form(connection: Connection, row: Row[Any]) -> Sequence[int]:
    return connection.scalars(
        select(messages.c.id)
        .join(versions, versions.c.message_id == messages.c.id)
        .where(
            messages.c.province_code == row.province_code,
            messages.c.state.in_(_SETTLED),
            versions.c.form_id == row.form_id,
        )
        .distinct()
        .order_by(messages.c.id)
    ).all()


def _alias(row: Row[Any]) -> Alias:
    return Alias(
        form=row.form_id,
        axis=Axis(row.axis),
        written=row.written,
        under=row.parent,
        meaning=row.meaning,
        asked=row.asked,
    )


def _entry(row: Row[Any]) -> AliasEntry:
    return AliasEntry(
        id=row.id,
        province=row.province_code,
        alias=_alias(row),
        label=row.label,
        message=row.message_id,
        said_by=row.ruled_by,
        why=row.why,
        said_at=row.ruled_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=row.withdrawn_at,
    )
