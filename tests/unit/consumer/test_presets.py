"""The presets: each table is valid, and its quirk works, with the same code for all (against a provider that behaves like it)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared_validator.consumer import ConsumerError
from shared_validator.consumer.errors import NOT_SET_UP, UNKNOWN_ATTEMPT
from shared_validator.consumer.providers import ProviderConfiguration, presets, read_providers
from tests.unit.consumer.conftest import URL, Driven, MakeConsumer
from tests.unit.consumer.provider import CLIENT_ID, CLIENT_SECRET, CONSUMER_SECRET, Provider, Seen, as_json

NAMES = ["github", "google", "gitlab", "microsoft", "linkedin", "x", "x-oauth1", "discord", "mastodon"]


def table(**values: Any) -> str:
    return "\n".join(["[mine]", *(f"{key} = {_toml(value)}" for key, value in values.items())])


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., ProviderConfiguration]:
    """Read a table as an operator writes it."""

    def read_table(**values: Any) -> ProviderConfiguration:
        path = tmp_path / "providers.toml"
        path.write_text(table(**values))
        return read_providers(str(path), {})["mine"]

    return read_table


@pytest.fixture
def preset(read: Callable[..., ProviderConfiguration], make_consumer: MakeConsumer, provider: Provider) -> Callable[..., Driven]:
    """A consumer with a preset whose URLs lead to the provider of the tests."""

    def make(name: str, **values: Any) -> Driven:
        paths = {
            "authorization_endpoint": "/authorize",
            "token_endpoint": "/token",
            "revocation_endpoint": "/revoke",
            "userinfo_endpoint": "/userinfo",
            "issuer": "",
            "api": "/api",
        }
        urls = {key: provider.url + path for key, path in paths.items() if key in presets()[name]}
        provider.auth_method = presets()[name].get("token_endpoint_auth_method", "client_secret_basic")
        return make_consumer(mine=read(**{"preset": name, "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, **urls, **values}))

    return make


def asked(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query))


def test_these_providers_have_a_preset() -> None:
    """A new one wants a test of its own here."""
    assert NAMES == list(presets())


@pytest.mark.parametrize("name", NAMES)
def test_a_preset_needs_the_clients_credentials_only(name: str, read: Callable[..., ProviderConfiguration]) -> None:
    """Except that software which anybody hosts needs to know where."""
    more = {"api": "https://mastodon.example"} if name == "mastodon" else {}
    provider = read(preset=name, client_id="id", client_secret="secret", **more)
    assert presets()[name]["title"] == provider.title
    assert all(url.startswith("https://") for url in [provider.api, *provider.endpoints.values()])


def test_a_table_overrides_and_completes_its_preset(read: Callable[..., ProviderConfiguration]) -> None:
    """Texts are replaced, tables are merged."""
    provider = read(preset="google", title="Mine", client_id="id", authorization_parameters={"prompt": "", "hd": "example.com"})
    assert "Mine" == provider.title
    assert {"access_type": "offline", "prompt": "", "hd": "example.com"} == provider.authorization_parameters


def test_github_says_200_with_an_error_in_it(preset: Callable[..., Driven], provider: Provider) -> None:
    """An answer with `error` is a refusal whatever its status, and its own codes mean what the standard's mean."""
    consumer = preset("github")
    for code, sentence in (("bad_verification_code", UNKNOWN_ATTEMPT), ("incorrect_client_credentials", NOT_SET_UP)):
        provider.wrong.answers["/token"] = as_json({"error": code, "error_description": "<b>", "error_uri": "https://docs.example"})
        with pytest.raises(ConsumerError, match=sentence):
            consumer.finish("mine", provider.approve(consumer.start("mine")))


def test_github_separates_scopes_by_commas_and_names_claims_its_own_way(preset: Callable[..., Driven], provider: Provider) -> None:
    """Scopes go out with spaces; the numeric id is the subject, the e-mail address may be null."""
    consumer = preset("github")
    provider.wrong.token_answer = {"scope": "read:user,user:email", "token_type": "bearer", "expires_in": None, "refresh_token": None}
    user = {"id": 583231, "login": "octocat", "name": "Mona", "email": None, "avatar_url": "https://a.example/1", "sub": None}
    provider.wrong.userinfo = user
    url = consumer.start("mine")
    login = consumer.finish("mine", provider.approve(url, iss=None))
    assert "read:user user:email" == asked(url)["scope"]
    assert ("read:user", "user:email") == login.scope
    assert "583231" == login.subject
    assert {"name": "Mona", "preferred_username": "octocat", "picture": "https://a.example/1"} == login.claims
    assert "application/json" == provider.last("/token").headers["accept"]
    assert CLIENT_SECRET == provider.last("/token").form["client_secret"]


def test_google_wants_two_parameters_for_a_refresh_token(preset: Callable[..., Driven], provider: Provider) -> None:
    """They are sent, unless the operator's table empties them; the scope that comes back has more in it."""
    consumer = preset("google")
    provider.wrong.token_answer = {"scope": "https://www.googleapis.com/auth/userinfo.profile openid"}
    url = consumer.start("mine")
    assert ("offline", "consent") == (asked(url)["access_type"], asked(url)["prompt"])
    assert "openid" in consumer.finish("mine", provider.approve(url)).scope
    assert "prompt" not in asked(preset("google", authorization_parameters={"prompt": ""}).start("mine"))


def test_gitlab_wants_the_redirect_uri_again_for_a_refresh(preset: Callable[..., Driven], provider: Provider) -> None:
    """RFC 6749 §6 knows no such parameter, so the others do not get it."""
    provider.expires_in = 10
    for name, sent in (("gitlab", f"{URL}/callback/mine"), ("google", None)):
        consumer = preset(name)
        login = consumer.finish("mine", provider.approve(consumer.start("mine")))
        consumer.request(login.login_id, "GET", "/who")
        assert "refresh_token" == provider.last("/token").form["grant_type"]
        assert sent == provider.last("/token").form.get("redirect_uri")


def test_microsoft_has_an_issuer_for_each_tenant_and_hides_a_scope(preset: Callable[..., Driven], provider: Provider) -> None:
    """`offline_access` is never echoed, `User.Read` is added, and `{tenantid}` is the claim `tid`."""
    template = provider.url + "/{tenantid}/v2.0"
    path = "/common/v2.0/.well-known/openid-configuration"
    provider.wrong.metadata = {"authorization_response_iss_parameter_supported": None}

    def metadata(seen: Seen) -> Any:
        return as_json(json.loads(provider._metadata(seen)[2]) | {"issuer": template})

    provider.wrong.answers[path] = metadata
    provider.wrong.token_answer = {"scope": "openid profile User.Read"}
    provider.wrong.claims = {"iss": provider.url + "/9188040d/v2.0", "tid": "9188040d"}
    consumer = preset("microsoft", issuer=provider.url + "/common/v2.0", issuer_template=template)
    login = consumer.finish("mine", provider.approve(consumer.start("mine"), iss=None))
    assert ("openid", "profile", "User.Read", "offline_access") == login.scope


def test_linkedin_refuses_pkce_and_sends_no_nonce(preset: Callable[..., Driven], provider: Provider) -> None:
    """A code_verifier is answered with invalid_client; scopes come back with commas, and `email_verified` as a string."""
    provider.accepts_pkce = False
    provider.wrong.metadata = {"authorization_response_iss_parameter_supported": None}
    provider.wrong.claims = {"nonce": None, "email": "a@example.com", "email_verified": "true"}
    provider.wrong.token_answer = {"scope": "email,openid,profile", "refresh_token": None}
    consumer = preset("linkedin")
    login = consumer.finish("mine", provider.approve(consumer.start("mine"), iss=None))
    assert "subject of alice" == login.subject
    assert True is login.claims["email_verified"]
    assert ("email", "openid", "profile") == login.scope
    assert CLIENT_SECRET == provider.last("/token").form["client_secret"]


def test_x_nests_the_claims(preset: Callable[..., Driven], provider: Provider) -> None:
    """The answer is {"data": {…}}; confidential clients authenticate with Basic."""
    consumer = preset("x")
    provider.wrong.userinfo = {"sub": None, "data": {"id": "2244994945", "name": "X Dev", "username": "XDevelopers"}}
    login = consumer.finish("mine", provider.approve(consumer.start("mine"), iss=None))
    assert "2244994945" == login.subject
    assert {"name": "X Dev", "preferred_username": "XDevelopers"} == login.claims
    assert provider.last("/token").headers["authorization"].startswith("Basic ")


def test_claims_that_are_not_where_the_preset_says_sign_nobody_in(preset: Callable[..., Driven], provider: Provider) -> None:
    """A provider that changes its API is noticed, not guessed at."""
    consumer = preset("x")
    provider.wrong.userinfo = {"data": "nothing"}
    with pytest.raises(ConsumerError):
        consumer.finish("mine", provider.approve(consumer.start("mine"), iss=None))


def test_x_takes_the_callback_at_request_token_only(preset: Callable[..., Driven], provider: Provider) -> None:
    """OAuth 1.0a: `oauth_callback` is signed into the first request and never shown at the authorization page."""
    urls = {f"{kind}_endpoint": f"{provider.url}/oauth1/{kind}" for kind in ("request_token", "access_token")}
    consumer = preset("x-oauth1", client_secret=CONSUMER_SECRET, **urls)
    provider.wrong.answers["/userinfo"] = as_json({"data": {"id": "1", "name": "X Dev", "username": "XDevelopers"}})
    url = consumer.start("mine")
    assert ["oauth_token"] == list(asked(url))
    assert "oauth_callback" in provider.last("/oauth1/request_token").headers["authorization"]
    assert "1" == consumer.finish("mine", provider.approve(url)).subject
    assert presets()["x-oauth1"]["authorization_endpoint"].endswith("/oauth/authenticate")


def test_discord_names_people_its_own_way(preset: Callable[..., Driven], provider: Provider) -> None:
    """The global name is what people see."""
    consumer = preset("discord")
    provider.wrong.userinfo = {
        "sub": None,
        "id": "80351110224678912",
        "username": "nelly",
        "global_name": "Nelly",
        "email": "n@example.com",
    }
    login = consumer.finish("mine", provider.approve(consumer.start("mine"), iss=None))
    assert {"name": "Nelly", "preferred_username": "nelly", "email": "n@example.com"} == login.claims


def test_mastodon_is_where_the_operator_says(
    read: Callable[..., ProviderConfiguration], make_consumer: MakeConsumer, provider: Provider
) -> None:
    """Its endpoints are paths below `api`."""
    provider.auth_method = "client_secret_post"
    mastodon = read(preset="mastodon", client_id=CLIENT_ID, client_secret=CLIENT_SECRET, api=provider.url + "/")
    assert provider.url + "/oauth/token" == mastodon.endpoints["token_endpoint"]
    provider.wrong.answers["/oauth/token"] = provider._token
    provider.wrong.answers["/api/v1/accounts/verify_credentials"] = as_json(
        {"id": "14715", "username": "trwnh", "display_name": "infinite love"}
    )
    consumer = make_consumer(mine=mastodon)
    login = consumer.finish("mine", provider.approve(consumer.start("mine")))
    assert {"name": "infinite love", "preferred_username": "trwnh"} == login.claims
