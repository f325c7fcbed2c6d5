"""The tables of the console: accounts and sessions."""

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, UniqueConstraint

from pipeline.adapters.sql_ledger.columns import Moment, SafeText
from pipeline.adapters.sql_ledger.schema import metadata, number, required

# `name` is kept in lower case; `password` is the scrypt record.
accounts = Table(
    "console_account",
    metadata,
    number(),
    required("name"),
    required("role"),
    required("password"),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
    required("made_by"),
    Column("made_at", Moment, nullable=False),
    UniqueConstraint("name", name="console_account_name"),
    sqlite_autoincrement=True,
)

# A session by the hash of its token: who reads the database cannot enter with it.
sessions = Table(
    "console_session",
    metadata,
    Column("token_hash", SafeText, primary_key=True),
    Column("account_id", Integer, ForeignKey("console_account.id"), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Index("console_session_account", "account_id"),
)
