"""What holds for every route of a provider: methods, headers, cookies, sizes, absolute URLs."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from frameworks.contract import routes
from tests.conformance.facts import is_json, is_page
from tests.driving.browser import Browser, Page, location, send
from tests.driving.provider import Provider
from tests.driving.raw import raw
from tests.driving.seed import ALICE, WEB

ROUTES = routes("provider")
PATHS = sorted({path for _, path in ROUTES})
CROSS_ORIGIN = sorted(path for method, path in ROUTES if method == "OPTIONS")


def test_rfc9110_9_3_1_the_server_says_that_it_is_healthy(provider: Provider) -> None:
    """``/healthz`` answers 200 and says so in JSON."""
    answer = send("GET", f"{provider.url}/healthz")
    is_json(answer)
    assert {"status": "ok"} == answer.json()


def test_rfc9110_8_3_the_stylesheet_is_served_as_one(provider: Provider) -> None:
    """``/static/style.css`` is CSS, not empty, and usable from every page."""
    answer = send("GET", f"{provider.url}/static/style.css")
    assert 200 == answer.status_code
    assert "text/css" == answer.headers["content-type"].partition(";")[0]
    assert b"{" in answer.content


@pytest.mark.parametrize("path", [path for path in PATHS if ("GET", path) in ROUTES])
def test_rfc9110_9_3_2_head_is_answered_wherever_get_is(provider: Provider, path: str) -> None:
    """HEAD has the status of GET, and no body."""
    head, get = raw(provider.url, "HEAD", path.encode()), raw(provider.url, "GET", path.encode())
    assert (get.status, b"") == (head.status, head.body)


@pytest.mark.parametrize("path", PATHS)
def test_rfc9110_15_5_6_a_method_that_a_route_does_not_name_is_405(provider: Provider, path: str) -> None:
    """Every method that the contract does not name for a route is 405, and ``Allow`` names those that it does."""
    named = {method for method, other in ROUTES if other == path}
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - named:
        answer = raw(provider.url, method, path.encode())
        assert 405 == answer.status, (method, path, answer)
        assert named <= {name.strip() for name in answer.headers["allow"].split(",")}


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/oauth2", "/.well-known/nothing", "/static/../app.py", "/static/%2e%2e/app.py"),
        *("/oauth2/token/", "/login/", "/account/", "/api/me/", "/api/notes/"),
    ],
)
def test_rfc9110_15_5_5_an_unknown_path_is_404(provider: Provider, path: str) -> None:
    """An unknown path is a page with the status 404, one out of the static folder or with another slash too: no redirect tidies it up."""
    answer = raw(provider.url, "GET", path.encode())
    assert 404 == answer.status
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_rfc6454_every_page_is_kept_out_of_frames(provider: Provider, alice: Browser) -> None:
    """Mistake 5: each page, error pages included, has framing protection and may not be sniffed."""
    for path in ("/login", "/logout", "/oauth2/logout"):
        is_page(Browser().get(f"{provider.url}{path}"))
    for path in ("/account", "/device"):
        is_page(alice.get(f"{provider.url}{path}"))
    is_page(alice.get(provider.authorization(WEB, prompt="consent").url))
    is_page(alice.get(f"{provider.url}/nothing"), 404)
    is_page(alice.get(f"{provider.url}/oauth2/authorize"), 400)
    is_page(alice.get(f"{provider.url}/oauth1/authorize"), 400)
    is_page(alice.request("POST", f"{provider.url}/account"), 400)
    is_page(alice.request("PUT", f"{provider.url}/login"), 405)


def test_every_page_names_its_language_and_works_on_a_small_screen(provider: Provider, alice: Browser) -> None:
    """Each page has a language, a title, one first heading, and labels for what is typed; no script."""
    for answer in (
        Browser().get(f"{provider.url}/login"),
        alice.get(f"{provider.url}/account"),
        alice.get(f"{provider.url}/device"),
        alice.get(provider.authorization(WEB, prompt="consent").url),
    ):
        elements = Page(answer).elements
        tags = [tag for tag, _ in elements]
        assert "en" == dict(elements[tags.index("html")][1])["lang"]
        assert (1, 1, 0) == (tags.count("title"), tags.count("h1"), tags.count("script"))
        assert any(tag == "meta" and given.get("name") == "viewport" for tag, given in elements)
        labelled = {given.get("for") for tag, given in elements if tag == "label"}
        typed = [given for tag, given in elements if tag == "input" and given.get("type", "text") not in ("hidden", "submit")]
        assert {given.get("id") for given in typed} <= labelled


def test_rfc6265_4_1_2_the_session_cookie_is_out_of_reach(provider: Provider) -> None:
    """The session's cookie is ``provider_session`` (Trap 18), HttpOnly, SameSite=Lax, for the whole host, and here not Secure (http)."""
    browser = provider.sign_in(ALICE)
    assert {"provider_session"} == {header.partition("=")[0] for header in browser.set_cookie_headers}
    for header in browser.set_cookie_headers:
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/"} <= attributes, header
        assert "secure" not in attributes
        assert not any(attribute.startswith("domain") for attribute in attributes)


@pytest.mark.parametrize("path", PATHS)
def test_rfc6454_cors_only_where_the_contract_names_options(provider: Provider, path: str) -> None:
    """A preflight is 204 with ``*`` where the contract names OPTIONS; no other route can be read by another origin."""
    headers: dict[str, str | bytes] = {"Origin": "https://spa.example", "Access-Control-Request-Method": "POST"}
    preflight = raw(provider.url, "OPTIONS", path.encode(), headers)
    methods = [method for method, other in ROUTES if other == path and method != "OPTIONS"]
    answers = [raw(provider.url, method, path.encode(), {"Origin": "https://spa.example"}) for method in methods]
    if path not in CROSS_ORIGIN:
        assert not any("access-control-allow-origin" in answer.headers for answer in (preflight, *answers))
        return
    assert 204 == preflight.status
    assert {"*"} == {answer.headers.get("access-control-allow-origin") for answer in (preflight, *answers)}
    assert set(methods) <= {name.strip() for name in preflight.headers["access-control-allow-methods"].split(",")}
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    # With "*", a browser sends no cookies along (Fetch §3.2.5).
    assert "access-control-allow-credentials" not in preflight.headers


@pytest.mark.parametrize("path", CROSS_ORIGIN)
def test_rfc6454_a_preflight_asks_nobody_who_they_are(provider: Provider, path: str) -> None:
    """A preflight carries no credentials, and is answered without any (Fetch §4.8)."""
    assert 204 == send("OPTIONS", f"{provider.url}{path}").status_code


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80@127.0.0.1", "[", "a b", ""])
def test_rfc9110_7_2_no_absolute_url_comes_from_the_host_header(provider: Provider, host: str) -> None:
    """Whoever sends another Host header gets the same metadata, challenges and redirects, or a 4xx."""
    for target in ("/.well-known/openid-configuration", "/.well-known/oauth-protected-resource", "/api/me", "/account"):
        answer = raw(
            provider.url, "GET", target.encode(), {"Host": host, "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
        )
        assert answer.status < 500
        assert b"evil.example" not in answer.body
        assert "evil.example" not in " ".join(answer.headers.values())


def test_rfc9110_10_2_2_a_redirect_to_sign_in_stays_on_this_host(provider: Provider) -> None:
    """Whoever is not signed in is sent to ``/login`` with the way back, on the same host."""
    for target in ("/account", "/device", "/device?user_code=BCDF-GHJK"):
        answer = Browser().get(f"{provider.url}{target}")
        parts = urlsplit(location(answer))
        assert (urlsplit(provider.url).netloc, "/login") == (parts.netloc, parts.path)


@pytest.mark.parametrize("path", [path for method, path in ROUTES if method == "POST"])
def test_rfc9110_15_5_14_more_than_a_mebibyte_is_refused(provider: Provider, path: str) -> None:
    """A body of 10 MB is 413, whatever is in it; one just over the limit too."""
    for length in (1024 * 1024 + 1, 10_000_000):
        answer = raw(
            provider.url, "POST", path.encode(), {"Content-Type": "application/x-www-form-urlencoded"}, b"a=" + b"x" * (length - 2)
        )
        assert 413 == answer.status, answer


def test_the_order_of_refusals(provider: Provider) -> None:
    """A body that cannot be read, then an unknown path, a wrong method, a form without a token, and last a visitor who is not signed in."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    refusals = [
        ("POST", "/nothing", b"x" * (1 << 20) + b"xx", 413),
        ("PUT", "/nothing", b"csrf_token=made-up", 404),
        ("PUT", "/account", b"csrf_token=made-up", 405),
        *(("POST", "/account", b"csrf_token=" + token, 400) for token in (b"made-up", b"", b"%ff", b"%00")),
        ("POST", "/account", b"", 400),
        ("GET", "/account", b"", 302),
    ]
    for method, path, body, status in refusals:
        answer = raw(provider.url, method, path.encode(), form if body else {}, body)
        assert status == (302 if answer.status == 303 else answer.status), (method, path, body[:20], answer)


@pytest.mark.parametrize("path", ["/login", "/logout", "/account", "/device", "/oauth2/authorize", "/nothing"])
def test_rfc6265_8_8_a_refused_form_starts_no_session(provider: Provider, path: str) -> None:
    """Another site's form arrives without the cookie: the cookie of a new session would replace the visitor's own."""
    answer = Browser().request("POST", f"{provider.url}{path}", data={"csrf_token": "made-up"})
    assert answer.status_code in (400, 404)
    assert "set-cookie" not in answer.headers
