"""What Alembic runs: the revisions, in the transaction that migrate.py has opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()
