"""The records of a store.

Times are whole seconds since 1970. ``*_hash`` is the ``vault.digest`` of a secret. ``sealed_*`` is
encrypted by the vault.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user account.

    ``user_id`` is the ``sub`` of OpenID Connect Core §2: never reused, never shown as a name.

    A ``disabled`` user can't sign in, and the store refuses everything they allowed until they are
    enabled.
    """

    user_id: str
    username: str
    password_hash: str
    name: str
    email: str
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A sign-in session of one browser.

    ``session_hash`` is the digest of the browser's identifier. ``auth_time`` is when
    the user signed in, and ``method`` is how (``"password"``): ``auth_time`` and ``amr`` of
    OpenID Connect Core §2.
    """

    session_hash: bytes
    user_id: str
    auth_time: int
    method: str
    created_at: int
    last_seen_at: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """An OAuth 2 client, in the terms of RFC 7591 §2.

    A public client has no ``client_secret_hash``, and its method is ``none``. While a secret is
    being replaced, ``previous_secret_hash`` is the old one, which still works. The store refuses a
    ``disabled`` client and everything that users allowed it, until it is enabled.
    ``application_type`` is ``native``, ``web`` or, if it is not registered, empty (OpenID Connect
    Registration §2).
    """

    client_id: str
    client_secret_hash: bytes | None
    client_name: str
    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...]
    grant_types: tuple[str, ...]
    scope: tuple[str, ...]
    token_endpoint_auth_method: str
    id_token_signed_response_alg: str
    previous_secret_hash: bytes | None = None
    disabled: bool = False
    application_type: str = ""

    @property
    def is_native(self) -> bool:
        """Whether it runs on users' devices: a public client not registered as ``web``."""
        return self.token_endpoint_auth_method == "none" and self.application_type != "web"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """A code to be exchanged (RFC 6749 §4.1.2), with everything that the tokens will need.

    ``grant_id`` connects the tokens that are issued from it.
    """

    code_hash: bytes
    grant_id: bytes
    client_id: str
    user_id: str
    redirect_uri: str
    scope: tuple[str, ...]
    resource: tuple[str, ...]
    code_challenge: str
    nonce: str | None
    auth_time: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An access token. ``user_id`` is ``None`` if a client acts for itself (RFC 6749 §4.4)."""

    token_hash: bytes
    grant_id: bytes
    client_id: str
    user_id: str | None
    scope: tuple[str, ...]
    audience: tuple[str, ...]
    issued_at: int
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """A refresh token and its place in its family (RFC 9700 §4.14.2).

    ``rotated_at`` is set once it has been used. ``predecessor_hash`` is the token that it replaced.
    ``sealed_answer`` is the response that issued it, kept for the grace period.
    """

    token_hash: bytes
    grant_id: bytes
    client_id: str
    user_id: str
    scope: tuple[str, ...]
    resource: tuple[str, ...]
    auth_time: int
    issued_at: int
    expires_at: int
    rotated_at: int | None = None
    predecessor_hash: bytes | None = None
    sealed_answer: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """A device that waits for a user to type its user code (RFC 8628 §3.2).

    ``status`` is ``pending``, ``approved``, ``denied`` or ``claimed``.
    """

    device_code_hash: bytes
    user_code_hash: bytes
    grant_id: bytes
    client_id: str
    scope: tuple[str, ...]
    resource: tuple[str, ...]
    interval: int
    expires_at: int
    status: str = "pending"
    user_id: str | None = None
    auth_time: int = 0
    polled_at: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth1Consumer:
    """An OAuth 1.0a client (RFC 5849 §1.1).

    It has either a shared secret or an RSA public key (PEM). ``previous_sealed_secret`` and
    ``disabled`` mean the same as for a ``Client``.
    """

    consumer_key: str
    sealed_secret: bytes | None
    rsa_public_key: str | None
    name: str
    callbacks: tuple[str, ...]
    previous_sealed_secret: bytes | None = None
    disabled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryCredentials:
    """OAuth 1.0a temporary credentials (RFC 5849 §2.1).

    ``user_id`` is set once a user has answered, and ``verifier_hash`` if they agreed.
    """

    token_hash: bytes
    sealed_secret: bytes
    consumer_key: str
    callback: str
    expires_at: int
    user_id: str | None = None
    verifier_hash: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCredentials:
    """OAuth 1.0a token credentials (RFC 5849 §2.3). They are valid until they are revoked."""

    token_hash: bytes
    sealed_secret: bytes
    consumer_key: str
    user_id: str
    scope: tuple[str, ...]
    issued_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key, published until ``expires_at``.

    It signs from ``active_from`` on, so that verifiers know it before they need it.
    """

    kid: str
    algorithm: str
    sealed_key: bytes
    active_from: int
    expires_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """A client that a user has let in.

    ``protocol`` is ``oauth2`` for an OAuth 2 client, and ``oauth1`` for an OAuth 1.0a consumer.
    """

    protocol: str
    client_id: str
    name: str
    scope: tuple[str, ...]
