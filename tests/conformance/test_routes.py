"""One good request for each route of the contract: what ``nox -s check`` shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import httpx2
import pytest

from frameworks.contract import routes
from tests.conformance.facts import is_json, is_page
from tests.driving import registry
from tests.driving.browser import Browser, Page, location, outcome, send
from tests.driving.consumer import sign_in
from tests.driving.provider import Provider, leaves_to
from tests.driving.seed import CAROL, DEVICE, HMAC_CONSUMER, SERVICE, WEB

Carol = Callable[[], Browser]
"""Returns a browser in which Carol is signed in. Most routes need none, and are tried although signing in does not work yet."""

_PREFLIGHT = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}


def _healthz(url: str) -> None:
    answer = send("GET", f"{url}/healthz")
    is_json(answer)
    assert {"status": "ok"} == answer.json()


def _revalidated(answer: httpx2.Response) -> None:
    """Who has it already gets no body, and no cookie decides what it is (RFC 9110 §13.1.2, §12.5.5)."""
    assert "cookie" not in answer.headers.get("vary", "").lower()
    again = send("GET", str(answer.request.url), headers={"If-None-Match": answer.headers["etag"]})
    assert (304, b"", answer.headers["etag"]) == (again.status_code, again.content, again.headers["etag"])


def _stylesheet(url: str) -> None:
    answer = send("GET", f"{url}/static/style.css")
    assert (200, "text/css") == (answer.status_code, answer.headers["content-type"].partition(";")[0])
    _revalidated(answer)


def _document(path: str, member: str) -> Callable[[Provider, Carol], None]:
    def read(provider: Provider, carol: Carol) -> None:
        _preflight(provider, path)
        answer = send("GET", f"{provider.url}{path}")
        is_json(answer)
        assert member in answer.json()
        _revalidated(answer)

    return read


def _preflight(provider: Provider, path: str) -> None:
    assert 204 == send("OPTIONS", f"{provider.url}{path}", headers=_PREFLIGHT).status_code


def _authorize(provider: Provider, carol: Carol) -> None:
    page = carol().get(provider.authorization(WEB, prompt="consent").url)
    is_page(page)
    assert "code" in leaves_to(carol().submit(page, button=("decision", "allow")))


def _token(provider: Provider, carol: Carol) -> None:
    _preflight(provider, "/oauth2/token")
    assert "access_token" in provider.tokens(carol(), WEB)


def _revoke(provider: Provider, carol: Carol) -> None:
    _preflight(provider, "/oauth2/revoke")
    token = provider.client_token(SERVICE)["access_token"]
    assert 200 == provider.call("/oauth2/revoke", SERVICE, {"token": token}).status_code


def _introspect(provider: Provider, carol: Carol) -> None:
    assert provider.introspect(SERVICE, provider.client_token(SERVICE)["access_token"])["active"]


def _device_authorization(provider: Provider, carol: Carol) -> None:
    assert {"device_code", "user_code"} <= set(provider.device(DEVICE))


def _userinfo(provider: Provider, carol: Carol) -> None:
    _preflight(provider, "/oauth2/userinfo")
    token = provider.tokens(carol(), WEB)["access_token"]
    for method in ("GET", "POST"):
        assert CAROL["username"] == provider.api(token, "/oauth2/userinfo", method).json()["preferred_username"]


def _rp_initiated_logout(provider: Provider, carol: Carol) -> None:
    browser = provider.sign_in(CAROL)
    page = browser.get(f"{provider.url}/oauth2/logout")
    is_page(page)
    is_page(browser.submit(page, button=("decision", "allow")))


def _request_token(provider: Provider, carol: Carol) -> None:
    assert provider.temporary_credentials(HMAC_CONSUMER).key


def _authorize_oauth1(provider: Provider, carol: Carol) -> None:
    assert provider.verifier(carol(), provider.temporary_credentials(HMAC_CONSUMER))


def _access_token(provider: Provider, carol: Carol) -> None:
    assert provider.oauth1_token(carol(), HMAC_CONSUMER).key


def _device(provider: Provider, carol: Carol) -> None:
    is_page(provider.type_code(carol(), provider.device(DEVICE)["user_code"]))


def _login(provider: Provider, carol: Carol) -> None:
    is_page(Browser().get(f"{provider.url}/login"))
    provider.sign_in(CAROL)


def _logout(provider: Provider, carol: Carol) -> None:
    browser = provider.sign_in(CAROL)
    page = browser.get(f"{provider.url}/logout")
    is_page(page)
    is_page(browser.submit(page, button=("decision", "allow")))


def _account(provider: Provider, carol: Carol) -> None:
    provider.tokens(carol(), WEB)
    page = carol().get(f"{provider.url}/account")
    is_page(page)
    form = next(form for form in Page(page).forms if ("client_id", WEB.client_id) in form.fields)
    assert f"{provider.url}/account" == location(carol().request("POST", form.action, data=form.fields))


def _me(provider: Provider, carol: Carol) -> None:
    answer = provider.api(provider.tokens(carol(), WEB)["access_token"])
    is_json(answer)
    assert CAROL["name"] == answer.json()["name"]


def _api_notes(provider: Provider, carol: Carol) -> None:
    token = provider.oauth1_token(carol(), HMAC_CONSUMER)
    written = provider.signed(HMAC_CONSUMER, "/api/notes", token, body={"text": "ä note"})
    is_json(written, 201)
    assert written.json() in provider.signed(HMAC_CONSUMER, "/api/notes", token, method="GET").json()["notes"]


PROVIDER: dict[str, Callable[[Provider, Carol], None]] = {
    "/healthz": lambda provider, carol: _healthz(provider.url),
    "/static/style.css": lambda provider, carol: _stylesheet(provider.url),
    "/.well-known/oauth-authorization-server": _document("/.well-known/oauth-authorization-server", "issuer"),
    "/.well-known/openid-configuration": _document("/.well-known/openid-configuration", "userinfo_endpoint"),
    "/.well-known/oauth-protected-resource": _document("/.well-known/oauth-protected-resource", "resource"),
    "/.well-known/jwks.json": _document("/.well-known/jwks.json", "keys"),
    "/oauth2/authorize": _authorize,
    "/oauth2/token": _token,
    "/oauth2/revoke": _revoke,
    "/oauth2/introspect": _introspect,
    "/oauth2/device_authorization": _device_authorization,
    "/oauth2/userinfo": _userinfo,
    "/oauth2/logout": _rp_initiated_logout,
    "/oauth1/request_token": _request_token,
    "/oauth1/authorize": _authorize_oauth1,
    "/oauth1/access_token": _access_token,
    "/device": _device,
    "/login": _login,
    "/logout": _logout,
    "/account": _account,
    "/api/me": _me,
    "/api/notes": _api_notes,
}


def _home(consumer: str, carol: Carol) -> None:
    is_page(Browser().get(f"{consumer}/"))
    is_page(carol().get(f"{consumer}/"))


def _sign_in(consumer: str, carol: Carol) -> None:
    sign_in(consumer, CAROL, "cookbook-oauth1")


def _profile(consumer: str, carol: Carol) -> None:
    page = carol().get(f"{consumer}/profile")
    is_page(page)
    assert CAROL["name"] in page.text


def _notes(consumer: str, carol: Carol) -> None:
    page = carol().get(f"{consumer}/notes")
    is_page(page)
    assert f"{consumer}/notes" == location(carol().submit(page, text="ä note of the consumer"))
    assert "ä note of the consumer" in carol().get(f"{consumer}/notes").text


def _consumer_logout(consumer: str, carol: Carol) -> None:
    browser = sign_in(consumer, CAROL)
    assert outcome(browser.submit(browser.get(f"{consumer}/")))["client_id"]


CONSUMER: dict[str, Callable[[str, Carol], None]] = {
    "/healthz": lambda consumer, carol: _healthz(consumer),
    "/static/style.css": lambda consumer, carol: _stylesheet(consumer),
    "/": _home,
    "/login/<provider>": _sign_in,
    "/callback/<provider>": _sign_in,
    "/profile": _profile,
    "/notes": _notes,
    "/logout": _consumer_logout,
}


def _paths(role: str) -> list[pytest.param]:
    methods: dict[str, list[str]] = {}
    for method, path in routes(role):
        methods.setdefault(path, []).append(method)
    return [pytest.param(path, id=f"{', '.join(found)} {path}") for path, found in methods.items()]


def _check_visits(framework: str, role: str, path: str) -> None:
    assert [] == registry.unvisited([route for route in routes(role) if route[1] == path], framework, role, registry.VISITS)


@pytest.fixture(scope="session")
def carol(provider: Provider) -> Carol:
    """Carol at the provider."""
    return cache(partial(provider.sign_in, CAROL))


@pytest.fixture(scope="session")
def carol_at_the_consumer(consumer: str) -> Carol:
    """Carol at the consumer."""
    return cache(partial(sign_in, consumer, CAROL))


@pytest.mark.parametrize("path", _paths("provider"))
def test_a_route_of_the_provider(provider: Provider, provider_framework: str, carol: Carol, path: str) -> None:
    """Each method of the route answers a good request as the contract says."""
    PROVIDER[path](provider, carol)
    _check_visits(provider_framework, "provider", path)


@pytest.mark.parametrize("path", _paths("consumer"))
def test_a_route_of_the_consumer(consumer: str, consumer_framework: str, carol_at_the_consumer: Carol, path: str) -> None:
    """Each method of the route answers a good request as the contract says."""
    CONSUMER[path](consumer, carol_at_the_consumer)
    _check_visits(consumer_framework, "consumer", path)
