"""The pulse of the jobs: heartbeats and tallies."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Column, delete, func, insert, select
from sqlalchemy.engine import Connection

from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.schema import heartbeats, letters, messages
from pipeline.domain.health import Tallies
from pipeline.domain.mail.message import State


class Pulse(Desk):
    """Heartbeats and tallies."""

    def beat(self, job: str, now: datetime, outcome: str) -> None:
        """A heartbeat of a job, for doctor and health ("ok" or what went wrong)."""
        mine = heartbeats.c.job == job
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, f"beat {job}")
            before = connection.scalar(select(heartbeats.c.good_at).where(mine))
            good = now if outcome == "ok" else before
            connection.execute(delete(heartbeats).where(mine))
            connection.execute(
                insert(heartbeats).values(job=job, at=now, outcome=outcome, good_at=good)
            )

    def beats(self) -> Mapping[str, tuple[datetime, str]]:
        """The last heartbeat of every job."""
        with self._database.reading() as connection:
            rows = connection.execute(select(heartbeats).order_by(heartbeats.c.job))
            return {row.job: (row.at, row.outcome) for row in rows}

    def good_beats(self) -> Mapping[str, datetime]:
        """When every job last went well; those that never did are left out."""
        query = select(heartbeats.c.job, heartbeats.c.good_at)
        with self._database.reading() as connection:
            rows = connection.execute(query.where(heartbeats.c.good_at.is_not(None)))
            return {row.job: row.good_at for row in rows}

    def newest_received(self) -> datetime | None:
        """When a mail server last took a message of the account in."""
        query = select(func.max(messages.c.received_at))
        with self._database.reading() as connection:
            newest: datetime | None = connection.scalar(
                query.where(messages.c.account == self._account)
            )
            return newest

    def quickest(self, newest: int) -> timedelta | None:
        """The least time that any of so many newest messages took to reach us."""
        query = select(messages.c.first_seen_at, messages.c.received_at).where(
            messages.c.account == self._account, messages.c.received_at.is_not(None)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(messages.c.id.desc()).limit(newest))
            lags = [row.first_seen_at - row.received_at for row in rows]
            return min(lags) if len(lags) == newest else None

    def tallies(self) -> Tallies:
        """How many messages and letters of this account there are by state."""
        with self._database.reading() as connection:
            oldest = connection.scalar(
                select(func.min(messages.c.received_at)).where(
                    messages.c.account == self._account, messages.c.state == State.RECEIVED
                )
            )
            return Tallies(
                messages=self._counted(connection, messages.c.state, messages.c.account),
                letters=self._counted(connection, letters.c.state, letters.c.account),
                oldest_received=oldest,
            )

    def _counted(
        self, connection: Connection, state: Column[str], account: Column[str]
    ) -> Mapping[str, int]:
        # of all accounts: told one, SQLite looks each of its messages up
        ours = func.count().filter(account == self._account)
        rows = connection.execute(select(state, ours).group_by(state).order_by(state))
        return {str(name): int(count) for name, count in rows if count}
