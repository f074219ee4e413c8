"""The way back from a provider: the cookie of an attempt, a callback that is loaded again, and an answer that is posted."""

from __future__ import annotations

import time
from dataclasses import replace
from urllib.parse import parse_qsl, urlsplit

import pytest

from shared_validator.consumer import ConsumerSettings
from shared_validator.consumer.callbacks import MAX_COOKIES
from shared_validator.consumer.errors import DENIED, MALFORMED
from shared_validator.consumer.providers import ProviderConfiguration
from tests.unit.consumer.conftest import URL, Clock, Driven, MakeConsumer
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
    state = dict(parse_qsl(urlsplit(location).query))["state"]
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


# An answer that is posted -------------------------------------------------------------------------------------------------


@pytest.fixture
def posting(make_consumer: MakeConsumer, configured: dict[str, ProviderConfiguration]) -> Site:
    """An application that has told a provider, over OAuth 2 and OpenID Connect, to post its answers."""
    answers = {name: replace(configured[name], response_mode="form_post") for name in ("openid", "oauth2")}
    return Site(make_consumer(**answers))


POSTED = pytest.mark.parametrize("name", ["openid", "oauth2"])


@pytest.mark.fault(32)
@POSTED
def test_a_posted_answer_signs_in_by_a_get_with_the_cookies(name: str, posting: Site, provider: Provider) -> None:
    """Form Post Response Mode §2: another site's form brings no Lax cookie; the same parameters come again with it."""
    visitor = Visitor()
    url = posting.start(visitor, name)
    assert "form_post" == dict(parse_qsl(urlsplit(url).query))["response_mode"]
    path, _, answer = provider.approve(url).partition("?")
    posted = posting.send(Visitor(), "POST", path, form=dict(parse_qsl(answer)))
    assert 303 == posted.status_code
    assert 400 == outcome(posting, Visitor(), URL + posted.headers["location"])[0]
    assert PROFILE == outcome(posting, visitor, URL + posted.headers["location"])


@pytest.mark.fault(32)
@POSTED
def test_a_posted_refusal_is_shown(name: str, posting: Site, provider: Provider) -> None:
    """RFC 6749 §4.1.2.1: ``error`` comes in the form too."""
    visitor = Visitor()
    path, _, answer = provider.approve(posting.start(visitor, name), code=None, error="access_denied").partition("?")
    posted = posting.send(Visitor(), "POST", path, form=dict(parse_qsl(answer)))
    page = posting.send(visitor, "GET", posted.headers["location"])
    assert (400, True) == (page.status_code, DENIED in page.text)


@pytest.mark.fault(32)
def test_only_the_parameters_of_an_answer_reach_the_url(posting: Site) -> None:
    """Form Post Response Mode §2: the answer is in the form alone; Apple's ``user``, with a name, and an ID token do not get into URLs."""
    form = {"state": "a", "code": "b", "user": '{"name": {"firstName": "Alice"}}', "id_token": "x.y.z", "csrf_token": "c", "more": "d"}
    posted = posting.send(Visitor(), "POST", "/callback/openid?state=other&code=other", form=form)
    assert (303, "/callback/openid?state=a&code=b") == (posted.status_code, posted.headers["location"])


@pytest.mark.fault(32)
def test_a_repeated_parameter_stays_repeated(posting: Site) -> None:
    """RFC 6749 §3.1: which of two values counts is no one's guess."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    posted = posting.send(Visitor(), "POST", "/callback/openid", content=b"state=a&state=b&code=c", headers=form)
    page = posting.send(Visitor(), "GET", posted.headers["location"])
    assert (400, True) == (page.status_code, MALFORMED in page.text)


@pytest.mark.fault(32)
@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("other", "application/x-www-form-urlencoded"),
        ("oauth1", "application/x-www-form-urlencoded"),
        ("unknown", "application/x-www-form-urlencoded"),
        ("openid", "application/json"),
        ("openid", "multipart/form-data; boundary=x"),
        ("openid", ""),
    ],
)
def test_any_other_post_reaches_the_application(name: str, content_type: str, posting: Site) -> None:
    """RFC 9110 §15.5.6: a callback of a provider without the key, and a body that is not a form, take no POST."""
    posted = posting.send(Visitor(), "POST", f"/callback/{name}", content=b"state=a", headers={"Content-Type": content_type})
    assert 405 == posted.status_code


@pytest.mark.fault(32)
@pytest.mark.parametrize(("body", "status"), [(b"code=%ff", 400), (b"code=%00", 400), (b"code=" + b"x" * 8000, 413), (b"x" * 1048577, 413)])
def test_a_form_that_no_url_can_hold_is_refused(body: bytes, status: int, posting: Site) -> None:
    """RFC 9110 §4.1, §15.5.14: an answer that is not UTF-8, or too long, gets a page."""
    form = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}
    page = posting.send(Visitor(), "POST", "/callback/openid", content=body, headers=form)
    assert (status, "text/html; charset=utf-8") == (page.status_code, page.headers["content-type"])


@pytest.mark.fault(32)
def test_the_query_is_where_an_answer_comes_by_default(site: Site) -> None:
    """RFC 6749 §4.1.2: without the key, nothing is asked for, and Microsoft and others answer in the query."""
    assert "response_mode" not in site.start(Visitor(), "openid")


# What to check ------------------------------------------------------------------------------------------------------------


def logged(caplog: pytest.LogCaptureFixture) -> str:
    """The last record of the consumer's log."""
    return caplog.records[-1].getMessage()


@PROTOCOLS
def test_lost_cookies_are_named_as_lost(name: str, site: Site, provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    """RFC 6265 §5.4: a browser that sends no cookie was told another host name, or keeps none; page and log say so."""
    callback = provider.approve(site.start(Visitor(), name))
    lost = Visitor()
    lost.cookies["other"] = "application's"
    page = site.send(lost, "GET", callback)
    assert 400 == page.status_code
    for words in ("sent no cookie for this sign-in", "localhost and 127.0.0.1", "SameSite=Strict"):
        assert words in page.text
    assert "none came for it" in logged(caplog)


@pytest.mark.parametrize("path", ["/callback/openid?state=unknown", "/callback/openid"])
def test_an_unknown_attempt_has_nothing_to_do_with_cookies(path: str, site: Site) -> None:
    """RFC 6749 §10.12: a ``state`` that no one has started is not blamed on cookies."""
    assert "cookie" not in site.send(Visitor(), "GET", path).text


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (-300, "The provider&#39;s token is from the future by 5 min. Check the clocks"),
        (900, "The provider&#39;s token had expired 10 min before it arrived. Check the clocks"),
        (86400 * 500, ""),
    ],
)
def test_a_wrong_clock_is_named(offset: int, words: str, site: Site, provider: Provider, clock: Clock) -> None:
    """OpenID Connect Core §3.1.3.7: a token from the future, or expired at once, means that a clock is wrong; the page says by how much."""
    now = int(time.time())
    provider.wrong.claims = {"iat": now, "exp": now + 300}
    clock.offset = offset
    visitor = Visitor()
    page = site.send(visitor, "GET", provider.approve(site.start(visitor, "openid")))
    assert (400, bool(words)) == (page.status_code, "Check the clocks" in page.text)
    assert words in page.text


def test_a_wrong_clock_is_in_the_log(site: Site, provider: Provider, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """OpenID Connect Core §3.1.3.7: the operator reads by how much the clocks differ."""
    clock.offset = -300
    visitor = Visitor()
    site.send(visitor, "GET", provider.approve(site.start(visitor, "openid")))
    assert "is from the future by 5 min" in logged(caplog)


def test_another_claim_is_not_blamed_on_the_clock(site: Site, provider: Provider) -> None:
    """OpenID Connect Core §3.1.3.7: a token for another client is not a matter of time."""
    provider.wrong.claims = {"aud": "another client"}
    visitor = Visitor()
    page = site.send(visitor, "GET", provider.approve(site.start(visitor, "openid")))
    assert (400, False) == (page.status_code, "clock" in page.text)
