"""The authorization code grant (RFC 6749 §4.1) of OAuth 2.1, which always uses PKCE with S256.

``find_client`` and ``check_request`` check the authorization request. ``exchange`` checks the token
request with the code.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from oauthlib.oauth2.rfc6749.errors import (
    CustomOAuth2Error,
    InvalidClientIdError,
    InvalidGrantError,
    InvalidRedirectURIError,
    InvalidRequestError,
    InvalidRequestFatalError,
    MismatchingRedirectURIError,
    MissingClientIdError,
    MissingCodeChallengeError,
    MissingCodeVerifierError,
    MissingRedirectURIError,
    MissingResponseTypeError,
    UnauthorizedClientError,
    UnsupportedCodeChallengeMethodError,
    UnsupportedResponseTypeError,
)
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import (
    code_challenge_method_s256,
)
from oauthlib.oauth2.rfc6749.utils import scope_to_list
from oauthlib.uri_validate import is_absolute_uri

from shared_validator import events
from shared_validator.context import Context
from shared_validator.events import because
from shared_validator.grants import Grant, Issue
from shared_validator.grants.limits import (
    allowed_scope,
    audience_of_new_grant,
    audience_within,
    client_for,
    require_scope_left,
)
from shared_validator.redirect_uris import matches
from shared_validator.store import AuthorizationCode, Client, Store
from shared_validator.validators.claims_request import ClaimsRequest
from shared_validator.validators.protocol_request import ProtocolRequest
from shared_validator.vault import digest

_MAX_NONCE = 2048
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A valid authorization request.

    Args:
        parameters: the parameters as sent.
        client: the client.
        redirect_uri: the URI that gets the response.
        scope: the requested scope, each name once.
        code_challenge: the digest of the verifier that the code is bound to (RFC 7636 §4.2).
        claims: what it says about the user (OpenID Connect Core §5.5).
    """

    parameters: ProtocolRequest
    client: Client
    redirect_uri: str
    scope: tuple[str, ...]
    code_challenge: str
    claims: ClaimsRequest


def find_client(store: Store, asked: ProtocolRequest) -> tuple[Client, str]:
    """Return the client of an authorization request, and its redirect URI (RFC 6749 §3.1.2).

    Raises:
        FatalClientError: the client or the redirect URI cannot be trusted, so there is no redirect
            (RFC 6749 §4.1.2.1).
    """
    for name in ("client_id", "redirect_uri"):
        if name in asked.repeated:
            raise InvalidRequestFatalError(f"Duplicate {name} parameter.")
    if not asked.client_id:
        raise MissingClientIdError
    client = store.client(asked.client_id)
    if client is None:
        raise InvalidClientIdError
    # A client with several redirect URIs must name one (§3.1.2.3).
    only = client.redirect_uris[0] if len(client.redirect_uris) == 1 else None
    redirect_uri = asked.redirect_uri or only
    if redirect_uri is None:
        raise MissingRedirectURIError
    if not is_absolute_uri(redirect_uri):
        raise InvalidRedirectURIError
    if not matches(client.redirect_uris, redirect_uri, native=client.is_native):
        raise MismatchingRedirectURIError
    return client, redirect_uri


def check_request(
    context: Context,
    asked: ProtocolRequest,
    client: Client,
    redirect_uri: str,
) -> AuthorizationRequest:
    """Check the rest of an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

    Raises:
        OAuth2Error: the error to send to the redirect URI (RFC 6749 §4.1.2.1).
    """
    _check_response_type(asked, client)
    code_challenge = _code_challenge(asked)
    scope = allowed_scope(context, client, scope_to_list(asked.scope) or ())
    if asked.repeated:
        raise InvalidRequestError("A parameter is given twice.")
    if not _CHALLENGE.fullmatch(code_challenge):
        raise InvalidRequestError("The code_challenge is not a SHA-256 digest.")
    if asked.response_mode not in (None, "query"):
        raise InvalidRequestError("The response_mode is query.")
    if len(asked.nonce or "") > _MAX_NONCE:
        raise InvalidRequestError("The nonce is too long.")
    for name in ("request", "request_uri", "registration"):
        if getattr(asked, name):
            raise CustomOAuth2Error(f"{name}_not_supported")
    audience_of_new_grant(context.settings, asked.resources)
    return AuthorizationRequest(
        parameters=asked,
        client=client,
        redirect_uri=redirect_uri,
        scope=tuple(dict.fromkeys(scope)),
        code_challenge=code_challenge,
        claims=ClaimsRequest.read(asked.claims),
    )


def _check_response_type(asked: ProtocolRequest, client: Client) -> None:
    if asked.response_type is None:
        raise MissingResponseTypeError
    if asked.response_type != "code":
        raise UnsupportedResponseTypeError
    if "authorization_code" not in client.grant_types:
        raise UnauthorizedClientError


def _code_challenge(asked: ProtocolRequest) -> str:
    # Every client needs one (RFC 9700 §2.1.1). A missing method would mean "plain"
    # (RFC 7636 §4.3), which anyone who reads the request can answer.
    if asked.code_challenge is None:
        raise MissingCodeChallengeError
    if asked.code_challenge_method != "S256":
        raise UnsupportedCodeChallengeMethodError
    return asked.code_challenge


def exchange(context: Context, asked: ProtocolRequest, issue: Issue) -> str:
    """Exchange a code for tokens (RFC 6749 §4.1.3).

    Raises:
        OAuth2Error: the request is refused (§5.2).
    """
    if asked.code is None:
        raise InvalidRequestError("Missing code parameter.")
    store = context.store
    client = client_for("authorization_code", asked, store)
    if asked.code_verifier and not _VERIFIER.fullmatch(asked.code_verifier):
        raise because(InvalidGrantError(), "the code_verifier is malformed")
    code_hash = digest(asked.code)

    # Only one of several simultaneous requests claims the code. An error undoes the
    # claim, so a refused request does not use up the code.
    def claim() -> str | None:
        record = store.claim_code(code_hash, client.client_id, context.now())
        return None if record is None else issue(_granted(context, asked, client, record))

    answer = store.transact(claim)
    if answer is not None:
        return answer
    _revoke_replayed_code(store, code_hash, client)
    raise because(InvalidGrantError(), "the code is unknown, expired, used or another client's")


def _granted(
    context: Context,
    asked: ProtocolRequest,
    client: Client,
    record: AuthorizationCode,
) -> Grant:
    if asked.redirect_uri not in (None, record.redirect_uri):
        reason = f"the redirect_uri is not that of the authorization request: {asked.redirect_uri}"
        raise because(InvalidGrantError(), reason)
    # The registration may have changed since the code was issued.
    if not matches(client.redirect_uris, record.redirect_uri, native=client.is_native):
        reason = f"the redirect_uri is no longer registered: {record.redirect_uri}"
        raise because(InvalidGrantError(), reason)
    audience = audience_within(record.resource, context.settings, asked.resources)
    # Only the client that sent the authorization request knows the verifier
    # (RFC 7636 §4.6).
    if asked.code_verifier is None:
        raise MissingCodeVerifierError
    if not code_challenge_method_s256(asked.code_verifier, record.code_challenge):
        raise because(InvalidGrantError(), "the code_verifier is wrong")
    return Grant.from_record(
        client,
        record,
        scope=require_scope_left(context, client, record.scope),
        audience=audience,
        nonce=record.nonce,
    )


def _revoke_replayed_code(store: Store, code_hash: bytes, client: Client) -> None:
    # If a code comes twice, the code or its response was stolen: revoke its tokens
    # (RFC 6749 §4.1.2, §10.5).
    grant_id = store.code_grant(code_hash, client.client_id)
    if grant_id is not None:
        store.revoke_grant(grant_id)
        events.report("code_replayed", client_id=client.client_id)
