"""Sign-in sessions and disabled users."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, LargeBinary, PrimaryKeyConstraint, Text, false

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the table of sessions, and enable all users."""
    op.add_column(
        "oauth_users", Column("disabled", Boolean(), server_default=false(), nullable=False)
    )
    op.create_table(
        "oauth_sessions",
        Column("session_hash", LargeBinary(), nullable=False),
        Column("user_id", Text(), nullable=False),
        Column("auth_time", BigInteger(), nullable=False),
        Column("method", Text(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        Column("last_seen_at", BigInteger(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("session_hash", name="pk_oauth_sessions"),
        sqlite_with_rowid=False,
    )
    for column in ("user_id", "expires_at"):
        op.create_index(f"ix_oauth_sessions_{column}", "oauth_sessions", [column])
