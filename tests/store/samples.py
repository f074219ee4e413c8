"""Records to store: each call makes another one, and any field can be given."""

from __future__ import annotations

import secrets
from typing import Any

from shared_validator.store import (
    AccessToken,
    AuthorizationCode,
    Client,
    DeviceCode,
    OAuth1Consumer,
    RefreshToken,
    Session,
    SigningKey,
    TemporaryCredentials,
    TokenCredentials,
    User,
)

NOW = 1_700_000_000
LATER = NOW + 600


def new_hash() -> bytes:
    """Return what a digest looks like."""
    return secrets.token_bytes(32)


def user(**given: Any) -> User:
    identifier = secrets.token_hex(8)
    values = {
        "user_id": identifier,
        "username": f"name-{identifier}",
        "password_hash": "$argon2id$…",
        "name": "Zoë",
        "email": "zoe@example.com",
    }
    return User(**{**values, **given})


def session(**given: Any) -> Session:
    values = {
        "session_hash": new_hash(),
        "user_id": "user",
        "auth_time": NOW - 30,
        "method": "password",
        "created_at": NOW,
        "last_seen_at": NOW,
        "expires_at": LATER,
    }
    return Session(**{**values, **given})


def client(**given: Any) -> Client:
    values = {
        "client_id": secrets.token_hex(8),
        "client_secret_hash": new_hash(),
        "client_name": "Cookbook",
        "redirect_uris": ("https://client.example/callback", "com.example.app:/callback"),
        "post_logout_redirect_uris": (),
        "grant_types": ("authorization_code", "refresh_token", "client_credentials"),
        "scope": ("profile", "notes:read"),
        "token_endpoint_auth_method": "client_secret_basic",
        "id_token_signed_response_alg": "RS256",
    }
    return Client(**{**values, **given})


def code(**given: Any) -> AuthorizationCode:
    values = {
        "code_hash": new_hash(),
        "grant_id": new_hash(),
        "client_id": "client",
        "user_id": "user",
        "redirect_uri": "https://client.example/callback",
        "scope": ("openid", "profile"),
        "resource": ("https://api.example",),
        "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "nonce": None,
        "auth_time": NOW - 30,
        "expires_at": LATER,
    }
    return AuthorizationCode(**{**values, **given})


def access_token(**given: Any) -> AccessToken:
    values = {
        "token_hash": new_hash(),
        "grant_id": new_hash(),
        "client_id": "client",
        "user_id": "user",
        "scope": ("profile",),
        "audience": ("https://api.example",),
        "issued_at": NOW,
        "expires_at": LATER,
    }
    return AccessToken(**{**values, **given})


def refresh_token(**given: Any) -> RefreshToken:
    values = {
        "token_hash": new_hash(),
        "grant_id": new_hash(),
        "client_id": "client",
        "user_id": "user",
        "scope": ("profile",),
        "resource": ("https://api.example",),
        "auth_time": NOW - 30,
        "issued_at": NOW,
        "expires_at": LATER,
    }
    return RefreshToken(**{**values, **given})


def device_code(**given: Any) -> DeviceCode:
    values = {
        "device_code_hash": new_hash(),
        "user_code_hash": new_hash(),
        "grant_id": new_hash(),
        "client_id": "client",
        "scope": ("profile",),
        "resource": (),
        "interval": 5,
        "expires_at": LATER,
    }
    return DeviceCode(**{**values, **given})


def oauth1_consumer(**given: Any) -> OAuth1Consumer:
    values = {
        "consumer_key": secrets.token_hex(8),
        "sealed_secret": b"sealed",
        "rsa_public_key": None,
        "name": "Printer",
        "callbacks": ("https://printer.example/ready",),
    }
    return OAuth1Consumer(**{**values, **given})


def temporary_credentials(**given: Any) -> TemporaryCredentials:
    values = {
        "token_hash": new_hash(),
        "sealed_secret": b"sealed",
        "consumer_key": "consumer",
        "callback": "https://printer.example/ready",
        "expires_at": LATER,
    }
    return TemporaryCredentials(**{**values, **given})


def token_credentials(**given: Any) -> TokenCredentials:
    values = {
        "token_hash": new_hash(),
        "sealed_secret": b"sealed",
        "consumer_key": "consumer",
        "user_id": "user",
        "scope": ("profile",),
        "issued_at": NOW,
    }
    return TokenCredentials(**{**values, **given})


def signing_key(**given: Any) -> SigningKey:
    values = {"kid": secrets.token_hex(8), "algorithm": "RS256", "sealed_key": b"sealed", "active_from": NOW, "expires_at": None}
    return SigningKey(**{**values, **given})
