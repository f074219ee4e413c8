"""OAuth 2.1 as oauthlib asks for it: who the client is, what it may have, and what becomes of its codes and tokens."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from oauthlib.oauth2 import RequestValidator
from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error, InvalidGrantError, UnsupportedResponseTypeError
from oauthlib.oauth2.rfc8628 import errors as device_errors
from oauthlib.oauth2.rfc8628.grant_types import DeviceCodeGrant

from shared_validator.context import Context
from shared_validator.redirect_uris import matches
from shared_validator.store import AccessToken, AuthorizationCode, Client, DeviceCode, RefreshToken
from shared_validator.validators.client_authentication import authenticate
from shared_validator.validators.protocol_request import ProtocolRequest
from shared_validator.vault import digest

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES = ("authorization_code", "client_credentials", "refresh_token", DEVICE_GRANT)

_USER_SCOPES = frozenset({"openid", "profile", "email"})
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_SLOW_DOWN_SECONDS = 5
_ANSWER = "refresh answer"


def new_grant_id() -> bytes:
    """Return the identifier that joins all that is issued from one authorization, so that it can be revoked together."""
    return secrets.token_bytes(16)


class OAuth2Validator(RequestValidator):  # type: ignore[misc]  # oauthlib has no annotations
    """Answers oauthlib's questions from a store.

    A step that uses something up (a code, a refresh token, an approved device code) is one atomic statement of the store, taken while
    oauthlib validates. The token endpoint joins it in one transaction with what is issued, and undoes it when the request is refused
    after all. What a refusal must leave behind (the revocation that a replay calls for) waits in ``request.after_refusal``.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    # The client ------------------------------------------------------------------------------------------------------------------

    def client_authentication_required(self, request: ProtocolRequest, *args: Any, **kwargs: Any) -> bool:
        """Always: ``authenticate_client`` knows the method ``none`` too."""
        return True

    def authenticate_client(self, request: ProtocolRequest, *args: Any, **kwargs: Any) -> bool:
        """Find out who asks; raises oauthlib's errors itself, since they differ."""
        request.client = authenticate(request, self._store)
        request.client_id = request.client.client_id
        return True

    def validate_client_id(self, client_id: str, request: ProtocolRequest, *args: Any, **kwargs: Any) -> bool:
        """Look up the client that an authorization request names."""
        request.client = self._store.client(client_id)
        return request.client is not None

    def validate_grant_type(self, client_id: str, grant_type: str, client: Client, request: ProtocolRequest, *_: Any, **__: Any) -> bool:
        """Allow the grants that the client registered; acting for itself is for a client that has a secret (RFC 6749 §4.4)."""
        public = client.token_endpoint_auth_method == "none"
        return grant_type in client.grant_types and not (public and grant_type == "client_credentials")

    def validate_response_type(
        self, client_id: str, response_type: str, client: Client, request: ProtocolRequest, *_: Any, **__: Any
    ) -> bool:
        """Allow a code to clients that registered its grant. Raises ``unsupported_response_type``."""
        if response_type != "code":  # oauthlib lets "none" and "code token" come this far
            raise UnsupportedResponseTypeError(request=request)
        return "authorization_code" in client.grant_types

    # Redirect URI, scope, resource, PKCE -------------------------------------------------------------------------------------------

    def get_default_redirect_uri(self, client_id: str, request: ProtocolRequest, *args: Any, **kwargs: Any) -> str | None:
        """Return the only registered redirect URI; with several, a request must name one (RFC 6749 §3.1.2.3)."""
        uris = request.client.redirect_uris
        return uris[0] if len(uris) == 1 else None

    def validate_redirect_uri(self, client_id: str, redirect_uri: str, request: ProtocolRequest, *args: Any, **kwargs: Any) -> bool:
        """Compare with the registered URIs."""
        return matches(request.client.redirect_uris, redirect_uri)

    def get_default_scopes(self, client_id: str, request: ProtocolRequest, *args: Any, **kwargs: Any) -> list[str]:
        """Return all that the client may have; without a user, all that needs none."""
        user_scopes = _USER_SCOPES if request.grant_type == "client_credentials" else frozenset()
        return [scope for scope in request.client.scope if scope in self._context.scopes and scope not in user_scopes]

    def validate_scopes(self, client_id: str, scopes: Iterable[str], client: Client, request: ProtocolRequest, *_: Any, **__: Any) -> bool:
        """Allow the scopes that exist and that the client registered; a client acting for itself has no identity to ask about."""
        asked = frozenset(scopes)
        if request.grant_type == "client_credentials" and asked & _USER_SCOPES:
            return False
        return bool(asked) and asked <= self._context.scopes.keys() and asked <= frozenset(client.scope)

    def is_pkce_required(self, client_id: str, request: ProtocolRequest) -> bool:
        """Require PKCE of every client (RFC 9700 §2.1.1)."""
        return True

    def check_resources(self, requested: tuple[str, ...], allowed: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return the resources that a token is for (RFC 8707 §2): those requested, or the ones of the grant.

        Args:
            requested: the ``resource`` parameters.
            allowed: what the grant covers; ``None`` for a new grant, which may cover all resources of this server.

        Raises:
            CustomOAuth2Error: ``invalid_target``.
        """
        settings = self._context.settings
        covered = (settings.issuer, *settings.resources) if allowed is None else tuple(allowed) or (settings.issuer,)
        if not set(requested) <= set(covered):
            raise CustomOAuth2Error("invalid_target", description="The resource is unknown here, or was not granted.")
        return requested or (covered if allowed is not None else (settings.issuer,))

    # The authorization code --------------------------------------------------------------------------------------------------------

    def validate_code(self, client_id: str, code: str, client: Client, request: ProtocolRequest, *args: Any, **kwargs: Any) -> bool:
        """Claim the code: of simultaneous redemptions one gets it. Raises ``invalid_target``."""
        if request.code_verifier and not _VERIFIER.fullmatch(request.code_verifier):
            return False
        code_hash = digest(code)
        record = self._store.claim_code(code_hash, client_id, self._context.now())
        if record is None:
            request.after_refusal = partial(self._revoke_replayed_code, code_hash, client_id)
            return False
        if request.redirect_uri not in (None, record.redirect_uri):
            return False
        request.redirect_uri = record.redirect_uri
        self._grant(request, record, record.scope)
        request.nonce = record.nonce
        request.code_challenge = record.code_challenge
        return True

    def _revoke_replayed_code(self, code_hash: bytes, client_id: str) -> None:
        # A code that comes twice was stolen, or its answer was: what it bought ends (RFC 6749 §4.1.2, §10.5).
        grant_id = self._store.code_grant(code_hash, client_id)
        if grant_id is not None:
            self._store.revoke_grant(grant_id)

    def get_code_challenge(self, code: str, request: ProtocolRequest) -> str | None:
        """Return the challenge of the claimed code."""
        challenge: str | None = request.code_challenge
        return challenge

    def get_code_challenge_method(self, code: str, request: ProtocolRequest) -> str:
        """There is one method."""
        return "S256"

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, client: Client, request: ProtocolRequest, *_: Any, **__: Any
    ) -> bool:
        """``validate_code`` has compared it, with the error that RFC 6749 §5.2 names."""
        return True

    def invalidate_authorization_code(self, client_id: str, code: str, request: ProtocolRequest, *args: Any, **kwargs: Any) -> None:
        """``validate_code`` has done it: here, after the tokens were saved, it would be too late."""

    # The refresh token -------------------------------------------------------------------------------------------------------------

    def validate_refresh_token(self, refresh_token: str, client: Client, request: ProtocolRequest, *args: Any, **kwargs: Any) -> bool:
        """Use the refresh token up: of simultaneous uses one gets it. Raises ``invalid_target``."""
        token_hash = digest(refresh_token)
        record = self._store.rotate_refresh_token(token_hash, client.client_id, self._context.now())
        if record is None:
            request.after_refusal = partial(self._second_use, token_hash, client.client_id)
            return False
        request.rotated = record
        self._grant(request, record, record.scope)
        request.nonce = None
        return True

    def _second_use(self, token_hash: bytes, client_id: str) -> str | None:
        """Give a refresh token that comes again the same answer within the grace, else end its family (RFC 9700 §4.14.2)."""
        record = self._store.refresh_token(token_hash)
        if record is None or record.client_id != client_id or record.rotated_at is None:
            return None
        if self._context.now() - record.rotated_at < self._context.settings.refresh_grace_seconds:
            successor = self._store.successor(token_hash)
            if successor and successor.sealed_answer:
                return self._context.vault.open(_ANSWER, successor.sealed_answer).decode()
        self._store.revoke_grant(record.grant_id)
        return None

    def get_original_scopes(self, refresh_token: str, request: ProtocolRequest, *args: Any, **kwargs: Any) -> list[str]:
        """Return what was granted at first."""
        return list(request.rotated.scope)

    # The device code ---------------------------------------------------------------------------------------------------------------

    def validate_device_code(self, client_id: str, device_code: str, request: ProtocolRequest, *args: Any, **kwargs: Any) -> str | None:
        """Claim an approved device code, else tell how its approval stands (RFC 8628 §3.5). Raises ``invalid_target``."""
        code_hash = digest(device_code)
        record = self._store.claim_device_code(code_hash, client_id, self._context.now())
        if record is None:
            request.after_refusal = partial(self._poll, code_hash, client_id)
            return None
        self._grant(request, record, record.scope)
        request.nonce = None
        authorized: str = DeviceCodeGrant.DEVICE_CODE_AUTHORIZED
        return authorized

    def _poll(self, code_hash: bytes, client_id: str) -> None:
        now = self._context.now()
        record = self._store.poll_device_code(code_hash, client_id, now)
        if record is None or record.status == "claimed":
            raise InvalidGrantError
        if record.status == "denied":
            raise device_errors.AccessDenied
        if record.expires_at <= now:
            raise device_errors.ExpiredTokenError
        if now - record.polled_at < record.interval:
            self._store.slow_down_device_code(code_hash, _SLOW_DOWN_SECONDS)
            raise device_errors.SlowDownError
        raise device_errors.AuthorizationPendingError

    # The client itself -------------------------------------------------------------------------------------------------------------

    def grant_to_client(self, request: ProtocolRequest) -> None:
        """Grant what a client asked for itself (RFC 6749 §4.4). Raises ``invalid_target``."""
        request.grant_id = new_grant_id()
        request.auth_time = None
        request.audience = self.check_resources(request.resources)

    # What is issued ----------------------------------------------------------------------------------------------------------------

    def _grant(self, request: ProtocolRequest, record: AuthorizationCode | RefreshToken | DeviceCode, scope: tuple[str, ...]) -> None:
        request.user = record.user_id
        request.scopes = list(scope)
        request.grant_id = record.grant_id
        request.auth_time = record.auth_time
        request.granted_scope = record.scope
        request.granted_resource = record.resource
        request.audience = self.check_resources(request.resources, record.resource)

    def rotate_refresh_token(self, request: ProtocolRequest) -> bool:
        """Always (RFC 9700 §4.14.2)."""
        return True

    def save_token(self, token: Mapping[str, Any], request: ProtocolRequest, *args: Any, **kwargs: Any) -> None:
        """Keep the digests of what is issued."""
        now, settings = self._context.now(), self._context.settings
        self._store.save_access_token(
            AccessToken(
                token_hash=digest(token["access_token"]),
                grant_id=request.grant_id,
                client_id=request.client_id,
                user_id=request.user,
                scope=tuple(request.scopes),
                audience=request.audience,
                issued_at=now,
                expires_at=now + settings.access_token_seconds,
            )
        )
        if "refresh_token" not in token:
            return
        predecessor: RefreshToken | None = request.rotated
        keeps_answer = predecessor is not None and settings.refresh_grace_seconds > 0
        self._store.save_refresh_token(
            RefreshToken(
                token_hash=digest(token["refresh_token"]),
                grant_id=request.grant_id,
                client_id=request.client_id,
                user_id=request.user,
                scope=request.granted_scope,
                resource=request.granted_resource,
                auth_time=request.auth_time,
                issued_at=now,
                expires_at=now + settings.refresh_token_seconds,
                predecessor_hash=predecessor.token_hash if predecessor else None,
                sealed_answer=self._context.vault.seal(_ANSWER, json.dumps(token).encode()) if keeps_answer else None,
            )
        )
