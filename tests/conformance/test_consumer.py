"""The consumer: it signs its users in at the provider of the same framework, over the real pages."""

from __future__ import annotations

import base64
import binascii
import zlib
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest

from frameworks.contract import routes
from tests.conformance.conftest import Served, secrets
from tests.conformance.facts import is_json, is_page
from tests.driving.browser import Browser, Page, location, outcome, query, send
from tests.driving.consumer import agree, begin, sign_in
from tests.driving.provider import Provider, heading
from tests.driving.raw import raw
from tests.driving.seed import ALICE, BOB, CONSUMER_CLIENT, CONSUMER_CONSUMER, HOSTILE, MALLORY
from tests.driving.serving import Server

ROUTES = [(method, path.replace("<provider>", "cookbook")) for method, path in routes("consumer")]
TITLES = {"cookbook": "Cookbook", "cookbook-oauth1": "Cookbook by OAuth 1.0a"}
PROTOCOLS = tuple(TITLES)


@pytest.fixture(scope="session")
def signed_in(consumer: str) -> dict[str, Browser]:
    """Browsers of Alice's that are signed in at the consumer, one over each protocol."""
    first = sign_in(consumer, ALICE, PROTOCOLS[0])
    return {PROTOCOLS[0]: first, PROTOCOLS[1]: sign_in(consumer, ALICE, PROTOCOLS[1], known_to_the_provider(first))}


def known_to_the_provider(browser: Browser) -> Browser:
    """Return another browser that is signed in at the provider, but not at the consumer, where it would end the session of this one."""
    other = Browser()
    other.cookies = {host: dict(jar) for host, jar in browser.cookies.items() if "provider_session" in jar}
    return other


# What holds for each route -----------------------------------------------------------------------------------------------------------


def test_rfc9110_9_3_1_the_consumer_is_healthy_and_has_a_stylesheet(consumer: str) -> None:
    """``/healthz`` says so in JSON, ``/static/style.css`` is CSS."""
    answer = send("GET", f"{consumer}/healthz")
    is_json(answer)
    assert {"status": "ok"} == answer.json()
    stylesheet = send("GET", f"{consumer}/static/style.css")
    assert (200, "text/css") == (stylesheet.status_code, stylesheet.headers["content-type"].partition(";")[0])


@pytest.mark.parametrize("path", sorted({path for _, path in ROUTES}))
def test_rfc9110_15_5_6_a_method_that_a_route_does_not_name_is_405(consumer: str, path: str) -> None:
    """Signing in and out by a link is not possible, and HEAD is answered wherever GET is."""
    named = {method for method, other in ROUTES if other == path}
    for method in {"GET", "POST", "PUT", "DELETE"} - named:
        answer = raw(consumer, method, path.encode())
        assert 405 == answer.status, (method, path, answer)
        assert named <= {name.strip() for name in answer.headers["allow"].split(",")}
    if "GET" in named:
        assert raw(consumer, "GET", path.encode()).status == raw(consumer, "HEAD", path.encode()).status


def test_rfc6454_every_page_of_the_consumer_is_kept_out_of_frames(consumer: str, signed_in: dict[str, Browser]) -> None:
    """Mistake 5: each page, errors included, carries the framing headers."""
    browser = signed_in["cookbook"]
    for path in ("/", "/profile", "/notes"):
        is_page(browser.get(f"{consumer}{path}"))
    is_page(Browser().get(f"{consumer}/"))
    is_page(browser.get(f"{consumer}/nothing"), 404)
    is_page(browser.get(f"{consumer}/callback/cookbook"), 400)
    is_page(browser.get(f"{consumer}/callback/unknown"), 404)
    is_page(browser.request("POST", f"{consumer}/logout"), 400)


def test_rfc6265_4_1_2_the_consumers_cookie_is_out_of_reach(consumer: str, signed_in: dict[str, Browser]) -> None:
    """Trap 18: the cookies are ``consumer_session`` and one for each attempt, HttpOnly, SameSite=Lax, for the whole host."""
    headers = [header for browser in signed_in.values() for header in browser.set_cookie_headers if header.startswith("consumer_")]
    assert headers
    for header in headers:
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes
    names = {header.partition("=")[0] for browser in signed_in.values() for header in browser.set_cookie_headers}
    assert {"consumer_session", "provider_session"} == {name for name in names if not name.startswith("consumer_attempt_")}


def test_mistake_7_the_cookie_holds_no_token(consumer: str, signed_in: dict[str, Browser]) -> None:
    """Mistake 7: a signed cookie is not encrypted; whatever its encoding, no credential and no claim is in it."""
    for browser in signed_in.values():
        cookie = browser.cookies[urlsplit(consumer).netloc]["consumer_session"]
        contents = [cookie.encode()]
        for part in cookie.strip(".").split("."):
            try:
                contents.append(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
                contents.append(zlib.decompress(contents[-1]))
            except (binascii.Error, zlib.error):  # the name of a session that the server keeps is neither
                continue
        for content in contents:
            assert not [secret[:4] for secret in secrets() if secret.encode() in content]
            assert not [
                word for word in ("access_token", "refresh_token", "token_secret", "eyJhbGci", "alice@") if word.encode() in content
            ]


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route[0] in ("GET", "POST")])
def test_malformed_requests_to_the_consumer_are_4xx(consumer: str, signed_in: dict[str, Browser], method: str, path: str) -> None:
    """No query, body or cookie of nonsense is a 5xx, signed in or not; 10 MB are 413."""
    form = "application/x-www-form-urlencoded"
    cookie = f"consumer_session={signed_in['cookbook'].cookies[urlsplit(consumer).netloc]['consumer_session']}"
    for given in ("", cookie, "consumer_session=nonsense", "consumer_session="):
        for values in (b"%ff", b"\xff", b"%00", b"%ed%a0%80", b"x" * 5000, b"a&state=b&code=c&oauth_token=d&text=e&csrf_token=f", b"%"):
            pairs = b"&".join(name + b"=" + values for name in (b"state", b"code", b"oauth_token", b"oauth_verifier", b"iss", b"text"))
            target = path.encode() + (b"?" + pairs if method == "GET" else b"")
            body = pairs if method == "POST" else b""
            answer = raw(consumer, method, target, {"Content-Type": form, "Cookie": given}, body)
            assert 200 <= answer.status < 500, (values, answer)
    if method == "POST":
        assert 413 == raw(consumer, method, path.encode(), {"Content-Type": form}, b"text=" + b"x" * 10_000_000).status


# Signing in --------------------------------------------------------------------------------------------------------------------------


def test_the_first_page_has_a_form_for_each_provider(consumer: str) -> None:
    """Each provider of the file has a form that posts to ``/login/<provider>``, with a token."""
    page = Browser().get(f"{consumer}/")
    is_page(page)
    forms = Page(page).forms
    assert {f"{consumer}/login/{name}" for name in (*PROTOCOLS, "cookbook-form", "unreachable")} == {form.action for form in forms}
    assert all("csrf_token" in dict(form.fields) and form.method == "POST" for form in forms)


def test_rfc9700_2_1_1_each_attempt_has_its_own_state_nonce_and_challenge(consumer: str, provider: Provider) -> None:
    """Mistake 1: ``state``, ``nonce`` and an S256 challenge go along, all fresh for each attempt."""
    browser = Browser()
    sent = [query(location(begin(consumer, browser))) for _ in range(2)]
    first, second = sent
    assert location(begin(consumer, browser)).startswith(f"{provider.issuer}/oauth2/authorize?")
    assert ("code", CONSUMER_CLIENT.client_id, f"{consumer}/callback/cookbook") == tuple(
        first[name] for name in ("response_type", "client_id", "redirect_uri")
    )
    assert ("S256", True) == (first["code_challenge_method"], "openid" in first["scope"].split())
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) >= 22
        assert first[name] != second[name]
    assert CONSUMER_CLIENT.client_secret not in location(begin(consumer, browser))


def test_rfc5849_2_2_oauth_1_begins_with_temporary_credentials(consumer: str, provider: Provider) -> None:
    """The browser is sent to the provider with ``oauth_token``, and nothing that is secret."""
    target = location(begin(consumer, Browser(), "cookbook-oauth1"))
    assert target.startswith(f"{provider.issuer}/oauth1/authorize?")
    assert {"oauth_token"} == set(query(target))
    assert CONSUMER_CONSUMER.secret not in target


def test_signing_in_begins_with_the_form(consumer: str) -> None:
    """Login CSRF: a POST without the token is 400, an unknown provider 404, one that does not answer 502."""
    browser = Browser()
    page = browser.get(f"{consumer}/")
    for token in ({}, {"csrf_token": ""}, {"csrf_token": "made-up"}):
        is_page(browser.request("POST", f"{consumer}/login/cookbook", data=token), 400)
    fields = Page(page).forms[0].fields
    for name in ("unknown", "%3Cscript%3E", "..%2Fcookbook", "COOKBOOK"):
        answer = browser.request("POST", f"{consumer}/login/{name}", data=fields)
        is_page(answer, 404)
        assert "<script" not in answer.text
    answer = begin(consumer, browser, "unreachable")
    is_page(answer, 502)
    assert "127.0.0.1:9" not in answer.text


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_whole_flow_over_the_real_pages(consumer: str, signed_in: dict[str, Browser], name: str) -> None:
    """After the sign-in the profile shows the provider and the claims, and the first page who is signed in."""
    browser = signed_in[name]
    profile = browser.get(f"{consumer}/profile")
    is_page(profile)
    for words in (TITLES[name], "Alice Ärmel", "alice"):
        assert words in heading(profile)
    home = browser.get(f"{consumer}/")
    assert "Alice Ärmel" in heading(home)
    assert {f"{consumer}/profile", f"{consumer}/notes"} <= set(Page(home).links)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_notes_go_through_the_providers_api(consumer: str, signed_in: dict[str, Browser], name: str) -> None:
    """A note that is typed is listed, escaped, over bearer tokens and over signatures; one that the API refuses brings the form back."""
    browser, text = signed_in[name], f"{name}: <script>alert(1)</script> & ümläut+%20"
    page = browser.get(f"{consumer}/notes")
    is_page(page)
    answer = browser.submit(page, text=text)
    assert f"{consumer}/notes" == location(answer)
    listed = browser.get(f"{consumer}/notes")
    is_page(listed)
    assert text in Page(listed).strings
    assert "<script" not in listed.text
    for refused in ("", "x" * 4001):
        answer = browser.submit(page, text=refused)
        is_page(answer, 400)
        assert Page(answer).form("text", "csrf_token")
    is_page(browser.request("POST", f"{consumer}/notes", data={"text": "x"}), 400)


def test_nobody_has_a_profile_or_notes_without_signing_in(consumer: str) -> None:
    """A visitor is sent to the first page, also when posting."""
    browser = Browser()
    fields = Page(browser.get(f"{consumer}/")).forms[0].fields
    answers = [
        browser.get(f"{consumer}/profile"),
        browser.get(f"{consumer}/notes"),
        browser.request("POST", f"{consumer}/notes", data=fields),
    ]
    assert [f"{consumer}/"] * 3 == [location(answer) for answer in answers]


def test_mistake_3_what_a_provider_says_is_escaped(consumer: str) -> None:
    """Mistake 3: a name with markup in it is shown as the text that it is."""
    browser = sign_in(consumer, MALLORY)
    for path in ("/", "/profile"):
        page = browser.get(f"{consumer}{path}")
        is_page(page)
        assert "<script" not in page.text
        assert HOSTILE in "".join(Page(page).strings)


# Refusals ----------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def waiting(consumer: str, signed_in: dict[str, Browser]) -> tuple[Browser, str]:
    """A browser with a good callback of the provider's that it has not opened yet."""
    browser = known_to_the_provider(signed_in["cookbook"])
    return browser, agree(browser, location(begin(consumer, browser)), None)


def changed(url: str, **changes: str | None) -> str:
    """Return a URL with other query parameters."""
    parameters = query(url) | changes
    return f"{url.partition('?')[0]}?{urlencode({name: value for name, value in parameters.items() if value is not None})}"


@pytest.mark.parametrize(
    "changes",
    [
        {"state": None},
        {"state": ""},
        {"state": "unknown"},
        {"state": "<script>alert(1)</script>"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"iss": "http://127.0.0.1:9"},
        {"code": None},
        {"code": "unknown"},
        {"code": None, "error": "access_denied"},
        {"code": None, "error": "<script>alert(1)</script>", "error_description": "<img src=x onerror=alert(1)>"},
    ],
)
def test_rfc9700_4_7_1_a_callback_that_does_not_fit_is_refused(
    consumer: str, waiting: tuple[Browser, str], changes: dict[str, str | None]
) -> None:
    """Mistake 1, Mistake 3, Trap 7: a wrong state, issuer or code, and an error, are a page with 400 that shows no raw input."""
    browser, callback = waiting
    page = browser.get(changed(callback, **changes))
    is_page(page, 400)
    assert "<script" not in page.text
    assert "<img" not in page.text
    assert "evil.example" not in page.text


def test_rfc6749_10_12_a_callback_is_for_the_browser_that_began(consumer: str, waiting: tuple[Browser, str]) -> None:
    """Mistake 1: another browser cannot use it (login CSRF), and neither can one without a session."""
    _, callback = waiting
    other = Browser()
    begin(consumer, other)
    for browser in (other, Browser()):
        is_page(browser.get(callback), 400)
        assert f"{consumer}/" == location(browser.get(f"{consumer}/profile"))
        assert "sent no cookie for this sign-in" in heading(browser.get(callback))


def test_rfc6749_10_12_a_callback_is_used_once_and_at_its_provider(consumer: str, waiting: tuple[Browser, str]) -> None:
    """At another provider's callback it is 400, at an unknown provider's 404, and the second time without the session 400."""
    browser, callback = waiting
    parameters = callback.partition("?")[2]
    is_page(browser.get(f"{consumer}/callback/unreachable?{parameters}"), 400)
    is_page(browser.get(f"{consumer}/callback/unknown?{parameters}"), 404)
    fresh = agree(browser, location(begin(consumer, browser)), None)
    before = browser.twin()
    assert f"{consumer}/profile" == location(browser.get(fresh))
    is_page(before.get(fresh), 400)
    is_page(Browser().get(fresh), 400)
    is_page(browser.get(f"{fresh}&state=again"), 400)


@pytest.mark.fault(29)
@pytest.mark.parametrize("name", PROTOCOLS)
def test_rfc6749_10_12_a_callback_loaded_again_ends_as_it_ended(consumer: str, signed_in: dict[str, Browser], name: str) -> None:
    """The back button leads a user who is signed in to the profile again, and one who has signed out to the refusal."""
    browser = known_to_the_provider(signed_in[name])
    callback = agree(browser, location(begin(consumer, browser, name)), None)
    for _ in range(3):
        assert f"{consumer}/profile" == location(browser.get(callback))
        assert 200 == browser.get(f"{consumer}/profile").status_code
    form = Page(browser.get(f"{consumer}/")).form(path="/logout")
    browser.request("POST", form.action, data=form.fields)
    is_page(browser.get(callback), 400)
    assert f"{consumer}/" == location(browser.get(f"{consumer}/profile"))


def test_rfc6749_4_1_2_1_who_says_no_is_not_signed_in(consumer: str, provider: Provider) -> None:
    """ "Deny" at the provider ends on the consumer's error page, over both protocols."""
    for name in PROTOCOLS:
        browser = Browser()
        provider.sign_in(BOB, browser)
        target = location(begin(consumer, browser, name))
        callback = agree(browser, f"{target}&prompt=consent" if name == "cookbook" else target, None, "deny")
        is_page(browser.get(callback), 400)
        assert f"{consumer}/" == location(browser.get(f"{consumer}/profile"))


def test_rfc5849_4_13_an_oauth_1_callback_that_does_not_fit_is_refused(consumer: str, signed_in: dict[str, Browser]) -> None:
    """Missing, unknown and repeated tokens, another browser's, a wrong verifier and a second use in another session are 400."""
    browser = known_to_the_provider(signed_in["cookbook-oauth1"])
    callback = agree(browser, location(begin(consumer, browser, "cookbook-oauth1")), None)
    strangers = Browser()
    is_page(strangers.get(agree(browser, location(begin(consumer, browser, "cookbook-oauth1")), None)), 400)
    assert f"{consumer}/" == location(strangers.get(f"{consumer}/profile"))
    for changes in ({"oauth_token": None}, {"oauth_token": "unknown"}, {"oauth_token": "<script>alert(1)</script>"}):
        page = browser.get(changed(callback, **changes))
        is_page(page, 400)
        assert "<script" not in page.text
    before = browser.twin()
    assert f"{consumer}/profile" == location(browser.get(callback))
    is_page(before.get(callback), 400)
    other = agree(browser, location(begin(consumer, browser, "cookbook-oauth1")), None)
    is_page(browser.get(changed(other, oauth_verifier="guessed-verifier")), 400)


# An answer in a form -----------------------------------------------------------------------------------------------------------------


@pytest.mark.fault(32)
def test_form_post_2_an_answer_in_a_form_signs_in(consumer: str, signed_in: dict[str, Browser]) -> None:
    """OAuth 2.0 Form Post Response Mode §2: the form has neither our cookie nor a CSRF token; the GET after it has."""
    browser = known_to_the_provider(signed_in["cookbook"])
    target = location(begin(consumer, browser, "cookbook-form"))
    assert "form_post" == query(target)["response_mode"]
    # The provider of the example answers in the query; the test puts its answer into a form.
    callback, _, answer = agree(browser, changed(target, response_mode=None), None).partition("?")
    posted = send("POST", callback, data=[*parse_qsl(answer), ("user", '{"name": {}}'), ("csrf_token", "x")])
    assert (303, f"{callback}?{answer}") == (posted.status_code, location(posted))
    assert "set-cookie" not in posted.headers
    is_page(Browser().get(location(posted)), 400)
    assert f"{consumer}/profile" == location(browser.get(location(posted)))
    assert 200 == browser.get(f"{consumer}/profile").status_code


@pytest.mark.fault(32)
@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("cookbook", "application/x-www-form-urlencoded"),
        ("cookbook-oauth1", "application/x-www-form-urlencoded"),
        ("cookbook-form", "application/json"),
        ("cookbook-form", "multipart/form-data; boundary=x"),
        ("cookbook-form", "text/plain"),
    ],
)
def test_form_post_2_any_other_post_to_a_callback_is_405(consumer: str, name: str, content_type: str) -> None:
    """RFC 9110 §15.5.6: a provider without ``response_mode``, and a body that is not a form, find no POST there."""
    answer = send("POST", f"{consumer}/callback/{name}", content=b"state=x&code=y", headers={"Content-Type": content_type})
    assert 405 == answer.status_code
    assert "GET" in answer.headers["allow"]


@pytest.mark.fault(32)
@pytest.mark.parametrize(("body", "status"), [(b"state=%ff", 400), (b"state=%00", 400), (b"state=" + b"x" * 8000, 413)])
def test_form_post_2_a_form_that_is_no_answer_is_refused(consumer: str, body: bytes, status: int) -> None:
    """RFC 9110 §4.1, §15.5.14: a form that is not UTF-8 or does not fit into a URL gets a page."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    is_page(send("POST", f"{consumer}/callback/cookbook-form", content=body, headers=form), status)


# Sessions ----------------------------------------------------------------------------------------------------------------------------


def test_mistake_10_two_visitors_and_two_tabs_do_not_mix(consumer: str, provider: Provider) -> None:
    """Mistake 10, Trap 8: interleaved attempts end with their own user; a second tab of one browser can still be finished."""
    alice, bob = Browser(), Browser()
    provider.sign_in(ALICE, alice)
    provider.sign_in(BOB, bob)
    targets = [(browser, location(begin(consumer, browser))) for browser in (alice, bob, alice)]
    callbacks = [(browser, agree(browser, target, None)) for browser, target in targets]
    for browser, callback in reversed(callbacks):
        assert f"{consumer}/profile" == location(browser.get(callback))
    assert [True, False] == ["Alice" in heading(browser.get(f"{consumer}/profile")) for browser in (alice, bob)]


@pytest.mark.fault(34)
@pytest.mark.parametrize("name", PROTOCOLS)
def test_rfc9700_4_7_tabs_that_are_restored_together_both_sign_in(consumer: str, provider: Provider, name: str) -> None:
    """Each attempt has a cookie of its own, so it ends well although the session is that of the tab that came second."""
    browser, other = Browser(), Browser()
    provider.sign_in(ALICE, browser)
    targets = [location(begin(consumer, tab, name)) for tab in (browser, other)]
    host = urlsplit(consumer).netloc
    browser.cookies[host] |= other.cookies[host]
    for callback in [agree(browser, target, None) for target in targets]:
        assert f"{consumer}/profile" == location(browser.get(callback))
        assert 200 == browser.get(f"{consumer}/profile").status_code


def test_session_fixation_the_consumer_begins_a_new_session(consumer: str) -> None:
    """The cookie from before signing in is worth nothing afterwards."""
    browser = Browser()
    target = location(begin(consumer, browser))
    planted = browser.twin()
    browser.get(agree(browser, target, BOB))
    assert 200 == browser.get(f"{consumer}/profile").status_code
    assert f"{consumer}/" == location(planted.get(f"{consumer}/profile"))


def test_openid_logout_2_signing_out_ends_at_the_provider(consumer: str, provider: Provider) -> None:
    """Signing out needs the token of the form, ends the session, and goes on to the provider's sign-out page, and back from there."""
    browser = sign_in(consumer, BOB)
    form = Page(browser.get(f"{consumer}/")).form(path="/logout")
    is_page(browser.request("POST", f"{consumer}/logout"), 400)
    is_page(browser.request("POST", f"{consumer}/logout", data={"csrf_token": "made-up"}), 400)
    assert 200 == browser.get(f"{consumer}/profile").status_code
    before = browser.twin()
    answer = browser.request("POST", form.action, data=form.fields)
    assert location(answer).startswith(f"{provider.issuer}/oauth2/logout?")
    assert f"{consumer}/" == location(browser.get(f"{consumer}/profile"))
    # The tokens are gone, so the old cookie opens nothing either.
    assert f"{consumer}/" == location(before.get(f"{consumer}/profile"))
    page = browser.get(location(answer))
    is_page(page)
    back = browser.submit(page, button=("decision", "allow"))
    assert back.status_code in (200, 302, 303)
    assert "/login" == urlsplit(location(browser.get(f"{provider.url}/account"))).path


def test_rfc5849_signing_out_of_oauth_1_ends_here(consumer: str, signed_in: dict[str, Browser]) -> None:
    """OAuth 1.0a has no sign-out at the provider: the browser is on the first page again."""
    browser = known_to_the_provider(signed_in["cookbook-oauth1"])
    callback = agree(browser, location(begin(consumer, browser, "cookbook-oauth1")), None)
    browser.get(callback)
    form = Page(browser.get(f"{consumer}/")).form(path="/logout")
    assert f"{consumer}/" == location(browser.request("POST", form.action, data=form.fields))
    assert f"{consumer}/" == location(browser.get(f"{consumer}/notes"))


def test_a_token_that_the_provider_no_longer_takes_is_502(consumer: str, provider: Provider) -> None:
    """When the user has taken the access away at the provider, the notes are a page with 502, not a crash."""
    for name, client_id in zip(PROTOCOLS, (CONSUMER_CLIENT.client_id, CONSUMER_CONSUMER.consumer_key), strict=True):
        browser = sign_in(consumer, BOB, name)
        notes = browser.get(f"{consumer}/notes")
        is_page(notes)
        forms = Page(browser.get(f"{provider.url}/account")).forms
        form = next(form for form in forms if ("client_id", client_id) in form.fields)
        browser.request("POST", form.action, data=form.fields)
        is_page(browser.get(f"{consumer}/notes"), 502)
        is_page(browser.submit(notes, text="x"), 502)


def test_rfc6265_4_1_2_5_behind_tls_the_consumer_says_https(consumer: str, consumer_framework: str, served: Served) -> None:
    """With an https public URL the cookie is Secure, and the redirect URI is the public one, whatever the Host header."""
    environ = {"CONSUMER_URL": "https://consumer.example"}
    server = Server(
        consumer_framework,
        "consumer",
        served.folder,
        environ=environ,
        database=f"sqlite:///{served.folder}/consumer-https.sqlite",
        providers=str(served.folder / "providers.toml"),
    ).start()
    try:
        browser = Browser()
        assert f"https://consumer.example/callback/{quote('cookbook')}" == outcome(begin(server.url, browser))["redirect_uri"]
        assert all("secure" in {part.strip().lower() for part in header.split(";")} for header in browser.set_cookie_headers)
        assert dict(parse_qsl(urlsplit(location(begin(server.url, browser))).query))["redirect_uri"].startswith("https://consumer.example/")
    finally:
        assert 0 == server.stop()
