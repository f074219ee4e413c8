"""Counters and sealed values, unless a provider has already created them."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, PrimaryKeyConstraint

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "oauth_counters",
        Column("key_hash", LargeBinary(), nullable=False),
        Column("count", Integer(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("key_hash", name="pk_oauth_counters"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_table(
        "oauth_sealed_values",
        Column("name", LargeBinary(), nullable=False),
        Column("sealed", LargeBinary(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("name", name="pk_oauth_sealed_values"),
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    for table in ("counters", "sealed_values"):
        op.create_index(
            f"ix_oauth_{table}_expires_at", f"oauth_{table}", ["expires_at"], if_not_exists=True
        )
