"""What Alembic runs: the migrations, on the connection and within the transaction of ``SQLStore.migrate``."""

from __future__ import annotations

from alembic import context

from shared_validator.store.schema import VERSION_TABLE, metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE)
context.run_migrations()
