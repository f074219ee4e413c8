"""What an operator takes away is gone: from a client, or with a user, while codes and tokens are under way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from shared_validator.flows import Question
from shared_validator.http import FORM, Request
from tests.unit.oauth2.server import CALLBACK, DEVICE_GRANT, SECRET, Server, answer_of, outcome_of, response_of

OFFLINE = "openid notes:read notes:write"


def _change(server: Server, client_id: str = "web", **changes: Any) -> None:
    """Change what a client has registered."""
    client = server.store.client(client_id)
    assert client is not None
    server.store.save_client(replace(client, **changes))


def _introspected(server: Server, token: str) -> dict[str, Any]:
    """Return what a client with a secret is told about a token of its own."""
    answer: dict[str, Any] = json.loads(server.call("oauth2_introspect", {"token": token}, auth=("web", SECRET)).body)
    return answer


def _begin_device(server: Server) -> dict[str, str]:
    begun: dict[str, str] = json.loads(server.call("oauth2_device_authorization", {}, auth=("web", SECRET)).body)
    return begun


def _poll(server: Server, begun: dict[str, str]) -> tuple[int, dict[str, Any]]:
    return server.token(grant_type=DEVICE_GRANT, device_code=begun["device_code"])


def _device_page(server: Server, begun: dict[str, str], decision: str = "") -> Any:
    body = f"user_code={begun['user_code']}" + (f"&decision={decision}" if decision else "")
    request = Request("POST", "https://provider.example/device", {"content-type": FORM}, body.encode())
    return outcome_of(lambda: server.provider.device.ask(request, server.visitor))


# A scope ------------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(46)
def test_a_reduced_scope_cuts_a_refresh(server: Server) -> None:
    """RFC 6749 §6: new tokens have what the client may have now, and asking for more is invalid_scope."""
    refresh_token = server.tokens(scope=OFFLINE)["refresh_token"]
    _change(server, scope=("openid", "notes:read"))

    refused = server.refresh(refresh_token, scope="notes:write")
    status, tokens = server.refresh(refresh_token)

    assert (400, "invalid_scope") == (refused[0], refused[1]["error"])
    assert (200, "openid notes:read") == (status, tokens["scope"])
    assert (200, 403) == (server.api(tokens["access_token"]), server.api(tokens["access_token"], "notes:write"))


@pytest.mark.fault(46)
def test_a_repeated_answer_names_the_scope_that_is_left(make_server: Callable[..., Server]) -> None:
    """RFC 6749 §5.1: within the grace period the tokens are the same, and so is all else that has not been taken away."""
    server = make_server(refresh_grace_seconds=60)
    refresh_token = server.tokens(scope=OFFLINE)["refresh_token"]
    _, first = server.refresh(refresh_token)
    assert first == server.refresh(refresh_token)[1]
    _change(server, scope=("openid", "notes:read"))

    assert (200, first | {"scope": "openid notes:read"}) == server.refresh(refresh_token)


@pytest.mark.fault(46)
def test_a_refresh_with_no_scope_left_is_refused(server: Server) -> None:
    """RFC 6749 §5.2: a token that may do nothing is not issued."""
    refresh_token = server.tokens(scope="notes:write")["refresh_token"]
    _change(server, scope=("openid",))

    status, answer = server.refresh(refresh_token)

    assert (400, "invalid_scope") == (status, answer["error"])


@pytest.mark.fault(46)
def test_a_reduced_scope_cuts_a_code(server: Server) -> None:
    """RFC 6749 §3.3: the answer names the scope that is left."""
    code = server.code(scope=OFFLINE)
    _change(server, scope=("notes:read",))

    status, tokens = server.redeem(code)

    assert (200, "notes:read") == (status, tokens["scope"])
    assert "id_token" not in tokens


@pytest.mark.fault(46)
def test_a_reduced_scope_cuts_access_tokens(server: Server) -> None:
    """RFC 7662 §2.2: a token that was issued before says and does what its client may have now."""
    tokens = server.tokens(scope=OFFLINE)
    _change(server, scope=("openid", "notes:read"))

    assert 200 == server.api(tokens["access_token"])
    assert 403 == server.api(tokens["access_token"], "notes:write")
    assert "openid notes:read" == _introspected(server, tokens["access_token"])["scope"]
    assert "openid notes:read" == _introspected(server, tokens["refresh_token"])["scope"]


@pytest.mark.fault(46)
def test_userinfo_ends_with_the_scope_openid(server: Server) -> None:
    """OpenID Connect Core §5.3: without openid there are no claims, and without profile no name."""
    token = server.tokens(scope="openid profile")["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    _change(server, scope=("openid",))
    assert {"sub": server.user.user_id} == json.loads(server.call("oauth2_userinfo", **bearer).body)

    _change(server, scope=("notes:read",))
    assert 403 == server.call("oauth2_userinfo", **bearer).status


@pytest.mark.fault(46)
def test_the_device_page_shows_what_the_client_may_have_now(server: Server) -> None:
    """RFC 8628 §3.3: the user agrees to no more than the device will get."""
    begun = _begin_device(server)
    _change(server, scope=("openid", "another"))

    question = _device_page(server, begun)
    assert isinstance(question, Question)
    assert ["openid"] == [name for name, _ in question.scopes]
    _device_page(server, begun, "allow")

    assert ("openid",) == server.store.consent(server.user.user_id, "web")
    assert (200, "openid") == ((answer := _poll(server, begun))[0], answer[1]["scope"])


# Redirect URIs, grant types, authentication -------------------------------------------------------------------------------------


@pytest.mark.fault(46)
def test_a_code_for_a_removed_redirect_uri_is_refused(server: Server) -> None:
    """RFC 6749 §4.1.3: the code is of no use to whoever is at the old address."""
    code = server.code()
    _change(server, redirect_uris=("https://app.example/new",))

    for redirect_uri in (CALLBACK, None):
        status, answer = server.redeem(code, redirect_uri=redirect_uri)
        assert (400, "invalid_grant") == (status, answer["error"])


@pytest.mark.fault(46)
def test_a_removed_resource_gets_no_tokens(make_server: Callable[..., Server]) -> None:
    """RFC 8707 §2.2: a grant for a resource that the operator has removed is invalid_target."""
    code = make_server().code(resource="https://files.example/api")
    server = make_server()
    server.provider.context.settings.__dict__["resources"] = ()

    status, answer = server.redeem(code)

    assert (400, "invalid_target") == (status, answer["error"])


@pytest.mark.fault(46)
@pytest.mark.parametrize("left", [("refresh_token", DEVICE_GRANT), ("client_credentials",)])
def test_a_code_ends_with_its_grant_type(server: Server, left: tuple[str, ...]) -> None:
    """RFC 6749 §5.2: unauthorized_client."""
    code = server.code()
    _change(server, grant_types=left)

    status, answer = server.redeem(code)

    assert (400, "unauthorized_client") == (status, answer["error"])


@pytest.mark.fault(46)
def test_a_refresh_token_ends_with_its_grant_type(server: Server) -> None:
    """RFC 7662 §2.2: it is not active, and RFC 6749 §5.2: it is not exchanged."""
    token = server.tokens()["refresh_token"]
    _change(server, grant_types=("authorization_code",))

    assert {"active": False} == _introspected(server, token)
    assert "unauthorized_client" == server.refresh(token)[1]["error"]


@pytest.mark.fault(46)
def test_an_access_token_ends_with_the_grant_types_that_could_have_issued_it(server: Server) -> None:
    """A client that may act for no user any more keeps no user's token; one that may not act for itself keeps none of its own."""
    users = server.tokens(scope="notes:read")["access_token"]
    own = server.token(auth=("machine", SECRET), grant_type="client_credentials", scope="notes:read")[1]["access_token"]
    assert [200, 200] == [server.api(users), server.api(own)]
    _change(server, grant_types=("client_credentials",))
    _change(server, "machine", grant_types=("authorization_code",))

    assert [401, 401] == [server.api(users), server.api(own)]
    assert {"active": False} == _introspected(server, users)


@pytest.mark.fault(46)
def test_a_device_code_ends_with_its_grant_type(server: Server) -> None:
    """RFC 8628 §3.3: the page does not know the code any more."""
    begun = _begin_device(server)
    _change(server, grant_types=("authorization_code",))

    assert 400 == _device_page(server, begun).status
    assert 400 == _device_page(server, begun, "allow").status
    assert "unauthorized_client" == _poll(server, begun)[1]["error"]


@pytest.mark.fault(46)
def test_a_changed_method_of_authentication_counts_at_once(server: Server) -> None:
    """RFC 6749 §2.3: a code or refresh token that was issued before is exchanged with the new method only."""
    code, refresh_token = server.code(), server.tokens()["refresh_token"]
    _change(server, token_endpoint_auth_method="client_secret_post")
    posted = {"auth": None, "client_id": "web", "client_secret": SECRET}

    assert (401, 401) == (server.redeem(code)[0], server.refresh(refresh_token)[0])
    assert (200, 200) == (server.redeem(code, **posted)[0], server.refresh(refresh_token, **posted)[0])


# A client -----------------------------------------------------------------------------------------------------------------------


def _disable(server: Server) -> None:
    _change(server, disabled=True)


def _delete(server: Server) -> None:
    server.store.delete_client("web")


def _delete_by_sql(server: Server) -> None:
    with server.store.engine.connect() as connection:
        connection.execute(text("DELETE FROM oauth_clients WHERE client_id = 'web'"))


@pytest.mark.fault(46)
@pytest.mark.fault(25)
@pytest.mark.parametrize("remove", [_disable, _delete, _delete_by_sql])
def test_nothing_of_a_client_that_is_gone_works(server: Server, remove: Callable[[Server], None]) -> None:
    """RFC 6749 §5.2, RFC 6750 §3.1: its access tokens are dead too, at the API, at userinfo and for others that ask."""
    tokens, code, waiting, approved = server.tokens(), server.code(), _begin_device(server), _begin_device(server)
    _device_page(server, approved, "allow")
    machine = server.store.client("machine")
    assert machine is not None
    # A resource server may ask about every token for it.
    server.store.save_client(replace(machine, client_id="https://provider.example"))
    remove(server)

    assert 401 == server.api(tokens["access_token"])
    assert 401 == server.call("oauth2_userinfo", authorization=f"Bearer {tokens['access_token']}").status
    asked = server.call("oauth2_introspect", {"token": tokens["access_token"]}, auth=("https%3A//provider.example", SECRET))
    assert {"active": False} == json.loads(asked.body)
    for answer in (server.redeem(code), server.refresh(tokens["refresh_token"]), _poll(server, approved)):
        assert (401, "invalid_client") == (answer[0], answer[1]["error"])
    assert 400 == _device_page(server, waiting).status
    assert 400 == _device_page(server, waiting, "allow").status
    assert 400 == response_of(lambda: server.provider.oauth2.ask(server.authorization_request(), server.visitor)).status


@pytest.mark.fault(46)
def test_an_enabled_client_goes_on(server: Server) -> None:
    """Nothing of a disabled client is lost."""
    tokens = server.tokens()
    _disable(server)
    client = server.store.client("web", include_disabled=True)
    assert client is not None
    server.store.save_client(replace(client, disabled=False))

    assert 200 == server.api(tokens["access_token"])
    assert 200 == server.refresh(tokens["refresh_token"])[0]


@pytest.mark.fault(46)
def test_two_secrets_work_during_a_replacement(server: Server) -> None:
    """RFC 6749 §2.3.1: the old secret works until the operator ends it, and no other does."""
    from shared_validator.vault import digest

    _change(server, "machine", client_secret_hash=digest("new"), previous_secret_hash=digest(SECRET))
    both = [server.token(auth=("machine", secret), grant_type="client_credentials")[0] for secret in (SECRET, "new", "other", "")]
    _change(server, "machine", previous_secret_hash=None)

    assert [200, 200, 401, 401] == both
    assert 401 == server.token(auth=("machine", SECRET), grant_type="client_credentials")[0]


# A user -------------------------------------------------------------------------------------------------------------------------


def _disable_user(server: Server) -> None:
    server.store.set_disabled(server.user.user_id, True)


def _delete_user(server: Server) -> None:
    server.store.delete_user(server.user.user_id)


def _delete_user_by_sql(server: Server) -> None:
    with server.store.engine.connect() as connection:
        connection.execute(text("DELETE FROM oauth_users"))


@pytest.mark.fault(3)
@pytest.mark.parametrize("remove", [_disable_user, _delete_user, _delete_user_by_sql])
def test_a_user_who_may_not_sign_in_gets_and_keeps_nothing(make_server: Callable[..., Server], remove: Callable[[Server], None]) -> None:
    """RFC 6749 §5.2, RFC 6750 §3.1: invalid_grant and invalid_token everywhere, and no code although consent is remembered."""
    server = make_server(refresh_grace_seconds=60)
    tokens, code, waiting, approved = server.tokens(), server.code(), _begin_device(server), _begin_device(server)
    _device_page(server, approved, "allow")
    rotated = server.tokens()["refresh_token"]
    server.refresh(rotated)
    remove(server)

    assert 401 == server.api(tokens["access_token"])
    assert 401 == server.call("oauth2_userinfo", authorization=f"Bearer {tokens['access_token']}").status
    assert {"active": False} == _introspected(server, tokens["access_token"]) == _introspected(server, tokens["refresh_token"])
    for answer in (server.redeem(code), server.refresh(tokens["refresh_token"]), server.refresh(rotated)):
        assert (400, "invalid_grant") == (answer[0], answer[1]["error"])
    assert 400 == _poll(server, approved)[0]
    for again in (
        response_of(lambda: server.provider.oauth2.ask(server.authorization_request(), server.visitor)),
        server.decide(),
        _device_page(server, waiting),
        _device_page(server, waiting, "allow"),
    ):
        assert (302, True) == (again.status, (again.header("location") or "").startswith("/login?"))
    silent = response_of(lambda: server.provider.oauth2.ask(server.authorization_request(prompt="none"), server.visitor))
    assert "login_required" == answer_of(silent)["error"]


@pytest.mark.fault(46)
def test_a_name_that_becomes_free_gets_another_sub(server: Server) -> None:
    """OpenID Connect Core §2: a sub is never reassigned, and the newcomer finds nothing of the old user."""
    from shared_validator.accounts import new_user

    token = server.tokens()["access_token"]
    _delete_user_by_sql(server)
    newcomer = new_user(server.user.username, "battery staple")
    server.store.save_user(newcomer)

    assert newcomer.user_id != server.user.user_id
    assert 401 == server.api(token)
    assert () == server.store.consent(newcomer.user_id, "web")


@pytest.mark.fault(23)
@pytest.mark.fault(3)
@pytest.mark.fault(25)
@pytest.mark.parametrize("remove", [_disable_user, _delete_user, _delete_user_by_sql, _disable, _delete, _delete_by_sql])
def test_a_jwt_ends_with_its_user_and_its_client(make_server: Callable[..., Server], remove: Callable[[Server], None]) -> None:
    """RFC 9068 §4: the provider's own API and userinfo ask the store, whatever the format of the token."""
    server = make_server(access_token_format="jwt")
    token = server.tokens()["access_token"]
    assert 200 == server.api(token)
    remove(server)

    assert 401 == server.api(token)
    assert 401 == server.call("oauth2_userinfo", authorization=f"Bearer {token}").status


@pytest.mark.fault(8)
def test_what_a_stolen_key_signs_is_refused_at_once(make_server: Callable[..., Server]) -> None:
    """RFC 8725 §2.1: a forged token, a forged hint and a remembered token end with the key, in a process that runs on."""
    from shared_validator.keys import KeyRing

    server = make_server(access_token_format="jwt")
    tokens = server.tokens()
    assert 200 == server.api(tokens["access_token"])
    KeyRing(server.provider.context).rotate_now()

    assert 401 == server.api(tokens["access_token"])
    assert server.provider.oauth2._signer.verify_id_token_hint(tokens["id_token"]) is None
    assert 200 == server.api(server.tokens()["access_token"])


@pytest.mark.fault(3)
@pytest.mark.parametrize("access_token_format", ["opaque", "jwt"])
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_a_token_that_is_revoked_while_its_user_is_disabled_stays_dead(make_server: Any, kind: str, access_token_format: str) -> None:
    """RFC 7009 §2.1: a client may revoke it then, and it does not work again when the user is enabled."""
    server: Server = make_server(access_token_format=access_token_format)
    tokens = server.tokens()
    server.store.set_disabled(server.user.user_id, True)

    assert 200 == server.call("oauth2_revoke", {"token": tokens[kind]}, auth=("web", SECRET)).status
    server.store.set_disabled(server.user.user_id, False)

    assert 401 == server.api(tokens["access_token"])
    assert (400 if kind == "refresh_token" else 200) == server.refresh(tokens["refresh_token"])[0]


@pytest.mark.fault(46)
def test_a_token_that_is_revoked_without_its_grant_type_stays_dead(server: Server) -> None:
    """RFC 7009 §2.1: neither does it work again when the client gets the grant type back."""
    token = server.tokens()["access_token"]
    client = server.store.client("web")
    assert client is not None
    server.store.save_client(replace(client, grant_types=("client_credentials",)))
    assert 200 == server.call("oauth2_revoke", {"token": token}, auth=("web", SECRET)).status
    server.store.save_client(client)

    assert 401 == server.api(token)


@pytest.mark.fault(3)
def test_a_refresh_token_that_is_reused_while_its_user_is_disabled_ends_its_family(server: Server) -> None:
    """RFC 9700 §4.14.2: a theft is not forgotten when the user is enabled."""
    first = server.tokens()["refresh_token"]
    second = server.refresh(first)[1]["refresh_token"]
    server.store.set_disabled(server.user.user_id, True)
    assert "invalid_grant" == server.refresh(first)[1]["error"]
    server.store.set_disabled(server.user.user_id, False)

    assert "invalid_grant" == server.refresh(second)[1]["error"]
