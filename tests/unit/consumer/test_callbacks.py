"""The way back from a provider: the cookie of an attempt, a callback that is loaded again, and an answer that is posted."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from shared_validator.consumer import ConsumerSettings
from shared_validator.consumer.callbacks import MAX_COOKIES
from tests.unit.consumer.conftest import URL, Driven
from tests.unit.consumer.provider import Provider
from tests.unit.consumer.site import Site, Visitor

PROTOCOLS = pytest.mark.parametrize("name", ["openid", "oauth2", "oauth1"])
PROFILE = (303, "/profile")


@pytest.fixture
def site(consumer: Driven) -> Site:
    """An application around each kind of consumer."""
    return Site(consumer)


def outcome(site: Site, visitor: Visitor, url: str) -> tuple[int, str]:
    """Load a page, and return its status and where it leads."""
    response = site.send(visitor, "GET", url)
    return response.status_code, response.headers.get("location", "")


# Tabs ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(34)
@PROTOCOLS
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_tabs_that_are_restored_together_both_sign_in(name: str, order: tuple[int, int], site: Site, provider: Provider) -> None:
    """RFC 9700 §4.7: each attempt is bound to its browser, whatever the other tab's response does to the session."""
    first, second = Visitor(), Visitor()
    callbacks = [provider.approve(site.start(tab, name)) for tab in (first, second)]
    first.session = second.session
    first.cookies |= second.cookies
    assert [PROFILE, PROFILE] == [outcome(site, first, callbacks[index]) for index in order]


@pytest.mark.fault(34)
@PROTOCOLS
def test_a_callback_of_another_browser_is_refused_and_spoils_nothing(name: str, site: Site, provider: Provider) -> None:
    """RFC 9700 §4.7: a browser with attempts of its own has neither this cookie nor this session (login CSRF)."""
    attacker, victim = Visitor(), Visitor()
    callback = provider.approve(site.start(attacker, name))
    site.start(victim, name)
    assert [400, 400] == [outcome(site, other, callback)[0] for other in (victim, Visitor())]
    assert "login_id" not in victim.session
    assert PROFILE == outcome(site, attacker, callback)


@pytest.mark.fault(34)
def test_a_cookie_proves_its_own_attempt_only(site: Site, provider: Provider) -> None:
    """RFC 9700 §4.7: a value that another host of the domain plants does not stand for the attempt."""
    attacker, victim = Visitor(), Visitor()
    callback = provider.approve(site.start(attacker, "openid"))
    site.start(victim, "openid")
    (name,) = attacker.cookies
    for value in (*victim.cookies.values(), "", "made-up"):
        victim.cookies[name] = value
        assert 400 == outcome(site, victim, callback)[0]


@pytest.mark.fault(34)
def test_the_cookie_of_an_attempt_lasts_as_long_and_is_out_of_reach(site: Site) -> None:
    """RFC 6265 §4.1.2: HttpOnly, Lax, Secure over https, for ten minutes; the name tells nothing of the ``state``."""
    visitor = Visitor()
    location = site.start(visitor, "openid")
    (header,) = visitor.set_cookies
    pair, *attributes = header.split("; ")
    assert {"Max-Age=600", "Path=/", "HttpOnly", "SameSite=Lax", "Secure"} == set(attributes)
    state = dict(part.split("=") for part in urlsplit(location).query.split("&"))["state"]
    assert state not in header
    assert len(pair) < 100


@pytest.mark.fault(34)
@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://127.0.0.1:5002", {"Path=/"}), ("https://host.example/app", {"Path=/app", "Secure"}), ("http://localhost/app", {"Path=/app"})],
)
def test_the_cookie_fits_the_public_url(url: str, expected: set[str], consumer: Driven) -> None:
    """RFC 6265 §4.1.2.4, §4.1.2.5: the path is that of the public URL; Secure would keep the cookie from http."""
    context = consumer.consumer._sign_in.context
    settings = ConsumerSettings(url=url, secret_keys=context.settings.secret_keys, providers=context.settings.providers)
    visitor = Visitor()
    path = urlsplit(url).path
    Site(Driven(type(consumer.consumer)(settings, context.store))).send(visitor, "POST", f"{path}/login/openid")
    attributes = set(visitor.set_cookies[0].split("; ")[1:])
    assert expected == {part for part in attributes if part.startswith(("Path", "Secure"))}


@pytest.mark.fault(34)
def test_a_browser_collects_few_cookies(site: Site, provider: Provider) -> None:
    """RFC 6265 §6.1: the oldest are deleted, so that requests stay short; the session still proves their attempts."""
    visitor = Visitor()
    visitor.cookies["other"] = "stays"
    first = site.start(visitor, "openid")
    for _ in range(MAX_COOKIES + 5):
        last = site.start(visitor, "openid")
    assert MAX_COOKIES + 1 == len(visitor.cookies)
    assert "stays" == visitor.cookies["other"]
    assert [PROFILE, PROFILE] == [outcome(site, visitor, provider.approve(url)) for url in (first, last)]


@pytest.mark.fault(34)
def test_only_a_sign_in_sends_the_cookie(site: Site) -> None:
    """RFC 6265 §4.1: a callback, a refused sign-in and any other page set none."""
    visitor = Visitor()
    for method, path in (("GET", f"{URL}/callback/openid?state=x"), ("POST", "/login/unknown"), ("GET", "/login/openid")):
        site.send(visitor, method, path)
    assert [] == visitor.set_cookies


# A callback that is loaded again ------------------------------------------------------------------------------------------


@pytest.mark.fault(29)
@PROTOCOLS
def test_a_callback_loaded_again_ends_where_the_sign_in_ended(name: str, site: Site, provider: Provider, consumer: Driven) -> None:
    """RFC 6749 §10.12: a reload or the back button of a visitor who is signed in changes nothing, and asks the provider nothing."""
    visitor = Visitor()
    callback = provider.approve(site.start(visitor, name))
    assert PROFILE == outcome(site, visitor, callback)
    login_id, asked = visitor.session["login_id"], len(provider.seen)
    assert [PROFILE, PROFILE] == [outcome(site, visitor, callback) for _ in range(2)]
    assert (login_id, asked) == (visitor.session["login_id"], len(provider.seen))
    assert consumer.login(login_id) is not None


@pytest.mark.fault(29)
def test_a_second_answer_to_the_same_attempt_changes_nothing(site: Site, provider: Provider) -> None:
    """RFC 6749 §4.1.2: "Allow" pressed in two tabs makes two codes for one ``state``; the second one is not needed."""
    visitor = Visitor()
    url = site.start(visitor, "openid")
    assert PROFILE == outcome(site, visitor, provider.approve(url))
    assert PROFILE == outcome(site, visitor, provider.approve(url, "mallory"))
    assert PROFILE == outcome(site, visitor, provider.approve(url, code=None, error="access_denied"))


@pytest.mark.fault(29)
@PROTOCOLS
def test_a_callback_loaded_again_after_signing_out_is_refused(name: str, site: Site, provider: Provider, consumer: Driven) -> None:
    """RFC 6749 §10.12: a URL from the browser's history signs no one in, also where a copy of the session is left."""
    visitor = Visitor()
    callback = provider.approve(site.start(visitor, name))
    outcome(site, visitor, callback)
    consumer.log_out(visitor.session["login_id"])
    assert 400 == outcome(site, visitor, callback)[0]
    visitor.session.clear()
    assert 400 == outcome(site, visitor, callback)[0]
    assert "login_id" not in visitor.session


@pytest.mark.fault(29)
@PROTOCOLS
def test_a_used_callback_signs_no_other_session_in(name: str, site: Site, provider: Provider) -> None:
    """RFC 6749 §10.12: neither a session from before the sign-in, nor one of another user, gets anything from it."""
    alice, bob = Visitor(), Visitor()
    callback = provider.approve(site.start(alice, name))
    planted = Visitor()
    planted.cookies, planted.session = dict(alice.cookies), dict(alice.session)
    outcome(site, alice, callback)
    outcome(site, bob, provider.approve(site.start(bob, name), "bob"))
    before = bob.session["login_id"]
    assert [400, 400, 400] == [outcome(site, other, callback)[0] for other in (planted, bob, Visitor())]
    assert before == bob.session["login_id"]
    assert "login_id" not in planted.session


@pytest.mark.fault(29)
def test_the_first_callback_after_a_second_sign_in_keeps_the_second(site: Site, provider: Provider, consumer: Driven) -> None:
    """RFC 6749 §10.12: going back to an earlier callback does not switch the user."""
    visitor = Visitor()
    callbacks = []
    for name, user in (("openid", "alice"), ("oauth1", "bob")):
        callbacks.append(provider.approve(site.start(visitor, name), user))
        assert PROFILE == outcome(site, visitor, callbacks[-1])
    assert [PROFILE, PROFILE] == [outcome(site, visitor, callback) for callback in callbacks]
    login = consumer.login(visitor.session["login_id"])
    assert login is not None
    assert "subject of bob" == login.subject


@pytest.mark.fault(29)
def test_a_login_stays_known_for_its_callback_after_a_refresh(site: Site, provider: Provider, consumer: Driven) -> None:
    """RFC 6749 §6: new tokens replace the old ones, and nothing else of the login."""
    visitor = Visitor()
    callback = provider.approve(site.start(visitor, "openid"))
    outcome(site, visitor, callback)
    records = consumer.consumer._sign_in.context.records
    record = records.require_login(visitor.session["login_id"], 0)
    records.replace_tokens(visitor.session["login_id"], record.tokens, 0)
    assert PROFILE == outcome(site, visitor, callback)
