"""What planners decide: provinces, holds, addresses. Each is in the audit trail."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk, set_values
from pipeline.adapters.sql_ledger.schema import messages, senders, versions
from pipeline.domain.message import State
from pipeline.domain.province import Sender
from pipeline.domain.verdict import Verdict


class Decisions(Desk):
    """Planners' words on messages and senders."""

    def senders(self) -> tuple[Sender, ...]:
        """Addresses that planners confirmed and have not retired, by address."""
        query = select(senders).where(senders.c.retired_at.is_(None))
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(senders.c.address)).all()
        return tuple(
            Sender(row.address, row.province_code, row.name, row.phone, row.confirmed_by)
            for row in rows
        )

    def confirm_sender(self, sender: Sender, by: str, why: str, now: datetime) -> None:
        """Add an address to the registry, audited; what it sent is verified with it.

        Verified are the filed messages of the address for that province. A second
        confirmation, for another province too, takes the place of the first.
        """
        address = sender.address.lower()
        with self._database.writing() as connection:
            connection.execute(delete(senders).where(senders.c.address == address))
            connection.execute(
                insert(senders).values(
                    address=address,
                    province_code=sender.province,
                    name=sender.name,
                    phone=sender.phone,
                    confirmed_by=by,
                    confirmed_at=now,
                )
            )
            about = {
                "address": address,
                "province": sender.province,
                "why": why,
                "verified": _verify(connection, address, sender.province),
            }
            who = (by, "confirm-sender", None)
            append(self._database, connection, now, who, about)

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
        query = select(messages.c.assigned_province).where(messages.c.id == message)
        with self._database.reading() as connection:
            return connection.scalar(query)

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
        query = select(messages.c.planner_hold).where(messages.c.id == message)
        with self._database.reading() as connection:
            flag = connection.scalar(query)
        return None if flag is None else bool(flag)


def _verify(connection: Connection, address: str, province: str) -> list[int]:
    """Believe what an address has sent for a province; the numbers of the messages."""
    sent = connection.scalars(
        select(messages.c.id)
        .where(
            messages.c.sender == address,
            messages.c.province_code == province,
            messages.c.standing == State.FILED,
        )
        .order_by(messages.c.id)
        .with_for_update()
    ).all()
    for table, column in ((messages, messages.c.id), (versions, versions.c.message_id)):
        connection.execute(update(table).where(column.in_(sent)).values(verified=1))
    return list(sent)
