"""What planners decide on messages: provinces, holds. Each is in the audit trail."""

from datetime import datetime

from sqlalchemy import bindparam, select

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk, set_values
from pipeline.adapters.sql_ledger.prepared import Prepared
from pipeline.adapters.sql_ledger.schema import messages
from pipeline.domain.mail.message import State
from pipeline.domain.verdict import Verdict

_OF_MESSAGE = messages.c.id == bindparam("message")
_ASSIGNED = Prepared(select(messages.c.assigned_province).where(_OF_MESSAGE))
PLANNER_HOLD = Prepared(select(messages.c.planner_hold).where(_OF_MESSAGE))


class Decisions(Desk):
    """Planners' words on messages."""

    def assign(
        self, message: int, province: str | None, by: str, why: str, now: datetime
    ) -> None:
        """A planner's word on the province of a message; None withdraws it. Audited.

        Nothing else changes until the message is processed again (`reopen`).
        """
        with self._database.writing() as connection:
            row = self._locked(connection, message)
            set_values(connection, row.id, assigned_province=province)
            about = {"province": province, "before": row.assigned_province, "why": why}
            append(self._database, connection, now, (by, "assign", row.id), about)

    def assigned(self, message: int) -> str | None:
        """The province a planner assigned, if any."""
        with self._database.reading() as connection:
            province: str | None = _ASSIGNED.scalar(connection, {"message": message})
        return province

    def hold(self, message: int, by: str, why: str, now: datetime, *, held: bool) -> None:
        """A planner's hold (`by-planner`), or its release. Audited.

        A hold takes filed figures out of the count at once; a release needs `reopen`.
        """
        values: dict[str, object] = {"planner_hold": int(held)}
        with self._database.writing() as connection:
            row = self._locked(connection, message)
            if held and row.standing == State.FILED:
                values |= {"standing": State.HELD, "verdict": Verdict.HELD}
            if held and row.state == State.FILED:
                values |= {"state": State.HELD, "reason": "by-planner"}
            set_values(connection, row.id, **values)
            action = "hold" if held else "release"
            about = {"why": why, "state": row.state}
            append(self._database, connection, now, (by, action, row.id), about)

    def planner_hold(self, message: int) -> bool | None:
        """True held by a planner, False released by one, None never touched."""
        with self._database.reading() as connection:
            flag = PLANNER_HOLD.scalar(connection, {"message": message})
        return None if flag is None else bool(flag)
