"""A JWT whose signature was verified once is recognised; whatever may change is looked at each time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from shared_validator import tokens
from tests.unit.oauth2.server import SECRET, Server


@pytest.fixture
def jwt_server(make_server: Any) -> Server:
    """A provider with JWT access tokens."""
    made: Server = make_server(access_token_format="jwt")
    return made


def machine_token(server: Server) -> str:
    """Return an access token of a client that acts for itself."""
    _, answer = server.token(auth=("machine", SECRET), grant_type="client_credentials", scope="notes:read")
    token: str = answer["access_token"]
    return token


def count_decodings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the list to which each verification of a signature adds its token."""
    decoded: list[str] = []
    decode = tokens.jwt.decode
    monkeypatch.setattr(tokens.jwt, "decode", lambda token, *rest, **more: decoded.append(token) or decode(token, *rest, **more))
    return decoded


def test_the_signature_of_a_token_is_verified_once(jwt_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second request with a token costs no signature."""
    token, decoded = machine_token(jwt_server), count_decodings(monkeypatch)
    assert [200, 200] == [jwt_server.api(token), jwt_server.api(token)]
    assert [token] == decoded


def test_a_remembered_token_expires(jwt_server: Server) -> None:
    """``exp`` is compared with the clock at each request (RFC 9068 §4)."""
    token = machine_token(jwt_server)
    assert 200 == jwt_server.api(token)
    jwt_server.clock.time += 3600
    assert 401 == jwt_server.api(token)


def test_a_remembered_token_ends_with_its_key(jwt_server: Server) -> None:
    """A key that is withdrawn, as after a theft, takes with it what it signed, remembered or not."""
    token = machine_token(jwt_server)
    assert 200 == jwt_server.api(token)
    for key in jwt_server.store.signing_keys():
        jwt_server.store.save_signing_key(replace(key, expires_at=int(jwt_server.clock())))
    assert 401 == jwt_server.api(token)


def test_a_token_that_differs_in_one_character_is_not_the_remembered_one(jwt_server: Server) -> None:
    """The whole token is what is recognised, its signature too."""
    token = machine_token(jwt_server)
    assert 200 == jwt_server.api(token)
    header, claims, signature = token.split(".")
    other = "A" if signature[0] != "A" else "B"
    assert 401 == jwt_server.api(f"{header}.{claims}.{other}{signature[1:]}")


def test_few_tokens_are_remembered(jwt_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tokens come, the memory that they take is bounded."""
    monkeypatch.setattr(tokens, "REMEMBERED_TOKENS", 2)
    decoded = count_decodings(monkeypatch)
    several = [machine_token(jwt_server) for _ in range(3)]
    assert [200] * 4 == [jwt_server.api(token) for token in (*several, several[0])]
    assert [*several, several[0]] == decoded
