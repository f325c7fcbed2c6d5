"""The ledger on SQLite and PostgreSQL: the only door to SQLAlchemy and Alembic."""

from pipeline.adapters.sql_ledger.ledger import SqlLedger

__all__ = ["SqlLedger"]
