"""Client metadata (RFC 7591 §2): what may be registered, and what is refused by its name."""

from __future__ import annotations

from typing import Any

import pytest

from shared_validator.clients import client_from_metadata
from shared_validator.vault import digest

WEB = {"client_id": "web", "client_secret": "s", "redirect_uris": ["https://app.example/cb"], "scope": "openid openid email"}


def test_the_defaults_are_those_of_the_rfc() -> None:
    """RFC 7591 §2: client_secret_basic, authorization_code."""
    client = client_from_metadata(WEB)

    assert ("client_secret_basic", ("authorization_code",)) == (client.token_endpoint_auth_method, client.grant_types)
    assert ("web", "RS256") == (client.client_name, client.id_token_signed_response_alg)
    assert ("openid", "email") == client.scope


def test_the_secret_is_kept_as_a_digest() -> None:
    """Mistake 7: no secret in clear text."""
    assert digest("s") == client_from_metadata(WEB).client_secret_hash


def test_a_public_client_has_no_secret() -> None:
    """RFC 6749 §2.1."""
    public = {"client_id": "app", "redirect_uris": ["com.example:/cb"], "scope": "openid", "token_endpoint_auth_method": "none"}

    assert client_from_metadata(public).client_secret_hash is None


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": ""},
        {"client_id": 1},
        {"client_id": "a\x00"},
        {"client_secret": ""},
        {"client_secret": None},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": []},
        {"redirect_uris": "https://app.example/cb"},
        {"redirect_uris": [1]},
        {"redirect_uris": ["http://app.example/cb"]},
        {"redirect_uris": ["com.example:/cb"]},
        {"post_logout_redirect_uris": ["/relative"]},
        {"grant_types": ["password"]},
        {"response_types": ["token"]},
        {"id_token_signed_response_alg": "none"},
        {"scope": ["openid"]},
        {"jwks_uri": "https://app.example/jwks"},
    ],
)
def test_what_is_not_supported_is_refused(change: dict[str, Any]) -> None:
    """RFC 7591 §3.2.2: nothing is accepted and then ignored."""
    with pytest.raises(ValueError, match="client|redirect URI"):
        client_from_metadata(WEB | change)
