"""Notes belong to the application: their table stays for it if it has rows."""

from __future__ import annotations

from alembic import op
from sqlalchemy import literal, select, table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Drop the table of notes if it is empty."""
    database = op.get_bind()
    if database.dialect.name == "postgresql":
        op.execute("LOCK TABLE oauth_notes")  # no row is added between the check and the drop
    if database.scalar(select(literal(1)).select_from(table("oauth_notes")).limit(1)) is None:
        op.drop_table("oauth_notes")
