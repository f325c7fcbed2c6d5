"""The pulse of the jobs: heartbeats, and who may run what alone."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import delete, insert, select

from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.schema import heartbeats


class Pulse(Desk):
    """Heartbeats and leadership."""

    def beat(self, job: str, now: datetime, outcome: str) -> None:
        """A heartbeat of a job, for doctor and health ("ok" or what went wrong)."""
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, f"beat {job}")
            connection.execute(delete(heartbeats).where(heartbeats.c.job == job))
            connection.execute(insert(heartbeats).values(job=job, at=now, outcome=outcome))

    def beats(self) -> Mapping[str, tuple[datetime, str]]:
        """The last heartbeat of every job."""
        with self._database.reading() as connection:
            rows = connection.execute(select(heartbeats).order_by(heartbeats.c.job))
            return {row.job: (row.at, row.outcome) for row in rows}

    def try_lead(self, job: str) -> AbstractContextManager[bool]:
        """Whether this process may run a job alone while the context lasts.

        On PostgreSQL one daemon of an account gets True at a time, and loses it with
        its connection; on SQLite always True (the daemon's lock file decides there).
        """
        return self._database.leading(f"{self._account}: {job}")
