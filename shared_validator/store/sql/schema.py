"""The tables of ``SQLStore`` and ``SQLConsumerStore``, as the newest migration leaves them.

The digest of a secret is the primary key, as 32 bytes. It is half the size of a text column, and
the table reveals nothing. On SQLite the rows are in the key's own tree (``WITHOUT ROWID``), so that
a lookup searches one tree, and an insert writes one tree less.

There are foreign keys only if a row would otherwise become valid again when its parent's identifier
is registered again: consents of users to applications. Users may be in a framework's own tables.
Tokens, codes and credentials that expire are refused as soon as their client is deleted, so a check
on each insert would gain nothing. Without it, pruning and deletion can work in any order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from shared_validator.store import texts


@dataclass(frozen=True)
class Tables:
    """Tables that are migrated together.

    Args:
        migrations: the folder of their migrations, in ``migrations/``.
        version_table: Alembic's table for their version. Its name differs from the version table of
            an application in the same database.
        head: the newest migration, which the database must have.
        command: the command that migrates them.
    """

    migrations: str
    version_table: str
    head: str
    command: str


CONSUMER = Tables(
    "consumer",
    "oauth_consumer_schema_version",
    "0001",
    "python -m shared_validator migrate --consumer",
)
"""``oauth_counters`` and ``oauth_sealed_values``, which a provider has too."""

PROVIDER = Tables("provider", "oauth_schema_version", "0006", "python -m shared_validator migrate")
"""All others. (The first migration also creates the tables of ``CONSUMER`` if they are missing.)"""


class StorableText(TypeDecorator[str]):
    """A string that every database can hold. Others are refused on every database."""

    impl = Text
    cache_ok = True

    def __init__(self, longest: int = texts.TEXT_CHARACTERS) -> None:
        super().__init__()
        self.longest = longest

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Return ``value``. Raises ``Unstorable``."""
        if value is not None:
            texts.check(value, self.longest)
        return value


class Words(TypeDecorator[tuple[str, ...]]):
    """Words without spaces, stored as one string.

    These are scopes and URIs, which the standards separate by spaces too.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str:
        """Return the words as one string. Raises ``Unstorable``."""
        return texts.joined(value or ())

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...]:
        """Return the words of a string."""
        return texts.split(value)


Key = StorableText(texts.KEY_CHARACTERS)
Prose = StorableText()
Time = BigInteger()
Digest = LargeBinary()
Sealed = LargeBinary()

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)


def _table(name: str, *columns: Column[Any] | Index) -> Table:
    return Table(f"oauth_{name}", metadata, *columns, sqlite_with_rowid=False)


def _required(name: str, kind: Any, *rest: ForeignKey, **options: Any) -> Column[Any]:
    return Column(name, kind, *rest, nullable=False, **options)


def _of_user(table: Table, given_to: str) -> None:
    user_id: Column[Any] = table.c.user_id
    # Rows without a user are never looked up by user, so the index leaves out the tokens of client
    # credentials.
    where = user_id.is_not(None) if user_id.nullable else None
    Index(None, user_id, table.c[given_to], sqlite_where=where, postgresql_where=where)


users = _table(
    "users",
    Column("user_id", Key, primary_key=True),
    _required("username", Key, unique=True),
    _required("password_hash", Prose),
    _required("name", Prose),
    _required("email", Prose),
    _required("disabled", Boolean, server_default=false()),
)

sessions = _table(
    "sessions",
    Column("session_hash", Digest, primary_key=True),
    _required("user_id", Key, index=True),
    _required("auth_time", Time),
    _required("method", Prose),
    _required("created_at", Time),
    _required("last_seen_at", Time),
    _required("expires_at", Time, index=True),
)

clients = _table(
    "clients",
    Column("client_id", Key, primary_key=True),
    Column("client_secret_hash", Digest),
    _required("client_name", Prose),
    _required("redirect_uris", Words),
    _required("post_logout_redirect_uris", Words),
    _required("grant_types", Words),
    _required("scope", Words),
    _required("token_endpoint_auth_method", Prose),
    _required("id_token_signed_response_alg", Prose),
    Column("previous_secret_hash", Digest),
    _required("disabled", Boolean, server_default=false()),
    _required("application_type", Prose, server_default=text("''")),
)

# What the provider offers, recorded when it starts, so that a command can check a registration.
offered_scopes = _table("offered_scopes", Column("scope", Key, primary_key=True))

oauth1_consumers = _table(
    "oauth1_consumers",
    Column("consumer_key", Key, primary_key=True),
    Column("sealed_secret", Sealed),
    Column("rsa_public_key", Prose),
    _required("name", Prose),
    _required("callbacks", Words),
    Column("previous_sealed_secret", Sealed),
    _required("disabled", Boolean, server_default=false()),
)

# One row per scope and resource, so that two simultaneous consents add up in any order.
consents = _table(
    "consents",
    Column("user_id", Key, primary_key=True),
    Column("client_id", Key, ForeignKey(clients.c.client_id, ondelete="CASCADE"), primary_key=True),
    Column("resource", Key, primary_key=True, server_default=text("''")),
    Column("scope", Key, primary_key=True),
    _required("granted_at", Time),
)

codes = _table(
    "codes",
    Column("code_hash", Digest, primary_key=True),
    _required("grant_id", Digest),
    _required("client_id", Key),
    _required("user_id", Key),
    _required("redirect_uri", Prose),
    _required("scope", Words),
    _required("resource", Words),
    _required("code_challenge", Prose),
    Column("nonce", Prose),
    _required("auth_time", Time),
    _required("expires_at", Time, index=True),
    Column("claimed_at", Time),
)
_of_user(codes, "client_id")

access_tokens = _table(
    "access_tokens",
    Column("token_hash", Digest, primary_key=True),
    _required("grant_id", Digest, index=True),
    _required("client_id", Key),
    Column("user_id", Key),
    _required("scope", Words),
    _required("audience", Words),
    _required("issued_at", Time),
    _required("expires_at", Time, index=True),
)
_of_user(access_tokens, "client_id")

refresh_tokens = _table(
    "refresh_tokens",
    Column("token_hash", Digest, primary_key=True),
    _required("grant_id", Digest, index=True),
    _required("client_id", Key),
    _required("user_id", Key),
    _required("scope", Words),
    _required("resource", Words),
    _required("auth_time", Time),
    _required("issued_at", Time),
    _required("expires_at", Time, index=True),
    Column("rotated_at", Time),
    Column("predecessor_hash", Digest),
    Column("sealed_answer", Sealed),
)
_of_user(refresh_tokens, "client_id")
# Few refresh tokens have a sealed answer, and not for long. The index finds the old ones without a
# scan of all refresh tokens.
Index(
    None,
    refresh_tokens.c.issued_at,
    sqlite_where=refresh_tokens.c.sealed_answer.is_not(None),
    postgresql_where=refresh_tokens.c.sealed_answer.is_not(None),
)

device_codes = _table(
    "device_codes",
    Column("device_code_hash", Digest, primary_key=True),
    # Unique, so that a user's answer cannot reach another user's device.
    _required("user_code_hash", Digest, unique=True),
    _required("grant_id", Digest),
    _required("client_id", Key),
    _required("scope", Words),
    _required("resource", Words),
    _required("interval", Integer),
    _required("expires_at", Time, index=True),
    _required("status", Prose),
    Column("user_id", Key),
    _required("auth_time", Time),
    _required("polled_at", Time),
    # RETURNING shows a row after its update, so this column keeps the previous poll.
    _required("previous_polled_at", Time, server_default="0"),
)
_of_user(device_codes, "client_id")

nonces = _table(
    "nonces",
    Column("nonce_hash", Digest, primary_key=True),
    _required("expires_at", Time, index=True),
)

temporary_credentials = _table(
    "temporary_credentials",
    Column("token_hash", Digest, primary_key=True),
    _required("sealed_secret", Sealed),
    _required("consumer_key", Key),
    _required("callback", Prose),
    _required("expires_at", Time, index=True),
    Column("user_id", Key),
    Column("verifier_hash", Digest),
)
_of_user(temporary_credentials, "consumer_key")

token_credentials = _table(
    "token_credentials",
    Column("token_hash", Digest, primary_key=True),
    _required("sealed_secret", Sealed),
    # They never expire, so without this they would outlive their consumer.
    _required("consumer_key", Key, ForeignKey(oauth1_consumers.c.consumer_key, ondelete="CASCADE")),
    _required("user_id", Key),
    _required("scope", Words),
    _required("issued_at", Time),
)
_of_user(token_credentials, "consumer_key")

# The key is digested, so that any string that a stranger typed can be counted, and the table shows
# no username.
counters = _table(
    "counters",
    Column("key_hash", Digest, primary_key=True),
    _required("count", Integer),
    _required("expires_at", Time, index=True),
)

signing_keys = _table(
    "signing_keys",
    Column("kid", Key, primary_key=True),
    _required("algorithm", Prose),
    _required("sealed_key", Sealed),
    _required("active_from", Time),
    Column("expires_at", Time),
)

sealed_values = _table(
    "sealed_values",
    Column("name", Digest, primary_key=True),
    _required("sealed", Sealed),
    _required("expires_at", Time, index=True),
)

CONSUMER_TABLES = (counters, sealed_values)
"""The tables of ``SQLConsumerStore``."""
