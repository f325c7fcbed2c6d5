"""The ledger on SQLite and PostgreSQL: the only door to SQLAlchemy and Alembic."""
