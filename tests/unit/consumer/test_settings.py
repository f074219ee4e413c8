"""Settings: a bad value is refused at start, by the name of its file, table and key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared_validator.consumer import ConsumerSettings
from shared_validator.consumer.providers import read_providers
from shared_validator.settings import SettingsError
from shared_validator.vault import new_key
from tests.unit.consumer.provider import private_pem, rsa_key

OPENID = """
[cookbook]
title = "Cookbook"
protocol = "openid"
issuer = "http://127.0.0.1:5001"
client_id = "client"
client_secret = "secret"
scope = "openid profile"
api = "http://127.0.0.1:5001"
"""

OAUTH2 = """
[cookbook]
protocol = "oauth2"
client_id = "client"
api = "https://api.example"
authorization_endpoint = "https://as.example/authorize"
token_endpoint = "https://as.example/token"
userinfo_endpoint = "https://api.example/me"
"""

OAUTH1 = """
[cookbook]
protocol = "oauth1"
client_id = "key"
client_secret = "secret"
api = "https://api.example"
request_token_endpoint = "https://as.example/request_token"
authorization_endpoint = "https://as.example/authorize"
access_token_endpoint = "https://as.example/access_token"
userinfo_endpoint = "https://api.example/me"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A good environment."""
    path = tmp_path / "providers.toml"
    path.write_text(OPENID)
    return {"CONSUMER_URL": "https://app.example", "CONSUMER_SECRET_KEY": new_key(), "CONSUMER_PROVIDERS": str(path), "PATH": "/bin"}


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[[str], str]:
    """What the operator reads for a providers file, without the path."""

    def read(text: str) -> str:
        path = tmp_path / "providers.toml"
        path.write_text(text)
        with pytest.raises(SettingsError) as error:
            read_providers(str(path), {})
        return str(error.value).removeprefix(f"CONSUMER_PROVIDERS: {path}: ")

    return read


def test_settings_come_from_the_environment(environ: dict[str, str]) -> None:
    """The names of the contract."""
    settings = ConsumerSettings.from_environ(environ)
    assert "https://app.example/callback/cookbook" == settings.callback("cookbook")
    assert "Cookbook" == settings.providers["cookbook"].title
    assert environ["CONSUMER_SECRET_KEY"] not in repr(settings)
    assert "text" == settings.log_format
    assert "json" == ConsumerSettings.from_environ(environ | {"CONSUMER_LOG_FORMAT": "json"}).log_format


@pytest.mark.parametrize("name", ["CONSUMER_URL", "CONSUMER_SECRET_KEY", "CONSUMER_PROVIDERS"])
def test_each_setting_is_required(name: str, environ: dict[str, str]) -> None:
    """There is no default that would be safe."""
    with pytest.raises(SettingsError, match=f"^{name}: is required"):
        ConsumerSettings.from_environ(environ | {name: " "})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSUMER_URL", "http://app.example"),
        ("CONSUMER_URL", "https://app.example/"),
        ("CONSUMER_URL", "https://app.example?x=1"),
        ("CONSUMER_URL", "app.example"),
        ("CONSUMER_URL", "https://user@app.example"),
        ("CONSUMER_URL", "https://app.example:port"),
        ("CONSUMER_URL", "https://app.exämple"),
        ("CONSUMER_SECRET_KEY", "c2hvcnQ="),
        ("CONSUMER_SECRET_KEY", "not base64!"),
        ("CONSUMER_PROVIDERS", "/nowhere/providers.toml"),
        ("CONSUMER_PROVIDER", "misspelt"),
        ("CONSUMER_LOG_FORMAT", "xml"),
        ("CONSUMER_LOG_FORMAT", "JSON"),
    ],
)
def test_a_bad_setting_is_refused_by_its_name(name: str, value: str, environ: dict[str, str]) -> None:
    """http is for loopback addresses only; keys have 32 bytes; a misspelt name is noticed."""
    with pytest.raises(SettingsError, match=f"^{name}: "):
        ConsumerSettings.from_environ(environ | {name: value})


@pytest.mark.parametrize("url", ["http://localhost:5002", "http://127.0.0.1:5002", "http://[::1]:5002"])
def test_a_loopback_address_may_use_http(url: str, environ: dict[str, str]) -> None:
    """RFC 8252 §8.3."""
    assert url == ConsumerSettings.from_environ(environ | {"CONSUMER_URL": url}).url


@pytest.mark.parametrize("text", [OPENID, OAUTH2, OAUTH1])
def test_a_good_table_is_read(text: str, tmp_path: Path) -> None:
    """One table for each protocol; the title is the name where none is given."""
    path = tmp_path / "providers.toml"
    path.write_text(text)
    provider = read_providers(str(path), {})["cookbook"]
    assert "cookbook" == provider.name
    assert "Cookbook" == provider.title.title()


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (OPENID.replace("openid profile", "profile"), "scope"),
        (OPENID.replace("127.0.0.1", "as.example"), "api"),
        (OPENID.replace('issuer = "http://127.0.0.1:5001"', ""), "issuer"),
        (OPENID.replace('client_id = "client"', ""), "client_id"),
        (OPENID + "misspelt = 1", "misspelt"),
        (OPENID + "jwks_uri = 'http://as.example/jwks'", "jwks_uri"),
        (OPENID + "revocation_endpoint = 7", "revocation_endpoint"),
        (OPENID + "refresh_sends_redirect_uri = 'yes'", "refresh_sends_redirect_uri"),
        (OPENID + "sends_nonce = 'no'", "sends_nonce"),
        (OAUTH2 + "sends_nonce = false", "sends_nonce"),
        (OPENID + "sends_token_type = 0", "sends_token_type"),
        (OPENID + "accepts_pkce = 0", "accepts_pkce"),
        (OPENID.replace('client_secret = "secret"', "accepts_pkce = false"), "accepts_pkce"),
        (OAUTH2 + "accepts_pkce = false", "accepts_pkce"),
        (OAUTH1 + "accepts_pkce = false", "accepts_pkce"),
        (OPENID + "id_token_signed_response_alg = 'none'", "id_token_signed_response_alg"),
        (OPENID + "id_token_signed_response_alg = 'HS256'", "id_token_signed_response_alg"),
        (OPENID.replace('"secret"', "'short'") + "id_token_signed_response_alg = 'HS256'", "id_token_signed_response_alg"),
        (OPENID + "scope_not_echoed = [7]", "scope_not_echoed"),
        (OPENID + "claims = { sub = 7 }", "claims"),
        (OPENID + "authorization_parameters = { state = 'x' }", "authorization_parameters"),
        (OPENID + "authorization_parameters = { response_mode = 'form_post' }", "authorization_parameters"),
        (OPENID + "response_mode = 'fragment'", "response_mode"),
        (OPENID + "response_mode = ['form_post']", "response_mode"),
        (OAUTH1 + "response_mode = 'form_post'", "response_mode"),
        (OPENID + "token_endpoint_auth_method = 'tls_client_auth'", "token_endpoint_auth_method"),
        (OPENID + "token_endpoint_auth_method = 'none'", "token_endpoint_auth_method"),
        (OPENID + "signature_method = 'HMAC-SHA1'", "signature_method"),
        (OAUTH2 + "token_endpoint_auth_method = 'client_secret_post'", "token_endpoint_auth_method"),
        (OAUTH2 + "client_secret = ''", "client_secret"),
        (OAUTH2.replace('"https://as.example/token"', '"ftp://as.example/token"'), "token_endpoint"),
        (OAUTH2.replace('"https://as.example/token"', '"https://as.example/token#x"'), "token_endpoint"),
        (OAUTH2.replace('"https://as.example/token"', '"https://[as.example/token"'), "token_endpoint"),
        (OAUTH2.replace('"https://as.example/token"', '"https://as.example/a token"'), "token_endpoint"),
        (OAUTH2.replace("token_endpoint", "tokn_endpoint"), "tokn_endpoint"),
        (OAUTH2.replace('userinfo_endpoint = "https://api.example/me"', ""), "userinfo_endpoint"),
        (OAUTH2.replace("oauth2", "oauth3"), "protocol"),
        (OAUTH2.replace('"oauth2"', "['oauth2']"), "protocol"),
        (OAUTH2 + "preset = 'githbu'", "preset"),
        (OAUTH2 + "preset = ['github']", "preset"),
        (OAUTH1 + "signature_method = 'PLAINTEXT'", "signature_method"),
        (OAUTH1 + "signature_method = 'RSA-SHA1'", "rsa_private_key"),
        (OAUTH1 + "rsa_private_key = 'x'", "rsa_private_key"),
        (OAUTH1 + f"signature_method = 'RSA-SHA1'\nrsa_private_key = '''{private_pem(rsa_key())}'''", "client_secret"),
        (OAUTH1.replace('client_secret = "secret"', "signature_method = 'RSA-SHA1'\nrsa_private_key = 'x'"), "rsa_private_key"),
        (OAUTH1.replace('client_secret = "secret"', ""), "client_secret"),
        (OAUTH1.replace('userinfo_endpoint = "https://api.example/me"', ""), "userinfo_endpoint"),
        ("[mine]\npreset = 'github'", "client_id"),
        ("[mine]\npreset = 'mastodon'\nclient_id = 'x'\nclient_secret = 'y'", "api"),
    ],
)
def test_a_bad_key_is_refused_by_its_table_and_name(text: str, key: str, refusal: Callable[[str], str]) -> None:
    """The operator finds the line at once."""
    table = "mine" if "[mine]" in text else "cookbook"
    assert refusal(text).startswith(f"[{table}] {key}: ")


@pytest.mark.parametrize(
    ("text", "start"),
    [("", "holds no provider"), ("title = 'x'", "[title]: is not a table"), ("['a/b']\n", "[a/b]: a name is made of"), ("[", "")],
)
def test_a_file_that_holds_no_tables_is_refused(text: str, start: str, refusal: Callable[[str], str]) -> None:
    """A name stands in a URL, so a slash is none of its letters."""
    assert refusal(text).startswith(start)


def test_texts_of_the_providers_file_come_from_the_environment(environ: dict[str, str]) -> None:
    """The file can be committed: a secret, or any other text, is taken from the variable that it names."""
    texts = """
client_secret = "${SECRET}"
scope_not_echoed = ["${SCOPE}"]
claims = { sub = "${SUB}" }
title = "${SECRET} and more"
"""
    Path(environ["CONSUMER_PROVIDERS"]).write_text(OAUTH2 + texts)
    provider = ConsumerSettings.from_environ(environ | {"SECRET": "${SUB}", "SCOPE": "offline", "SUB": "data.id"}).providers["cookbook"]
    assert "${SUB}" == provider.client_secret
    assert ("offline",) == provider.scope_not_echoed
    assert {"sub": "data.id"} == provider.claims
    assert "${SECRET} and more" == provider.title


UNREGISTERED = "[mine]\npreset = 'github'\nclient_id = '${MINE_ID}'\nclient_secret = '${MINE_SECRET}'"


def test_a_provider_that_does_not_know_the_application_yet_is_not_offered(
    environ: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Until its client_id has come, the variable is there and empty; the log says so, and the other providers are offered."""
    Path(environ["CONSUMER_PROVIDERS"]).write_text(OAUTH2 + UNREGISTERED)
    assert ["cookbook"] == list(ConsumerSettings.from_environ(environ | {"MINE_ID": ""}).providers)
    assert ["mine is not offered: MINE_ID is empty until this application is registered there"] == caplog.messages


@pytest.mark.parametrize("variable", ["MINE_ID", "MINE_SECRET"])
def test_a_provider_is_not_left_out_by_mistake(variable: str, environ: dict[str, str]) -> None:
    """A client_id's variable that is misspelt, or a secret that is forgotten, is refused."""
    Path(environ["CONSUMER_PROVIDERS"]).write_text(UNREGISTERED)
    given = {"MINE_ID": "it", "MINE_SECRET": "itself"}
    del given[variable]
    with pytest.raises(SettingsError, match=f"the environment has no {variable}$"):
        ConsumerSettings.from_environ(environ | given)


@pytest.mark.parametrize("given", [{}, {"COOKBOOK_SECRET": ""}])
def test_a_variable_that_is_not_set_is_refused_by_its_name(given: dict[str, str], environ: dict[str, str]) -> None:
    """An empty one is not set either; the message names file, table, key and variable."""
    path = Path(environ["CONSUMER_PROVIDERS"])
    path.write_text(OPENID.replace('"secret"', '"${COOKBOOK_SECRET}"'))
    with pytest.raises(SettingsError) as error:
        ConsumerSettings.from_environ(environ | given)
    assert f"CONSUMER_PROVIDERS: {path}: [cookbook] client_secret: the environment has no COOKBOOK_SECRET" == str(error.value)


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("protocol = '${SECRET}'", "[mine] protocol: '${SECRET}' is none of oauth2"),
        (OAUTH2.replace("https://api.example/me", "${SECRET}"), "[cookbook] userinfo_endpoint: '${SECRET}' is not an absolute https URL"),
        (OAUTH2.replace("https://api.example", "${SECRET}", 1), "[cookbook] api: '${SECRET}' is not an absolute https URL"),
        ("preset = 'mastodon'\nclient_id = 'x'\napi = '${SECRET}'", "[mine] api: '${SECRET}' is not an absolute https URL"),
        (OAUTH2 + "token_endpoint_auth_method = '${SECRET}'", "[cookbook] token_endpoint_auth_method: '${SECRET}' is none of client"),
        (OAUTH1 + "signature_method = '${SECRET}'", "[cookbook] signature_method: '${SECRET}' is none of HMAC-SHA1"),
    ],
)
def test_what_comes_from_the_environment_is_never_shown(text: str, refused: str, environ: dict[str, str]) -> None:
    """Where a secret stands at the wrong key, the operator reads what the file says, not the secret."""
    path = Path(environ["CONSUMER_PROVIDERS"])
    path.write_text(text if "[" in text else f"[mine]\n{text}")
    with pytest.raises(SettingsError) as error:
        ConsumerSettings.from_environ(environ | {"SECRET": "hunter2"})
    assert str(error.value).startswith(f"CONSUMER_PROVIDERS: {path}: {refused}")
    assert "hunter2" not in str(error.value)


def test_a_private_key_of_another_kind_is_refused_without_showing_it(refusal: Callable[[str], str]) -> None:
    """RFC 5849 §3.4.3 is about RSA."""
    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    text = OAUTH1.replace('client_secret = "secret"', f"signature_method = 'RSA-SHA1'\nrsa_private_key = '''{pem.decode()}'''")
    assert "[cookbook] rsa_private_key: is not an RSA key" == refusal(text)
