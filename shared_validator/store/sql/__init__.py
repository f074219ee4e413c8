"""The stores on SQLite (one machine) and PostgreSQL (many)."""

from shared_validator.store.sql.store import SQLConsumerStore, SQLStore

__all__ = ["SQLConsumerStore", "SQLStore"]
