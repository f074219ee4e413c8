"""The application type of clients."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text, text

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column; no client has registered a type yet."""
    column = Column("application_type", Text(), server_default=text("''"), nullable=False)
    op.add_column("oauth_clients", column)
