"""The resource server: who gets through, and what the others are told."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from shared_validator.http import FORM, Request, Response
from shared_validator.resource import Token
from tests.unit.oauth2.server import ISSUER, OTHER_API, SECRET, Server, outcome_of

CHALLENGE = f'Bearer resource_metadata="{ISSUER}/.well-known/oauth-protected-resource"'


def check(
    server: Server, scope: str = "notes:read", url: str = f"{ISSUER}/api/notes", body: bytes = b"", **headers: str
) -> Token | Response:
    request = Request("GET", url, {name.replace("_", "-"): value for name, value in headers.items()}, body)
    return outcome_of(lambda: server.provider.require(request, scope))


def refused(server: Server, **arguments: Any) -> Response:
    response = check(server, **arguments)
    assert isinstance(response, Response)
    assert "no-store" == response.header("cache-control")
    return response


def test_a_request_without_credentials_is_told_where_to_get_some(server: Server) -> None:
    """RFC 9728 §5.1, RFC 6750 §3: no error code where nothing was sent; and that OAuth 1.0a would do as well."""
    response = refused(server)

    assert 401 == response.status
    challenges = [value for name, value in response.headers if name == "WWW-Authenticate"]
    assert [CHALLENGE, f'OAuth realm="{ISSUER}"'] == challenges


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_valid_token_says_who_may_do_what(server: Server, scheme: str) -> None:
    """RFC 6750 §2.1; the scheme is compared without case (RFC 9110 §11.1)."""
    token = server.tokens(scope="notes:read")["access_token"]

    found = check(server, authorization=f"{scheme} {token}")

    assert Token(server.user.user_id, "web", ("notes:read",)) == found


@pytest.mark.parametrize("authorization", ["Bearer", "Bearer ", "Bearer unknown", "Bearer é", "Bearer a b", "Bearer \ud800"])
def test_an_unknown_token_is_invalid(server: Server, authorization: str) -> None:
    """RFC 6750 §3.1."""
    response = refused(server, authorization=authorization)

    assert 401 == response.status
    assert 'error="invalid_token"' in (response.header("www-authenticate") or "")
    assert "invalid_token" == json.loads(response.body)["error"]


def test_an_expired_token_is_invalid(server: Server) -> None:
    """RFC 6750 §3.1: at the second of its expiry."""
    token = server.tokens()["access_token"]
    server.clock.time += 3599
    assert 200 == server.api(token)

    server.clock.time += 1
    assert 401 == server.api(token)


def test_too_narrow_a_scope_is_told_which_one_is_needed(server: Server) -> None:
    """RFC 6750 §3.1: 403, with the scope."""
    token = server.tokens(scope="notes:read")["access_token"]

    response = refused(server, scope="notes:write", authorization=f"Bearer {token}")

    assert 403 == response.status
    assert 'error="insufficient_scope"' in (response.header("www-authenticate") or "")
    assert 'scope="notes:write"' in (response.header("www-authenticate") or "")


def test_two_kinds_of_credentials_are_one_too_many(server: Server) -> None:
    """RFC 6750 §2: a client uses one method."""
    token = server.tokens()["access_token"]

    for where in ({"url": f"{ISSUER}/api/notes?oauth_signature=x"}, {"body": b"oauth_signature=x", "content_type": FORM}):
        response = refused(server, authorization=f"Bearer {token}", **where)
        assert (400, "invalid_request") == (response.status, json.loads(response.body)["error"])


def test_what_a_note_says_is_no_credential(server: Server) -> None:
    """RFC 5849 §3.5.2: only a form carries OAuth parameters in the body."""
    token = server.tokens()["access_token"]

    found = check(server, body=b'{"text": "oauth_signature=x"}', authorization=f"Bearer {token}", content_type="application/json")

    assert isinstance(found, Token)


def test_a_token_in_the_query_is_no_credential(server: Server) -> None:
    """RFC 9700 §4.3.2: URLs end in logs."""
    token = server.tokens()["access_token"]

    assert 401 == refused(server, url=f"{ISSUER}/api/notes?access_token={token}").status


def test_a_signature_that_does_not_hold_is_told_about_oauth1(server: Server) -> None:
    """RFC 5849 §3.2, §3.5.1."""
    for where in ({"authorization": "OAuth oauth_consumer_key=x"}, {"url": f"{ISSUER}/api/notes?oauth_signature=x"}):
        response = refused(server, **where)
        assert response.status in (400, 401)
        assert f'OAuth realm="{ISSUER}"' == response.header("www-authenticate")


def test_claims_of_a_client_that_acts_for_itself_are_its_name(server: Server) -> None:
    """RFC 9068 §2.2: without a user, the subject is the client."""
    assert {"sub": "machine"} == server.provider.claims(Token(None, "machine", ("profile",)))


@pytest.mark.fault(3)
def test_a_user_who_is_gone_has_no_claims(server: Server) -> None:
    """OpenID Connect Core §5.3.3: a user who is deleted between the check and the claims is an invalid token, not a bare ``sub``."""
    response = outcome_of(lambda: server.provider.claims(Token("gone", "machine", ("profile",))))

    assert isinstance(response, Response)
    assert (401, "invalid_token") == (response.status, json.loads(response.body)["error"])


# JWT access tokens ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def jwt_server(make_server: Any) -> Server:
    made: Server = make_server(access_token_format="jwt")
    return made


def test_a_jwt_access_token_has_the_claims_of_its_profile(jwt_server: Server) -> None:
    """RFC 9068 §2.1, §2.2."""
    token = jwt_server.tokens(scope="openid notes:read")["access_token"]

    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])

    assert ("at+jwt", "ES256") == (header["typ"], header["alg"])
    now = int(jwt_server.clock())
    jti = claims.pop("jti")
    assert 32 == len(jti)
    assert {
        "iss": ISSUER,
        "sub": jwt_server.user.user_id,
        "aud": [ISSUER],
        "client_id": "web",
        "scope": "openid notes:read",
        "iat": now,
        "exp": now + 3600,
        "auth_time": now,
    } == claims


@pytest.mark.fault(3)
def test_a_jwt_is_looked_up_at_home(jwt_server: Server) -> None:
    """RFC 7009 §2: next to the store, a revoked JWT is refused although its signature holds."""
    token = jwt_server.tokens(scope="notes:read")["access_token"]
    assert Token(jwt_server.user.user_id, "web", ("notes:read",)) == check(jwt_server, authorization=f"Bearer {token}")
    revoked = jwt_server.call("oauth2_revoke", {"token": token}, auth=("web", SECRET))

    assert 200 == revoked.status
    assert 401 == refused(jwt_server, authorization=f"Bearer {token}").status
    answer = jwt_server.call("oauth2_introspect", {"token": token}, auth=("web", SECRET))
    assert {"active": False} == json.loads(answer.body)


def test_a_jwt_of_a_client_that_acts_for_itself_has_no_user(jwt_server: Server) -> None:
    """RFC 9068 §2.2: the subject is the client."""
    _, tokens = jwt_server.token(auth=("machine", SECRET), grant_type="client_credentials", scope="notes:read")

    assert Token(None, "machine", ("notes:read",)) == check(jwt_server, authorization=f"Bearer {tokens['access_token']}")


def test_a_jwt_expires_and_is_for_its_audience(jwt_server: Server) -> None:
    """RFC 9068 §4."""
    token = jwt_server.tokens()["access_token"]
    _, other = jwt_server.token(auth=("machine", SECRET), grant_type="client_credentials", resource=OTHER_API)
    assert 401 == jwt_server.api(other["access_token"])
    assert 200 == jwt_server.api(token)

    jwt_server.clock.time += 3600
    assert 401 == jwt_server.api(token)


def test_an_opaque_token_from_before_the_switch_still_counts(make_server: Any) -> None:
    """Changing the format signs nobody out."""
    token = make_server().tokens()["access_token"]

    assert 200 == make_server(access_token_format="jwt").api(token)


def test_who_calls_can_be_asked_before_whether_they_may(server: Server) -> None:
    """Some frameworks authenticate first and authorize later: the two halves say what the whole says."""
    token = server.tokens(scope="notes:read")["access_token"]
    request = Request("GET", f"{ISSUER}/api/notes", {"authorization": f"Bearer {token}"})

    found = server.provider.authenticate(request)

    assert Token(server.user.user_id, "web", ("notes:read",)) == found
    assert found == server.provider.check_scope(found, "notes:read")
    assert refused(server, scope="notes:write", authorization=f"Bearer {token}") == outcome_of(
        lambda: server.provider.check_scope(found, "notes:write")
    )
    assert refused(server) == outcome_of(lambda: server.provider.authenticate(Request("GET", f"{ISSUER}/api/notes", {})))
