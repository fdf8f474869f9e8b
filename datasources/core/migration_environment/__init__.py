"""The one Alembic environment that every service's migrations run in."""
