"""The server's metadata: RFC 8414, OpenID Connect Discovery, RFC 9728 and the key set.

It lists only what works.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from shared_validator.context import Context
from shared_validator.edge.routes import GET, Endpoint
from shared_validator.flows.sign_in_again import PROMPTS
from shared_validator.grants import GRANT_TYPES
from shared_validator.grants.limits import OFFLINE_ACCESS
from shared_validator.http import Request, Response, json_response
from shared_validator.keys import ALGORITHMS, KeyRing
from shared_validator.validators.client_authentication import METHODS
from shared_validator.validators.openid import CLAIMS

_MAX_AGE = (("Cache-Control", "public, max-age=300"),)


def server_metadata(context: Context) -> dict[str, Any]:
    """Return the metadata of the authorization server (RFC 8414 §2).

    It is also the metadata of the OpenID provider (Discovery 1.0 §3).
    """
    issuer = context.settings.issuer
    with_secret = [method for method in METHODS if method != "none"]
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/oauth2/authorize",
        "token_endpoint": f"{issuer}/oauth2/token",
        "revocation_endpoint": f"{issuer}/oauth2/revoke",
        "introspection_endpoint": f"{issuer}/oauth2/introspect",
        "device_authorization_endpoint": f"{issuer}/oauth2/device_authorization",
        "userinfo_endpoint": f"{issuer}/oauth2/userinfo",
        "end_session_endpoint": f"{issuer}/oauth2/logout",
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "scopes_supported": list(context.scopes),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "token_endpoint_auth_methods_supported": list(METHODS),
        "revocation_endpoint_auth_methods_supported": list(METHODS),
        "introspection_endpoint_auth_methods_supported": with_secret,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": list(ALGORITHMS),
        "prompt_values_supported": list(PROMPTS),
        "claims_supported": [
            "sub",
            "auth_time",
            *(claim for scope in CLAIMS for claim in CLAIMS[scope]),
        ],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
    }


def resource_metadata(context: Context) -> dict[str, Any]:
    """Return the metadata of the API (RFC 9728 §2)."""
    issuer = context.settings.issuer
    return {
        "resource": issuer,
        "authorization_servers": [issuer],
        # No request to the API needs a refresh token.
        "scopes_supported": [name for name in context.scopes if name != OFFLINE_ACCESS],
        "bearer_methods_supported": ["header"],
    }


def well_known(url: str, suffix: str) -> str:
    """Return the address of metadata about ``url``.

    The suffix goes between host and path (RFC 8414 §3.1, RFC 9728 §3.1).
    """
    parts = urlsplit(url)
    return parts._replace(path=f"/.well-known/{suffix}{parts.path}").geturl()


def metadata_endpoints(context: Context, keys: KeyRing) -> tuple[Endpoint, ...]:
    """Return the endpoints under ``/.well-known/``."""

    def published(name: str, suffix: str, data: dict[str, Any], *, inserted: bool) -> Endpoint:
        response = json_response(data, headers=_MAX_AGE)  # it only changes with the settings
        path = f"/.well-known/{suffix}"
        return Endpoint(
            name,
            path,
            GET,
            lambda request: response,
            blocking=False,
            cross_origin=True,
            inserted=inserted,
        )

    def jwks(request: Request) -> Response:
        return json_response(keys.jwks(), headers=_MAX_AGE)

    server = server_metadata(context)
    resource = resource_metadata(context)
    return (
        published(
            "oauth_authorization_server", "oauth-authorization-server", server, inserted=True
        ),
        # OpenID Connect Discovery §4 puts the suffix after the path.
        published("openid_configuration", "openid-configuration", server, inserted=False),
        published("oauth_protected_resource", "oauth-protected-resource", resource, inserted=True),
        Endpoint("jwks", "/.well-known/jwks.json", GET, jwks, cross_origin=True),
    )
