"""The account pages: signing in and out, and what one has allowed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from shared_validator.accounts import new_user
from shared_validator.accounts.pages import PER_PAGE
from shared_validator.http import FORM, Request
from shared_validator.store import AccessToken, OAuth1Consumer, TokenCredentials
from shared_validator.vault import digest
from tests.store import samples
from tests.unit.accounts.conftest import PASSWORD, Accounts, Fields
from tests.unit.oauth2.server import ISSUER


def let_in(accounts: Accounts) -> None:
    """Alice has let in an OAuth 2 client and an OAuth 1.0a consumer."""
    store, user_id = accounts.store, accounts.alice.user_id
    store.save_consent(user_id, "web", ("openid", "notes:read"), accounts.context.now())
    store.save_access_token(
        AccessToken(
            token_hash=b"a" * 32,
            grant_id=b"g" * 16,
            client_id="web",
            user_id=user_id,
            scope=("openid",),
            audience=(ISSUER,),
            issued_at=accounts.context.now(),
            expires_at=accounts.context.now() + 60,
        )
    )
    store.save_oauth1_consumer(
        OAuth1Consumer(consumer_key="printer", sealed_secret=b"s", rsa_public_key=None, name="The printer", callbacks=("oob",))
    )
    store.save_token_credentials(
        TokenCredentials(
            token_hash=b"t" * 32,
            sealed_secret=b"s",
            consumer_key="printer",
            user_id=user_id,
            scope=("notes:read", "notes:share"),
            issued_at=accounts.context.now(),
        )
    )


def test_the_sign_in_page_is_a_form(accounts: Accounts) -> None:
    """GET shows the form, filled in with the ``login_hint`` (OpenID Connect Core §3.1.2.1)."""
    response = accounts.get("/login", {"login_hint": 'alice"><script>'})
    assert 200 == response.status
    assert 'value="alice&#34;&gt;&lt;script&gt;"' in response.body.decode()
    assert 'name="csrf_token" value="csrf"' in response.body.decode()


def test_a_signed_in_visitor_can_sign_in_again(accounts: Accounts) -> None:
    """``prompt=login`` asks for the password although somebody is signed in (OpenID Connect Core §3.1.2.1)."""
    accounts.visitor.user_id = accounts.alice.user_id
    assert 200 == accounts.get("/login").status


def test_signing_in_leads_to_the_account(accounts: Accounts) -> None:
    """Without ``next`` a person sees their account."""
    response = accounts.sign_in()
    assert (303, "/account") == (response.status, response.header("Location"))
    assert accounts.alice.user_id == accounts.visitor.user_id


def test_signing_in_leads_back_to_where_it_was_asked_for(accounts: Accounts) -> None:
    """``next`` comes back byte for byte: an authorization request is in it."""
    target = "/oauth2/authorize?client_id=web&state=%C3%A9%20%26"
    response = accounts.post("/login", {"username": "alice", "password": PASSWORD}, {"next": target})
    assert target == response.header("Location")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_signing_in_never_leads_to_another_host(accounts: Accounts, target: str) -> None:
    """Mistake 4: a ``next`` that leaves this host is taken for ``/account``."""
    response = accounts.post("/login", {"username": "alice", "password": PASSWORD}, {"next": target})
    assert "/account" == response.header("Location")


def test_a_wrong_password_and_an_unknown_user_look_alike(accounts: Accounts) -> None:
    """422, with the name kept and the password not, and no word about which of the two was wrong."""
    wrong, unknown = accounts.sign_in(password="a secret typo"), accounts.sign_in("malice", "a secret typo")
    assert (422, 422) == (wrong.status, unknown.status)
    assert wrong.body.decode().replace('"alice"', '"malice"') == unknown.body.decode()
    assert 'role="alert"' in wrong.body.decode()
    assert "a secret typo" not in wrong.body.decode()
    assert accounts.visitor.user_id is None


def test_too_many_tries_are_refused_alike(accounts: Accounts) -> None:
    """429 says when to come back (RFC 6585 §4), and nothing about whether the user exists."""
    for _ in range(10):
        accounts.store.count(_counter("alice"), 900, accounts.context.now())
        accounts.store.count(_counter("malice"), 900, accounts.context.now())
    known, unknown = accounts.sign_in(), accounts.sign_in("malice")
    assert (429, 429) == (known.status, unknown.status)
    assert "900" == known.header("Retry-After") == unknown.header("Retry-After")
    assert known.body.decode().replace('"alice"', '"malice"') == unknown.body.decode()
    assert accounts.visitor.user_id is None


def _counter(username: str) -> str:
    return f"login:user:{digest(username).hex()}"


@pytest.mark.parametrize(
    ("path", "form", "query"),
    [
        ("/login", {"username": "alice"}, {}),
        ("/login", {"password": PASSWORD}, {}),
        ("/login", [("username", "alice"), ("username", "bob"), ("password", PASSWORD)], {}),
        ("/login", {"username": "alice\x00", "password": PASSWORD}, {}),
        ("/login", {"username": "alice", "password": PASSWORD}, [("next", "/a"), ("next", "/b")]),
        ("/logout", [("decision", "deny"), ("decision", "allow")], {}),
        ("/account", {"protocol": "oauth2"}, {}),
        ("/account", {"client_id": "web"}, {}),
        ("/account", {"client_id": "web", "protocol": "oauth3"}, {}),
        ("/account", [("client_id", "web"), ("client_id", "web"), ("protocol", "oauth2")], {}),
    ],
)
def test_a_malformed_form_is_refused_with_a_page(accounts: Accounts, path: str, form: Fields, query: Fields) -> None:
    """A field that is missing, repeated or unreadable is 400, never a crash, and changes nothing."""
    if path != "/login":
        accounts.visitor.user_id = accounts.alice.user_id
    before = accounts.visitor.user_id
    response = accounts.post(path, form, query)
    assert 400 == response.status
    assert "This request cannot be answered" in response.body.decode()
    assert before == accounts.visitor.user_id


def test_a_body_that_is_not_text_is_refused_with_a_page(accounts: Accounts) -> None:
    """Invalid UTF-8 is 400 on every page that takes a form."""
    for path, page in accounts.pages.items():
        accounts.visitor.user_id = accounts.alice.user_id
        request = Request("POST", ISSUER + path, {"content-type": FORM}, b"username=%ff&decision=%ff")
        assert 400 == page.answer(request, accounts.visitor).status


def test_every_page_keeps_out_of_frames(accounts: Accounts) -> None:
    """Mistake 5: each account page is sent with the headers that keep it out of frames and caches."""
    accounts.visitor.user_id = accounts.alice.user_id
    for path in accounts.pages:
        response = accounts.get(path)
        assert "DENY" == response.header("X-Frame-Options")
        assert "frame-ancestors 'none'" in (response.header("Content-Security-Policy") or "")
        assert "no-store" == response.header("Cache-Control")


def test_a_link_signs_nobody_out(accounts: Accounts) -> None:
    """Logout by GET is a known mistake: a link, an image or a prefetch only gets a page that asks."""
    accounts.visitor.user_id = accounts.alice.user_id
    response = accounts.get("/logout")
    assert (200, accounts.alice.user_id) == (response.status, accounts.visitor.user_id)
    assert '<form method="post"' in response.body.decode()


@pytest.mark.parametrize("form", [{}, {"decision": "allow"}])
def test_a_form_signs_out(accounts: Accounts, form: dict[str, str]) -> None:
    """POST ends the session, from the page that asks as well as from the button on the account page."""
    accounts.visitor.user_id = accounts.alice.user_id
    response = accounts.post("/logout", form)
    assert 200 == response.status
    assert "You are signed out" in response.body.decode()
    assert accounts.visitor.user_id is None


def test_one_can_change_ones_mind_about_signing_out(accounts: Accounts) -> None:
    """The other button keeps the session."""
    accounts.visitor.user_id = accounts.alice.user_id
    response = accounts.post("/logout", {"decision": "deny"})
    assert (303, "/account") == (response.status, response.header("Location"))
    assert accounts.alice.user_id == accounts.visitor.user_id


@pytest.mark.parametrize("user_id", [None, "somebody who is gone"])
def test_the_account_is_for_those_who_are_signed_in(accounts: Accounts, user_id: str | None) -> None:
    """Others sign in first, and come back."""
    accounts.visitor.user_id = user_id
    for response in (accounts.get("/account"), accounts.post("/account", {"protocol": "oauth2", "client_id": "web"})):
        assert (302, "/login?next=%2Faccount") == (response.status, response.header("Location"))


def test_the_account_page_lists_what_was_let_in(accounts: Accounts) -> None:
    """Each application by name, with what it may do in words; a scope that is no longer offered is shown by its name."""
    let_in(accounts)
    accounts.visitor.user_id = accounts.alice.user_id
    page = accounts.get("/account").body.decode()
    for expected in ("The web", "Know who you are", "The printer", "Read your notes", "notes:share", "Remove access"):
        assert expected in page


def test_the_account_page_without_applications_says_so(accounts: Accounts) -> None:
    """Nothing was let in yet."""
    accounts.visitor.user_id = accounts.alice.user_id
    assert "None yet" in accounts.get("/account").body.decode()


@pytest.mark.parametrize(
    ("protocol", "client_id", "ended", "left"),
    [
        ("oauth2", "web", lambda store: store.access_token(b"a" * 32), lambda store: store.token_credentials(b"t" * 32)),
        ("oauth1", "printer", lambda store: store.token_credentials(b"t" * 32), lambda store: store.access_token(b"a" * 32)),
    ],
)
def test_what_was_let_in_can_be_taken_back(
    accounts: Accounts, protocol: str, client_id: str, ended: Callable[..., object], left: Callable[..., object]
) -> None:
    """One button ends the consent and every token of one application, and of no other."""
    let_in(accounts)
    accounts.visitor.user_id = accounts.alice.user_id
    response = accounts.post("/account", {"protocol": protocol, "client_id": client_id})
    assert (303, "/account") == (response.status, response.header("Location"))
    assert ended(accounts.store) is None
    assert left(accounts.store) is not None
    assert [client_id] != [application.client_id for application in accounts.store.applications(accounts.alice.user_id)]
    assert 1 == len(accounts.store.applications(accounts.alice.user_id))


def test_nobody_takes_back_what_another_has_let_in(accounts: Accounts) -> None:
    """The form names an application; whose it is, the session says."""
    let_in(accounts)
    bob = new_user("bob", "correct horse")
    accounts.store.save_user(bob)
    accounts.visitor.user_id = bob.user_id
    assert 303 == accounts.post("/account", {"protocol": "oauth2", "client_id": "web"}).status
    assert 2 == len(accounts.store.applications(accounts.alice.user_id))


@pytest.mark.fault(38)
def test_an_account_with_many_applications_has_pages(accounts: Accounts) -> None:
    """Each shows 50, in the order of their names; one beyond the last is the last."""
    for number in range(PER_PAGE * 2 + 1):
        accounts.store.save_client(samples.client(client_id=f"many-{number}", client_name=f"Application {number:03}"))
        accounts.store.save_consent(accounts.alice.user_id, f"many-{number}", ("openid",), accounts.context.now())
    accounts.visitor.user_id = accounts.alice.user_id
    names, links = [], []
    for query in ({}, {"page": "2"}, {"page": "3"}, {"page": "99"}):
        html = accounts.get("/account", query).body.decode()
        names.append(re.findall(r"<h3><bdi>Application (\d+)</bdi></h3>", html))
        links.append(re.findall(r'rel="(prev|next)" href="([^"]+)"', html))

    assert [*(f"{number:03}" for number in range(PER_PAGE))] == names[0]
    assert (PER_PAGE, ["100"], ["100"]) == (len(names[1]), names[2], names[3])
    assert [("next", "/account?page=2")] == links[0]
    assert [("prev", "/account?page=1"), ("next", "/account?page=3")] == links[1]
    assert [("prev", "/account?page=2")] == links[2] == links[3]


@pytest.mark.fault(38)
@pytest.mark.parametrize("page", ["x", "-1", "1.5", "\u00b2", "9" * 10])
def test_a_page_that_is_no_number_is_refused(accounts: Accounts, page: str) -> None:
    """RFC 9110 §15.5.1: as every other malformed request."""
    accounts.visitor.user_id = accounts.alice.user_id

    assert 400 == accounts.get("/account", {"page": page}).status
