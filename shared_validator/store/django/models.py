"""The tables of ``DjangoStore``.

They contain the records of ``shared_validator.store.records``. The key of a secret is its digest,
as 32 bytes, so the table reveals nothing. Records on the admin site also have a number, for their
URL.

Consents and tokens are deleted with the user and with the application. The database checks such a
foreign key only if a row would otherwise stay for ever: codes and tokens expire, so a check on each
insert would gain nothing.
"""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import CASCADE, Q

from shared_validator.store.django.fields import KeyField, ProseField, WordsField
from shared_validator.store.django.value_fields import CounterFields, SealedValueFields


class _OAuth:
    # The application is outside the store, in ``shared_validator.django``.
    app_label = "oauth"


def new_sub() -> str:
    """Return an identifier of 128 random bits."""
    return secrets.token_hex(16)


class Subject(models.Model):
    """A user's identifier for applications: the ``sub`` of OpenID Connect Core §2, never reused."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, CASCADE, primary_key=True, related_name="oauth_subject"
    )
    sub = KeyField(unique=True, default=new_sub, editable=False)

    class Meta(_OAuth):
        pass

    def __str__(self) -> str:
        return str(self.user)


class Client(models.Model):
    """An OAuth 2 client."""

    client_id = KeyField("client ID", primary_key=True)
    client_secret_hash = models.BinaryField(null=True)
    client_name = ProseField("name")
    redirect_uris = WordsField("redirect URIs", blank=True)
    post_logout_redirect_uris = WordsField("post-logout redirect URIs", blank=True)
    grant_types = WordsField("grant types", blank=True)
    scope = WordsField(blank=True)
    token_endpoint_auth_method = ProseField("authentication at the token endpoint")
    id_token_signed_response_alg = ProseField("signature of ID tokens")
    previous_secret_hash = models.BinaryField(null=True)
    disabled = models.BooleanField(default=False)
    application_type = ProseField(blank=True, default="")

    class Meta(_OAuth):
        verbose_name = "OAuth 2 client"

    def __str__(self) -> str:
        return str(self.client_name)


class OAuth1Consumer(models.Model):
    """An OAuth 1.0a consumer."""

    consumer_key = KeyField(primary_key=True)
    sealed_secret = models.BinaryField(null=True)
    rsa_public_key = ProseField("RSA public key", null=True, blank=True)
    name = ProseField()
    callbacks = WordsField(blank=True)
    previous_sealed_secret = models.BinaryField(null=True)
    disabled = models.BooleanField(default=False)

    class Meta(_OAuth):
        verbose_name = "OAuth 1.0a consumer"

    def __str__(self) -> str:
        return str(self.name)


class OfferedScope(models.Model):
    """A scope that the provider offered when it last started."""

    scope = KeyField(primary_key=True)

    class Meta(_OAuth):
        pass


def _user(*, constraint: bool, null: bool = False) -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        Subject,
        CASCADE,
        to_field="sub",
        null=null,
        db_constraint=constraint,
        db_index=False,
        related_name="+",
        verbose_name="user",
    )


def _client() -> models.ForeignKey[Any, Any]:
    return models.ForeignKey(
        Client,
        CASCADE,
        db_constraint=False,
        db_index=False,
        related_name="+",
        verbose_name="client",
    )


class Session(models.Model):
    """A sign-in session."""

    session_hash = models.BinaryField(primary_key=True)
    user = _user(constraint=False)
    auth_time = models.BigIntegerField()
    method = ProseField()
    created_at = models.BigIntegerField()
    last_seen_at = models.BigIntegerField()
    expires_at = models.BigIntegerField(db_index=True)

    class Meta(_OAuth):
        db_table = "oauth_sessions"
        indexes = (models.Index(fields=("user",), name="oauth_session_of_user"),)


class Consent(models.Model):
    """One scope that a user lets a client have at one resource.

    Each pair is a row, so that two simultaneous consents add up in any order.
    """

    user = _user(constraint=True)
    client = models.ForeignKey(Client, CASCADE, related_name="+")
    resource = KeyField(blank=True, default="")
    scope = KeyField(blank=True)
    granted_at = models.BigIntegerField()

    class Meta(_OAuth):
        constraints = (
            models.UniqueConstraint(
                fields=("user", "client", "resource", "scope"), name="oauth_consent_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.scope} for {self.client_id}"


class AuthorizationCode(models.Model):
    """An authorization code, and when it was claimed."""

    code_hash = models.BinaryField(primary_key=True)
    grant_id = models.BinaryField()
    client = _client()
    user = _user(constraint=False)
    redirect_uri = ProseField()
    scope = WordsField()
    resource = WordsField()
    code_challenge = ProseField()
    nonce = ProseField(null=True)
    auth_time = models.BigIntegerField()
    expires_at = models.BigIntegerField(db_index=True)
    claimed_at = models.BigIntegerField(null=True)

    class Meta(_OAuth):
        indexes = (models.Index(fields=("user", "client"), name="oauth_code_of_user"),)


class AccessToken(models.Model):
    """An access token."""

    token_hash = models.BinaryField(unique=True)
    grant_id = models.BinaryField(db_index=True)
    client = _client()
    user = _user(constraint=False, null=True)
    scope = WordsField()
    audience = WordsField()
    issued_at = models.BigIntegerField()
    expires_at = models.BigIntegerField(db_index=True)

    class Meta(_OAuth):
        indexes = (
            models.Index(
                fields=("user", "client"),
                name="oauth_access_of_user",
                condition=Q(user__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"access token of {self.client_id}"


class RefreshToken(models.Model):
    """A refresh token and its place in its family."""

    token_hash = models.BinaryField(unique=True)
    grant_id = models.BinaryField(db_index=True)
    client = _client()
    user = _user(constraint=False)
    scope = WordsField()
    resource = WordsField()
    auth_time = models.BigIntegerField()
    issued_at = models.BigIntegerField()
    expires_at = models.BigIntegerField(db_index=True)
    rotated_at = models.BigIntegerField(null=True)
    predecessor_hash = models.BinaryField(null=True)
    sealed_answer = models.BinaryField(null=True)

    class Meta(_OAuth):
        indexes = (
            models.Index(fields=("user", "client"), name="oauth_refresh_of_user"),
            # Few refresh tokens have a sealed answer, and not for long. The index finds the old
            # ones without a scan of all refresh tokens.
            models.Index(
                fields=("issued_at",),
                name="oauth_refresh_answered",
                condition=Q(sealed_answer__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"refresh token of {self.client_id}"


class DeviceCode(models.Model):
    """A device that waits for a user."""

    device_code_hash = models.BinaryField(primary_key=True)
    # Unique, so that a user's answer cannot reach another user's device.
    user_code_hash = models.BinaryField(unique=True)
    grant_id = models.BinaryField()
    client = _client()
    scope = WordsField()
    resource = WordsField()
    interval = models.IntegerField()
    expires_at = models.BigIntegerField(db_index=True)
    status = ProseField()
    user = _user(constraint=False, null=True)
    auth_time = models.BigIntegerField()
    polled_at = models.BigIntegerField()

    class Meta(_OAuth):
        indexes = (
            models.Index(
                fields=("user", "client"),
                name="oauth_device_of_user",
                condition=Q(user__isnull=False),
            ),
        )


class Nonce(models.Model):
    """A nonce of OAuth 1.0a."""

    nonce_hash = models.BinaryField(primary_key=True)
    expires_at = models.BigIntegerField(db_index=True)

    class Meta(_OAuth):
        pass


class TemporaryCredentials(models.Model):
    """OAuth 1.0a temporary credentials."""

    token_hash = models.BinaryField(primary_key=True)
    sealed_secret = models.BinaryField()
    consumer = models.ForeignKey(
        OAuth1Consumer,
        CASCADE,
        db_column="consumer_key",
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    callback = ProseField()
    expires_at = models.BigIntegerField(db_index=True)
    user = _user(constraint=False, null=True)
    verifier_hash = models.BinaryField(null=True)

    class Meta(_OAuth):
        indexes = (
            models.Index(
                fields=("user", "consumer"),
                name="oauth_temporary_of_user",
                condition=Q(user__isnull=False),
            ),
        )


class TokenCredentials(models.Model):
    """OAuth 1.0a token credentials."""

    token_hash = models.BinaryField(unique=True)
    sealed_secret = models.BinaryField()
    # They never expire, so without this they would outlive their consumer.
    consumer = models.ForeignKey(
        OAuth1Consumer, CASCADE, db_column="consumer_key", related_name="+"
    )
    user = _user(constraint=True)
    scope = WordsField()
    issued_at = models.BigIntegerField()

    class Meta(_OAuth):
        verbose_name = verbose_name_plural = "OAuth 1.0a token credentials"
        indexes = (models.Index(fields=("user", "consumer"), name="oauth_credentials_of_user"),)

    def __str__(self) -> str:
        return f"token credentials of {self.consumer_id}"


class Counter(CounterFields):
    """A counter."""

    class Meta(_OAuth):
        pass


class SigningKey(models.Model):
    """A private key that signs."""

    kid = KeyField(primary_key=True)
    algorithm = ProseField()
    sealed_key = models.BinaryField()
    active_from = models.BigIntegerField()
    expires_at = models.BigIntegerField(null=True)

    class Meta(_OAuth):
        pass


class SealedValue(SealedValueFields):
    """A sealed value under a digest."""

    class Meta(_OAuth):
        pass
