"""Alembic's environment: runs the migrations in the transaction of ``database.prepare``."""

from __future__ import annotations

from alembic import context

from shared_validator.store.sql.schema import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    version_table=attributes["version_table"],
)
context.run_migrations()
