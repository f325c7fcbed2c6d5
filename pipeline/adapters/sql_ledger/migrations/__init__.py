"""Alembic scripts, run by migrate.py and never by hand."""
