"""The console's accounts and sessions in the ledger."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, delete, insert, select, update

from pipeline.adapters.sql_ledger.audit_trail import append
from pipeline.adapters.sql_ledger.desk import Desk
from pipeline.adapters.sql_ledger.schema_console import accounts, sessions
from pipeline.domain.people import Account, Role


class Accounts(Desk):
    """Who may enter the console, and who is in it."""

    def add_account(
        self,
        name: str,
        role: Role,
        password: str,
        by: str,
        now: datetime,
        *,
        why: str = "",
    ) -> bool:
        """Make an account, or change one and end its sessions. Audited."""
        known = name.lower()
        values = {"role": role, "password": password, "failures": 0, "locked_until": None}
        with self._database.writing() as connection:
            self._database.one_at_a_time(connection, "console_account")
            found = connection.scalar(select(accounts.c.id).where(accounts.c.name == known))
            if found is None:
                connection.execute(
                    insert(accounts).values(name=known, made_by=by, made_at=now, **values)
                )
            else:
                connection.execute(
                    update(accounts).where(accounts.c.id == found).values(**values)
                )
                connection.execute(delete(sessions).where(sessions.c.account_id == found))
            action = "console-user-add" if found is None else "console-user-change"
            about = {"name": known, "role": role.value} | ({"why": why} if why else {})
            append(self._database, connection, now, (by, action, None), about)
        return found is None

    def accounts(self) -> Sequence[Account]:
        """All accounts by name."""
        with self._database.reading() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.name)).all()
        return [_account(row) for row in rows]

    def account(self, name: str) -> Account | None:
        """The account of a name, whatever the case."""
        query = select(accounts).where(accounts.c.name == name.lower())
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _account(row)

    def note_failure(self, account: int, tries: int, until: datetime) -> bool:
        """Count a wrong password; each `tries` of them shut the account, which is told.

        Counted and shut in one statement: tries at the same time do not step over it.
        """
        failures = accounts.c.failures + 1
        shut = case((failures % tries == 0, until), else_=accounts.c.locked_until)
        with self._database.writing() as connection:
            counted = connection.execute(
                update(accounts)
                .where(accounts.c.id == account)
                .values(failures=failures, locked_until=shut)
                .returning(accounts.c.failures)
            ).scalar_one()
        return bool(counted % tries == 0)

    def open_session(
        self, account: int, token_hash: str, now: datetime, until: datetime
    ) -> None:
        """Let a person in; failures are forgotten, sessions that ended are removed."""
        with self._database.writing() as connection:
            connection.execute(
                update(accounts)
                .where(accounts.c.id == account)
                .values(failures=0, locked_until=None)
            )
            connection.execute(delete(sessions).where(sessions.c.until <= now))
            connection.execute(
                insert(sessions).values(
                    token_hash=token_hash, account_id=account, opened_at=now, until=until
                )
            )

    def visitor(self, token_hash: str, now: datetime) -> Account | None:
        """Whose session this is, while it lasts."""
        query = (
            select(accounts)
            .join(sessions, sessions.c.account_id == accounts.c.id)
            .where(sessions.c.token_hash == token_hash, sessions.c.until > now)
        )
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _account(row)

    def close_session(self, token_hash: str) -> None:
        """End a session."""
        with self._database.writing() as connection:
            connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def _account(row: Row[Any]) -> Account:
    return Account(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        password=row.password,
        failures=row.failures,
        locked_until=row.locked_until,
    )
