"""A public URL with a path is honoured everywhere, whether or not a proxy strips the path (RFC 8414 §3.1, Discovery §4.1)."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx2
import pytest

from tests.conformance.conftest import Served
from tests.conformance.facts import is_json, is_page
from tests.driving.browser import Browser, Page, outcome, send
from tests.driving.provider import Provider, credentials, redemption
from tests.driving.seed import ALICE, HMAC_CONSUMER, WEB
from tests.driving.serving import Server

BASE = "/tenant/a"


@pytest.fixture(scope="session")
def issuer(served: Served) -> str:
    """The public URL of the provider with a path."""
    return served.provider("path").issuer


@pytest.fixture(params=[BASE, ""], ids=["kept", "stripped"])
def reached(request: pytest.FixtureRequest, served: Served) -> Provider:
    """The provider as a proxy reaches it: with the path, or without."""
    provider = served.provider("path")
    return Provider(provider.url + request.param, provider.issuer)


def local(url: str) -> str:
    """Return path and query of a URL, which must be below the path of the public URL."""
    parts = urlsplit(url)
    assert parts.path.startswith(f"{BASE}/"), url
    return parts._replace(scheme="", netloc="").geturl()


def here(reached: Provider, answer_location: str) -> str:
    """Return the URL at which a proxy reaches what a redirect names."""
    return reached.url + local(answer_location).removeprefix(BASE)


def send_form(browser: Browser, reached: Provider, page: httpx2.Response, **typed: str) -> httpx2.Response:
    """Send the form of a page to where it is, as a browser does that sees the public URL."""
    form = Page(page).form(*typed)
    headers = {"Origin": "https://provider.example", "Referer": f"{reached.issuer}/"}
    return browser.request("POST", str(page.request.url), data=form.fill(typed), headers=headers)


def sign_in(reached: Provider, browser: Browser, page: httpx2.Response | None = None) -> httpx2.Response:
    """Sign Alice in."""
    form = page or browser.get(f"{reached.url}/login")
    return send_form(browser, reached, form, username=ALICE["username"], password=ALICE["password"])


@pytest.mark.fault(33)
def test_rfc8414_3_1_metadata_is_where_each_standard_puts_it(reached: Provider, served: Served, issuer: str) -> None:
    """The suffix goes before the path for RFC 8414 and RFC 9728, after it for OpenID Connect; all name the same issuer."""
    host = served.provider("path").url
    for url in (f"{host}/.well-known/oauth-authorization-server{BASE}", f"{reached.url}/.well-known/openid-configuration"):
        answer = send("GET", url)
        is_json(answer)
        assert (issuer, f"{issuer}/oauth2/token") == (answer.json()["issuer"], answer.json()["token_endpoint"])
    resource = send("GET", f"{host}/.well-known/oauth-protected-resource{BASE}").json()
    assert (issuer, [issuer]) == (resource["resource"], resource["authorization_servers"])
    challenge = send("GET", f"{reached.url}/api/me").headers["www-authenticate"]
    assert f'resource_metadata="https://provider.example/.well-known/oauth-protected-resource{BASE}"' in challenge


@pytest.mark.fault(33)
def test_pages_link_below_the_path_and_cookies_stay_there(reached: Provider) -> None:
    """Links, the stylesheet, forms and redirects have the path; the cookie is for https and the path alone."""
    browser = Browser()
    first = browser.get(f"{reached.url}/account")
    assert f"{BASE}/login" == urlsplit(local(first.headers["location"])).path
    page = browser.get(here(reached, first.headers["location"]))
    is_page(page)
    sheet = next(given["href"] for given in Page(page).all("link") if given.get("rel") == "stylesheet")
    assert f"{BASE}/static/style.css" == sheet
    assert f"{BASE}/account" == local(sign_in(reached, browser, page).headers["location"])
    for header in browser.set_cookie_headers:
        assert {f"path={BASE}", "secure"} <= {part.strip().lower() for part in header.split(";")}, header


@pytest.mark.fault(33)
def test_both_protocols_work_below_the_path(reached: Provider, issuer: str) -> None:
    """A code is issued with the whole issuer and redeemed; a signature over the public URL holds."""
    browser = Browser()
    sign_in(reached, browser)
    request = reached.authorization(WEB)
    page = browser.get(request.url)
    if page.status_code == 200:
        page = send_form(browser, reached, page, decision="allow")
    answer = outcome(page)
    assert issuer == answer["iss"]
    tokens = reached.token(WEB, redemption(request, answer["code"])).json()
    assert 200 == reached.api(tokens["access_token"]).status_code
    temporary = reached.temporary_credentials(HMAC_CONSUMER)
    assert temporary.key


@pytest.mark.fault(33)
def test_the_way_back_and_what_is_signed_have_the_path(reached: Provider) -> None:
    """Pages and the API know the URL that the client used, whether or not a proxy strips the path (RFC 5849 §3.4.1.2)."""
    browser = Browser()
    first = browser.get(reached.authorization(WEB).url)
    back = dict(parse_qsl(urlsplit(first.headers["location"]).query))["next"]
    assert f"{BASE}/oauth2/authorize" == urlsplit(back).path
    sign_in(reached, browser)
    temporary = reached.temporary_credentials(HMAC_CONSUMER)
    page = browser.get(f"{reached.url}/oauth1/authorize?oauth_token={temporary.key}")
    verifier = outcome(send_form(browser, reached, page, decision="allow"))["oauth_verifier"]
    token = credentials(reached.signed(HMAC_CONSUMER, "/oauth1/access_token", temporary, verifier=verifier))
    assert 200 == reached.signed(HMAC_CONSUMER, "/api/me", token, method="GET").status_code


@pytest.mark.fault(33)
def test_a_consumer_with_a_path_links_and_calls_back_below_it(provider_framework: str, served: Served, tmp_path: Path) -> None:
    """The redirect URI, links, forms, redirects and the cookie have the path of ``CONSUMER_URL``."""
    file = tmp_path / "providers.toml"
    file.write_text(
        '[a]\nprotocol = "oauth2"\nclient_id = "a"\napi = "https://a.example"\nauthorization_endpoint = "https://a.example/authorize"\n'
        'token_endpoint = "https://a.example/token"\nuserinfo_endpoint = "https://a.example/me"\n'
    )
    server = Server(
        provider_framework, "consumer", tmp_path, environ={"CONSUMER_URL": "https://app.example/app"}, providers=str(file)
    ).start()
    try:
        for base in ("/app", ""):
            browser = Browser()
            page = browser.get(f"{server.url}{base}/")
            is_page(page)
            (form,) = Page(page).forms
            assert "/app/login/a" == urlsplit(form.action).path
            headers = {"Origin": "https://app.example", "Referer": "https://app.example/app/"}
            sent = browser.request("POST", f"{server.url}{base}/login/a", data=form.fields, headers=headers)
            asked = parse_qs(urlsplit(sent.headers["location"]).query)
            assert ["https://app.example/app/callback/a"] == asked["redirect_uri"]
            assert "/app/" == urlsplit(browser.get(f"{server.url}{base}/profile").headers["location"]).path
            for header in browser.set_cookie_headers:
                assert {"path=/app", "secure"} <= {part.strip().lower() for part in header.split(";")}, header
    finally:
        assert 0 == server.stop()
