"""Settings: the defaults are safe, and a bad value is refused by its name."""

from __future__ import annotations

import pytest

from shared_validator.settings import Settings, SettingsError, session_secret
from shared_validator.vault import new_key

GOOD = {"OAUTH_ISSUER": "https://provider.example", "OAUTH_SECRET_KEY": new_key()}


def test_two_settings_are_enough_and_the_rest_is_safe() -> None:
    """RFC 9700: nothing dangerous is on by default."""
    settings = Settings.from_environ(GOOD | {"PATH": "/bin"})

    assert "https://provider.example" == settings.issuer
    assert ("opaque", 0, False, 60) == (
        settings.access_token_format,
        settings.refresh_grace_seconds,
        settings.oauth1_plaintext,
        settings.code_seconds,
    )


def test_every_kind_of_value_is_read() -> None:
    """Texts, numbers, yes and no, lists and several keys."""
    settings = Settings.from_environ(
        {
            "OAUTH_ISSUER": " http://127.0.0.1:5001 ",
            "OAUTH_SECRET_KEY": f"{new_key()} {new_key()}",
            "OAUTH_RESOURCES": "https://a.example https://b.example/api",
            "OAUTH_ACCESS_TOKEN_FORMAT": "jwt",
            "OAUTH_ACCESS_TOKEN_SECONDS": "300",
            "OAUTH_REFRESH_GRACE_SECONDS": "",
            "OAUTH_OAUTH1_PLAINTEXT": "true",
        }
    )

    assert "http://127.0.0.1:5001" == settings.issuer
    assert 2 == len(settings.secret_keys)
    assert ("https://a.example", "https://b.example/api") == settings.resources
    assert ("jwt", 300, True) == (settings.access_token_format, settings.access_token_seconds, settings.oauth1_plaintext)


@pytest.mark.parametrize(
    "issuer",
    ["https://provider.example", "https://provider.example/tenant/a-1", "http://127.0.0.1:5001", "http://localhost", "http://[::1]:1"],
)
def test_an_issuer_is_https_or_loopback(issuer: str) -> None:
    """RFC 8414 §2; RFC 8252 §8.3 for the exception."""
    assert issuer == Settings.from_environ(GOOD | {"OAUTH_ISSUER": issuer}).issuer


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OAUTH_ISSUER", ""),
        ("OAUTH_ISSUER", "provider.example"),
        ("OAUTH_ISSUER", "http://provider.example"),
        pytest.param("OAUTH_ISSUER", "https://bücher.example", marks=pytest.mark.fault(25)),
        pytest.param("OAUTH_ISSUER", "https://例え.テスト/tenant", marks=pytest.mark.fault(25)),
        ("OAUTH_ISSUER", "http://127.0.0.1.evil.example"),
        ("OAUTH_ISSUER", "https://provider.example/"),
        ("OAUTH_ISSUER", "https://provider.example/path/"),
        ("OAUTH_ISSUER", "https://provider.example//path"),
        ("OAUTH_ISSUER", "https://provider.example/../path"),
        ("OAUTH_ISSUER", "https://provider.example/p%61th"),
        ("OAUTH_ISSUER", "https://provider.example/pfad/ä"),
        ("OAUTH_ISSUER", "https://provider.example?x"),
        ("OAUTH_ISSUER", "https://user@provider.example"),
        ("OAUTH_ISSUER", "https://provider.example:port"),
        ("OAUTH_ISSUER", "https://[::1"),
        ("OAUTH_SECRET_KEY", ""),
        ("OAUTH_SECRET_KEY", "not base64!"),
        ("OAUTH_SECRET_KEY", "c2hvcnQ="),
        ("OAUTH_RESOURCES", "relative"),
        ("OAUTH_RESOURCES", "https://a.example#fragment"),
        ("OAUTH_ACCESS_TOKEN_FORMAT", "JWT"),
        ("OAUTH_ACCESS_TOKEN_SECONDS", "0"),
        ("OAUTH_ACCESS_TOKEN_SECONDS", "-1"),
        ("OAUTH_ACCESS_TOKEN_SECONDS", "1h"),
        ("OAUTH_ACCESS_TOKEN_SECONDS", "٣"),
        ("OAUTH_CODE_SECONDS", "601"),
        ("OAUTH_OAUTH1_PLAINTEXT", "yes"),
        ("OAUTH_ISUER", "https://provider.example"),
    ],
)
def test_a_bad_value_is_refused_by_its_name(name: str, value: str) -> None:
    """At start, not at the first request; a misspelt name is refused as well."""
    with pytest.raises(SettingsError, match=f"^{name}: "):
        Settings.from_environ(GOOD | {name: value})


def test_the_path_of_an_issuer_is_the_base_of_every_page() -> None:
    """RFC 8414 §2 allows an issuer with a path."""
    paths = [Settings.from_environ(GOOD | {"OAUTH_ISSUER": issuer}).base_path for issuer in ("https://a.example", "https://a.example/b/c")]
    assert ["", "/b/c"] == paths


@pytest.mark.fault(2)
@pytest.mark.parametrize("secret", [None, "", "short", "x" * 31, "x" * 64, "abcabcabcabcabcabcabcabcabcabcabcabc"])
def test_a_weak_session_secret_is_refused_by_its_name(secret: str | None) -> None:
    """With an empty secret anybody can forge the cookie of any user. The value is never shown."""
    with pytest.raises(SettingsError, match="^SESSION_SECRET: ") as refused:
        session_secret({} if secret is None else {"SESSION_SECRET": secret})
    assert not secret or secret not in str(refused.value)


def test_a_strong_session_secret_is_taken_as_it_is() -> None:
    """32 characters, or what ``new-key`` prints."""
    for secret in ("0123456789abcdef0123456789abcdef", new_key()):
        assert secret == session_secret({"SESSION_SECRET": secret})


def test_a_key_is_never_shown() -> None:
    """The value that is refused may be a real key with one character lost."""
    with pytest.raises(SettingsError) as refused:
        Settings.from_environ(GOOD | {"OAUTH_SECRET_KEY": "almost-a-key!"})

    assert "almost-a-key" not in str(refused.value)


def test_settings_in_code_are_checked_too() -> None:
    """A provider without an encryption key does not start."""
    with pytest.raises(SettingsError, match="^OAUTH_SECRET_KEY: "):
        Settings(issuer="https://provider.example", secret_keys=())
