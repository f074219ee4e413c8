"""Client metadata (RFC 7591 §2): what may be registered, and what is refused by its name."""

from __future__ import annotations

from typing import Any

import pytest

from shared_validator.clients import client_from_metadata, metadata_of
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


@pytest.mark.fault(20)
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
        {"response_types": ["code", "id_token"]},
        {"response_types": "code"},
        {"response_types": []},
        {"grant_types": ["client_credentials"], "response_types": ["code"]},
        {"grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"], "response_types": ["code"]},
        {"id_token_signed_response_alg": "none"},
        {"scope": ["openid"]},
        {"application_type": "mobile"},
        {"client_uri": "javascript:alert(1)"},
        {"logo_uri": "logo.png"},
        {"tos_uri": ""},
        {"contacts": "admin@app.example"},
        {"software_id": 1},
        {"client_name": ""},
        {"client_name": " \u00a0\u200d"},
        {"client_name": "a\nb"},
        {"client_name": "a\x00"},
        {"client_name": "safe\u202egpj.exe"},
        {"client_name": None},
    ],
)
def test_what_is_not_supported_is_refused(change: dict[str, Any]) -> None:
    """RFC 7591 §3.2.2: what is understood is checked."""
    with pytest.raises(ValueError, match="client|redirect URI"):
        client_from_metadata(WEB | change)


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    ("grant_types", "response_types"),
    [
        (["authorization_code", "refresh_token"], ["code"]),
        (["client_credentials", "authorization_code"], ["code"]),
        (["client_credentials"], []),
        (["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"], []),
        ([], []),
    ],
)
def test_the_response_types_are_those_of_the_grant_types(grant_types: list[str], response_types: list[str]) -> None:
    """RFC 7591 §2.1: only the authorization code grant has one, and it is in the answer whether or not it was given."""
    metadata = WEB | {"grant_types": grant_types}

    for given in (metadata, metadata | {"response_types": response_types}):
        assert response_types == metadata_of(client_from_metadata(given))["response_types"]


@pytest.mark.fault(20)
def test_what_describes_a_client_is_registered(caplog: pytest.LogCaptureFixture) -> None:
    """RFC 7591 §2, OpenID Connect Registration §2: an ordinary document is accepted without a warning."""
    described = {
        "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.png",
        "tos_uri": "https://app.example/terms",
        "policy_uri": "http://app.example/policy",
        "contacts": ["admin@app.example"],
        "application_type": "web",
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2",
        "scope": "",
    }

    client = client_from_metadata(WEB | described)

    assert ("web", ()) == (client.application_type, client.scope)
    assert "web" == metadata_of(client)["application_type"]
    assert [] == caplog.messages


@pytest.mark.fault(20)
@pytest.mark.parametrize("name", ["redirect_uri", "jwks_uri", "client_name#fr"])
def test_what_is_not_understood_is_ignored_with_a_warning(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """RFC 7591 §2: an unknown member is ignored; the operator reads its name, which may be misspelt."""
    assert client_from_metadata(WEB) == client_from_metadata(WEB | {name: "https://app.example/x"})
    (message,) = caplog.messages
    assert repr(name) in message


@pytest.mark.fault(20)
@pytest.mark.parametrize(
    "name",
    ["Caf\u00e9\u00a0Bleu", "\U0001f469\u200d\U0001f4bb Code", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "-", "\U0001f600"],
)
def test_a_name_is_any_text(name: str) -> None:
    """RFC 7591 §2: the name is for people, in any script."""
    assert name == client_from_metadata(WEB | {"client_name": name}).client_name


@pytest.mark.fault(21)
def test_a_web_client_has_no_scheme_of_an_app() -> None:
    """OpenID Connect Registration §2, RFC 8252 §7.1: a private-use scheme is for native apps."""
    app = {"client_id": "app", "redirect_uris": ["com.example.app:/cb"], "token_endpoint_auth_method": "none"}

    assert client_from_metadata(app | {"application_type": "native"}).is_native
    with pytest.raises(ValueError, match="private-use scheme"):
        client_from_metadata(app | {"application_type": "web"})
