"""OpenID Connect RP-Initiated Logout 1.0: who may send the browser where, and that the person is asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_validator.context import Context
from shared_validator.http import Response
from shared_validator.keys import KeyRing
from shared_validator.tokens import TokenSigner
from tests.unit.accounts.conftest import Accounts, Fields

BYE = "https://app.example/bye"


@pytest.fixture
def signed_in(accounts: Accounts) -> Accounts:
    """Alice is signed in."""
    accounts.visitor.user_id = accounts.alice.user_id
    return accounts


def allow(accounts: Accounts, query: Fields) -> Response:
    return accounts.post("/oauth2/logout", {"decision": "allow"}, query)


def test_the_person_is_asked(signed_in: Accounts) -> None:
    """§2: a GET, hint or not, ends no session; the page names the application that asks."""
    response = signed_in.get("/oauth2/logout", {"id_token_hint": signed_in.id_token(), "post_logout_redirect_uri": BYE})
    assert (200, signed_in.alice.user_id) == (response.status, signed_in.visitor.user_id)
    assert "<bdi>The web</bdi> has signed you out" in response.body.decode()
    assert 'name="csrf_token"' in response.body.decode()


def test_nobody_in_particular_may_ask(signed_in: Accounts) -> None:
    """§2: every parameter is optional."""
    assert "You will be signed out here" in signed_in.get("/oauth2/logout").body.decode()
    response = allow(signed_in, {})
    assert (200, None) == (response.status, signed_in.visitor.user_id)
    assert "You are signed out" in response.body.decode()


@pytest.mark.parametrize("by", ["id_token_hint", "client_id", "both"])
def test_the_browser_goes_back_to_the_application(signed_in: Accounts, by: str) -> None:
    """§3: to a registered URI, with the ``state``, once the session has ended."""
    query = {"post_logout_redirect_uri": BYE, "state": "a b&c"}
    if by != "client_id":
        query["id_token_hint"] = signed_in.id_token()
    if by != "id_token_hint":
        query["client_id"] = "web"
    response = allow(signed_in, query)
    assert (303, f"{BYE}?state=a%20b%26c") == (response.status, response.header("Location"))
    assert signed_in.visitor.user_id is None


def test_a_registered_uri_keeps_its_own_query(signed_in: Accounts) -> None:
    """§3: the state is added to what the application has registered."""
    response = allow(signed_in, {"client_id": "web", "post_logout_redirect_uri": f"{BYE}?lang=en", "state": "s"})
    assert f"{BYE}?lang=en&state=s" == response.header("Location")


def test_without_a_state_the_uri_is_sent_as_it_is(signed_in: Accounts) -> None:
    """§3: nothing is added that was not asked for."""
    assert BYE == allow(signed_in, {"client_id": "web", "post_logout_redirect_uri": BYE}).header("Location")


def test_without_a_uri_the_person_stays_here(signed_in: Accounts) -> None:
    """A known application that names no URI gets no redirect."""
    assert 200 == allow(signed_in, {"client_id": "web"}).status


def test_an_expired_hint_is_good(signed_in: Accounts) -> None:
    """§4: the ID token may have expired long ago; it says who asks, not that anybody may come in."""
    hint = signed_in.id_token()
    signed_in.clock.time += 10 * 86400
    assert 303 == allow(signed_in, {"id_token_hint": hint, "post_logout_redirect_uri": BYE}).status


def test_the_person_may_stay(signed_in: Accounts) -> None:
    """The other button keeps the session, and the application learns nothing."""
    response = signed_in.post("/oauth2/logout", {"decision": "deny"}, {"client_id": "web", "post_logout_redirect_uri": BYE})
    assert (303, "/account") == (response.status, response.header("Location"))
    assert signed_in.alice.user_id == signed_in.visitor.user_id


def _forged(accounts: Accounts) -> str:
    header, payload, signature = accounts.id_token().split(".")
    return f"{header}.{payload}.{signature[:-4]}AAAA"


def _elsewhere(accounts: Accounts) -> str:
    """An ID token of another issuer that has our keys."""
    settings = replace(accounts.context.settings, issuer="https://elsewhere.example")
    context = Context(settings, accounts.store, accounts.context.scopes, accounts.clock)
    signer = TokenSigner(context, KeyRing(context))
    return signer.id_token(client_id="web", user_id="1", auth_time=1, nonce=None, access_token="token", algorithm="RS256")


@pytest.mark.parametrize("make", [_forged, _elsewhere, lambda accounts: "not a token", lambda accounts: accounts.id_token()[:-1]])
def test_a_hint_that_is_not_ours_is_refused(signed_in: Accounts, make: object) -> None:
    """§4: Mistake 9: signature and issuer of an ``id_token_hint`` are verified, before anybody is asked or sent anywhere."""
    assert callable(make)
    query = {"id_token_hint": make(signed_in), "post_logout_redirect_uri": BYE}
    for response in (signed_in.get("/oauth2/logout", query), allow(signed_in, query)):
        assert (400, None) == (response.status, response.header("Location"))
    assert signed_in.alice.user_id == signed_in.visitor.user_id


@pytest.mark.parametrize(
    "query",
    [
        {"post_logout_redirect_uri": BYE},
        {"post_logout_redirect_uri": f"{BYE}/", "client_id": "web"},
        {"post_logout_redirect_uri": "https://evil.example/", "client_id": "web"},
        {"post_logout_redirect_uri": BYE, "client_id": "other"},
        {"client_id": "unknown"},
        [("client_id", "web"), ("client_id", "other")],
        [("client_id", "web"), ("post_logout_redirect_uri", BYE), ("post_logout_redirect_uri", "https://evil.example/")],
    ],
)
def test_a_uri_that_nobody_answers_for_is_refused(signed_in: Accounts, query: Fields) -> None:
    """§3: Mistake 4: without a client, or with a URI that it has not registered, there is a page and no redirect."""
    for response in (signed_in.get("/oauth2/logout", query), allow(signed_in, query)):
        assert (400, None) == (response.status, response.header("Location"))
    assert signed_in.alice.user_id == signed_in.visitor.user_id


def test_a_hint_for_another_application_is_refused(signed_in: Accounts) -> None:
    """§2: where both are there, the hint was issued to the ``client_id``."""
    assert 400 == allow(signed_in, {"id_token_hint": signed_in.id_token("other"), "client_id": "web"}).status


def test_a_hint_for_an_application_that_is_gone_is_refused(signed_in: Accounts) -> None:
    """The client was deleted since."""
    assert 400 == signed_in.get("/oauth2/logout", {"id_token_hint": signed_in.id_token("gone")}).status


@pytest.mark.parametrize("form", [{}, {"decision": ""}, {"decision": "yes"}])
def test_a_post_without_the_persons_answer_ends_nothing(signed_in: Accounts, form: dict[str, str]) -> None:
    """What did not come from the page that asks is no answer."""
    assert 400 == signed_in.post("/oauth2/logout", form, {"client_id": "web"}).status
    assert signed_in.alice.user_id == signed_in.visitor.user_id
