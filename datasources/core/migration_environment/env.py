"""Alembic's entry: runs the wanted revisions on the connection that `datasources.core.migrations` opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():  # joins the caller's transaction, which holds every step or none
    context.run_migrations()
