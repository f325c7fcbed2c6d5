"""What came beside the forms: report, scan, signed paper."""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import Connection, func, select

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.rule_watch import add_ruling
from pipeline.adapters.sql_ledger.schema import messages
from pipeline.adapters.sql_ledger.schema_rulings import papers
from pipeline.domain.mail.message import State
from pipeline.domain.paper import Beside


class PaperBook(Desk):
    """ports.PaperBook."""

    def beside(self, round_id: str) -> Mapping[str, Beside]:
        query = (
            select(
                messages.c.province_code,
                func.max(messages.c.narrative).label("narrative"),
                func.max(messages.c.scan).label("scan"),
            )
            .where(messages.c.round_id == round_id, messages.c.standing == State.FILED)
            .group_by(messages.c.province_code)
        )
        with self._database.reading() as connection:
            rows = {row.province_code: row for row in connection.execute(query)}
            came = _papers(connection, round_id)
        found = {}
        for code in sorted({*rows, *came} - {None}):
            row = rows.get(code)
            found[code] = Beside(
                narrative=row is not None and bool(row.narrative),
                scan=row is not None and bool(row.scan),
                paper=came.get(code),
            )
        return {code: each for code, each in found.items() if each != Beside()}

    def note_paper(
        self, place: tuple[str, str], on: date | None, by: str, why: str, now: datetime
    ) -> bool:
        round_id, province = place
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "papers")
            if _papers(connection, round_id).get(province) == on:
                return False
            day = None if on is None else on.isoformat()
            values = {"round_id": round_id, "province_code": province, "received_on": day}
            add_ruling(connection, papers, values, by, why, now)
            about = {"round": round_id, "province": province, "on": day, "why": why}
            append(self._database, connection, now, (by, "paper", None), about)
            return True


def _papers(connection: Connection, round_id: str) -> dict[str, date]:
    """The day each province's paper came, as the newest word on it says."""
    query = select(papers).where(papers.c.round_id == round_id).order_by(papers.c.id)
    newest = {row.province_code: row.received_on for row in connection.execute(query)}
    return {
        code: date.fromisoformat(day) for code, day in newest.items() if day is not None
    }
