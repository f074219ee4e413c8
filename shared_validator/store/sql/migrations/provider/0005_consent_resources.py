"""Each consent is for a resource: those given before are for the provider's own API."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text, text

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the resource to the key."""
    # SQLite cannot change a key, so the table is copied there.
    with op.batch_alter_table(
        "oauth_consents", table_kwargs={"sqlite_with_rowid": False}
    ) as consents:
        consents.add_column(Column("resource", Text(), server_default=text("''"), nullable=False))
        consents.drop_constraint("pk_oauth_consents", type_="primary")
        consents.create_primary_key(
            "pk_oauth_consents", ["user_id", "client_id", "resource", "scope"]
        )
