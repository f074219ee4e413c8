"""The first tables."""

from __future__ import annotations

from alembic import op
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Text,
    UniqueConstraint,
    text,
)

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    _accounts()
    _oauth2()
    _oauth1()
    _values()


def _accounts() -> None:
    op.create_table(
        "oauth_users",
        Column("user_id", Text(), nullable=False),
        Column("username", Text(), nullable=False),
        Column("password_hash", Text(), nullable=False),
        Column("name", Text(), nullable=False),
        Column("email", Text(), nullable=False),
        PrimaryKeyConstraint("user_id", name="pk_oauth_users"),
        UniqueConstraint("username", name="uq_oauth_users_username"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "oauth_clients",
        Column("client_id", Text(), nullable=False),
        Column("client_secret_hash", LargeBinary(), nullable=True),
        Column("client_name", Text(), nullable=False),
        Column("redirect_uris", Text(), nullable=False),
        Column("post_logout_redirect_uris", Text(), nullable=False),
        Column("grant_types", Text(), nullable=False),
        Column("scope", Text(), nullable=False),
        Column("token_endpoint_auth_method", Text(), nullable=False),
        Column("id_token_signed_response_alg", Text(), nullable=False),
        PrimaryKeyConstraint("client_id", name="pk_oauth_clients"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "oauth_oauth1_consumers",
        Column("consumer_key", Text(), nullable=False),
        Column("sealed_secret", LargeBinary(), nullable=True),
        Column("rsa_public_key", Text(), nullable=True),
        Column("name", Text(), nullable=False),
        Column("callbacks", Text(), nullable=False),
        PrimaryKeyConstraint("consumer_key", name="pk_oauth_oauth1_consumers"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "oauth_consents",
        Column("user_id", Text(), nullable=False),
        Column("client_id", Text(), nullable=False),
        Column("scope", Text(), nullable=False),
        Column("granted_at", BigInteger(), nullable=False),
        ForeignKeyConstraint(
            ["client_id"],
            ["oauth_clients.client_id"],
            name="fk_oauth_consents_client_id",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("user_id", "client_id", "scope", name="pk_oauth_consents"),
        sqlite_with_rowid=False,
    )


def _oauth2() -> None:
    op.create_table(
        "oauth_codes",
        Column("code_hash", LargeBinary(), nullable=False),
        Column("grant_id", LargeBinary(), nullable=False),
        Column("client_id", Text(), nullable=False),
        Column("user_id", Text(), nullable=False),
        Column("redirect_uri", Text(), nullable=False),
        Column("scope", Text(), nullable=False),
        Column("resource", Text(), nullable=False),
        Column("code_challenge", Text(), nullable=False),
        Column("nonce", Text(), nullable=True),
        Column("auth_time", BigInteger(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        Column("claimed_at", BigInteger(), nullable=True),
        PrimaryKeyConstraint("code_hash", name="pk_oauth_codes"),
        sqlite_with_rowid=False,
    )
    _index("codes", "expires_at")
    _index("codes", "user_id", "client_id")
    op.create_table(
        "oauth_access_tokens",
        Column("token_hash", LargeBinary(), nullable=False),
        Column("grant_id", LargeBinary(), nullable=False),
        Column("client_id", Text(), nullable=False),
        Column("user_id", Text(), nullable=True),
        Column("scope", Text(), nullable=False),
        Column("audience", Text(), nullable=False),
        Column("issued_at", BigInteger(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("token_hash", name="pk_oauth_access_tokens"),
        sqlite_with_rowid=False,
    )
    _index("access_tokens", "expires_at")
    _index("access_tokens", "grant_id")
    _index("access_tokens", "user_id", "client_id", where="user_id IS NOT NULL")
    op.create_table(
        "oauth_refresh_tokens",
        Column("token_hash", LargeBinary(), nullable=False),
        Column("grant_id", LargeBinary(), nullable=False),
        Column("client_id", Text(), nullable=False),
        Column("user_id", Text(), nullable=False),
        Column("scope", Text(), nullable=False),
        Column("resource", Text(), nullable=False),
        Column("auth_time", BigInteger(), nullable=False),
        Column("issued_at", BigInteger(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        Column("rotated_at", BigInteger(), nullable=True),
        Column("predecessor_hash", LargeBinary(), nullable=True),
        Column("sealed_answer", LargeBinary(), nullable=True),
        PrimaryKeyConstraint("token_hash", name="pk_oauth_refresh_tokens"),
        sqlite_with_rowid=False,
    )
    _index("refresh_tokens", "expires_at")
    _index("refresh_tokens", "grant_id")
    _index("refresh_tokens", "issued_at", where="sealed_answer IS NOT NULL")
    _index("refresh_tokens", "user_id", "client_id")
    op.create_table(
        "oauth_device_codes",
        Column("device_code_hash", LargeBinary(), nullable=False),
        Column("user_code_hash", LargeBinary(), nullable=False),
        Column("grant_id", LargeBinary(), nullable=False),
        Column("client_id", Text(), nullable=False),
        Column("scope", Text(), nullable=False),
        Column("resource", Text(), nullable=False),
        Column("interval", Integer(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        Column("status", Text(), nullable=False),
        Column("user_id", Text(), nullable=True),
        Column("auth_time", BigInteger(), nullable=False),
        Column("polled_at", BigInteger(), nullable=False),
        Column("previous_polled_at", BigInteger(), server_default="0", nullable=False),
        PrimaryKeyConstraint("device_code_hash", name="pk_oauth_device_codes"),
        UniqueConstraint("user_code_hash", name="uq_oauth_device_codes_user_code_hash"),
        sqlite_with_rowid=False,
    )
    _index("device_codes", "expires_at")
    _index("device_codes", "user_id", "client_id", where="user_id IS NOT NULL")


def _oauth1() -> None:
    op.create_table(
        "oauth_nonces",
        Column("nonce_hash", LargeBinary(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("nonce_hash", name="pk_oauth_nonces"),
        sqlite_with_rowid=False,
    )
    _index("nonces", "expires_at")
    op.create_table(
        "oauth_temporary_credentials",
        Column("token_hash", LargeBinary(), nullable=False),
        Column("sealed_secret", LargeBinary(), nullable=False),
        Column("consumer_key", Text(), nullable=False),
        Column("callback", Text(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        Column("user_id", Text(), nullable=True),
        Column("verifier_hash", LargeBinary(), nullable=True),
        PrimaryKeyConstraint("token_hash", name="pk_oauth_temporary_credentials"),
        sqlite_with_rowid=False,
    )
    _index("temporary_credentials", "expires_at")
    _index("temporary_credentials", "user_id", "consumer_key", where="user_id IS NOT NULL")
    op.create_table(
        "oauth_token_credentials",
        Column("token_hash", LargeBinary(), nullable=False),
        Column("sealed_secret", LargeBinary(), nullable=False),
        Column("consumer_key", Text(), nullable=False),
        Column("user_id", Text(), nullable=False),
        Column("scope", Text(), nullable=False),
        Column("issued_at", BigInteger(), nullable=False),
        ForeignKeyConstraint(
            ["consumer_key"],
            ["oauth_oauth1_consumers.consumer_key"],
            name="fk_oauth_token_credentials_consumer_key",
            ondelete="CASCADE",
        ),
        PrimaryKeyConstraint("token_hash", name="pk_oauth_token_credentials"),
        sqlite_with_rowid=False,
    )
    _index("token_credentials", "user_id", "consumer_key")


def _values() -> None:
    op.create_table(
        "oauth_counters",
        Column("key_hash", LargeBinary(), nullable=False),
        Column("count", Integer(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("key_hash", name="pk_oauth_counters"),
        sqlite_with_rowid=False,
        if_not_exists=True,  # a consumer may have created it
    )
    _index("counters", "expires_at")
    op.create_table(
        "oauth_signing_keys",
        Column("kid", Text(), nullable=False),
        Column("algorithm", Text(), nullable=False),
        Column("sealed_key", LargeBinary(), nullable=False),
        Column("active_from", BigInteger(), nullable=False),
        Column("expires_at", BigInteger(), nullable=True),
        PrimaryKeyConstraint("kid", name="pk_oauth_signing_keys"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "oauth_sealed_values",
        Column("name", LargeBinary(), nullable=False),
        Column("sealed", LargeBinary(), nullable=False),
        Column("expires_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("name", name="pk_oauth_sealed_values"),
        sqlite_with_rowid=False,
        if_not_exists=True,  # a consumer may have created it
    )
    _index("sealed_values", "expires_at")
    op.create_table(
        "oauth_notes",
        Column("note_id", BigInteger().with_variant(Integer(), "sqlite"), nullable=False),
        Column("user_id", Text(), nullable=False),
        Column("text", Text(), nullable=False),
        Column("created_at", BigInteger(), nullable=False),
        PrimaryKeyConstraint("note_id", name="pk_oauth_notes"),
    )
    _index("notes", "user_id")


def _index(table: str, *columns: str, where: str | None = None) -> None:
    name = f"ix_oauth_{table}_{'_'.join(columns)}"
    condition = text(where) if where else None
    op.create_index(
        name,
        f"oauth_{table}",
        columns,
        sqlite_where=condition,
        postgresql_where=condition,
        if_not_exists=True,
    )
