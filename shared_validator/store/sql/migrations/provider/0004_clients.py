"""Disabled clients, a second secret while the first is replaced, and the scopes on offer."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Boolean, Column, LargeBinary, PrimaryKeyConstraint, Text, false

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the columns and the table, and enable all clients."""
    for table, previous in (
        ("oauth_clients", "previous_secret_hash"),
        ("oauth_oauth1_consumers", "previous_sealed_secret"),
    ):
        op.add_column(table, Column(previous, LargeBinary()))
        op.add_column(table, Column("disabled", Boolean(), server_default=false(), nullable=False))
    op.create_table(
        "oauth_offered_scopes",
        Column("scope", Text(), nullable=False),
        PrimaryKeyConstraint("scope", name="pk_oauth_offered_scopes"),
        sqlite_with_rowid=False,
    )
