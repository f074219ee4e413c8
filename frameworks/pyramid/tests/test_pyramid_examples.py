"""What only the examples in Pyramid have: its template search path, its error views, and its CSRF check behind TLS."""

import json
import os
from contextlib import contextmanager

import httpx2
import pytest

from frameworks.assembly import assemble
from frameworks.manifests import manifests
from frameworks.serve import free_port, serving, url_of
from tests.conformance.facts import is_page
from tests.driving.browser import Browser, Page, send

PYRAMID = manifests()["pyramid"]
ALICE = {
    "username": "alice",
    "password": "a-password-for-a-test",
    "name": "Alice",
    "email": "alice@example.com",
}


@contextmanager
def served(folder, home=None, **environ):
    """Serve a provider that knows Alice, and hand over its URL."""
    seed = folder / "seed.json"
    seed.write_text(json.dumps({"users": [ALICE]}))
    port = free_port()
    options = {
        "database": f"sqlite:///{folder}/provider.sqlite",
        "seed": seed,
        "environ": os.environ | environ,
    }
    with (
        (folder / "log").open("wb") as log,
        serving(PYRAMID, "provider", port, home=home, log=log, **options),
    ):
        yield url_of(port)


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Serve a copy of the provider with templates of its own, one of which fails."""
    folder = tmp_path_factory.mktemp("changed")
    assemble(PYRAMID, "provider", folder / "provider")
    templates = folder / "provider" / "templates"
    templates.mkdir()
    (templates / "error.html").write_text(
        '{% extends "base.html" %}{% block title %}Our own: {{ title }}{% endblock %}'
    )
    (templates / "logout.html").write_text("Our own: leave?")
    (templates / "login.html").write_text("{{ 1 // 0 }}")
    with served(folder, home=folder / "provider") as url:
        yield url, folder / "log"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    """Serve the provider as it stands."""
    with served(tmp_path_factory.mktemp("provider")) as url:
        yield url


def test_a_file_in_templates_takes_the_place_of_a_page(changed):
    """One that Pyramid renders, and one that `shared_validator` renders; both extend the pages that stay as they are."""
    url, _log = changed
    missing = send("GET", f"{url}/nothing")
    is_page(missing, 404)
    assert "Our own: Not Found" in Page(missing).text
    assert 'href="/static/style.css"' in missing.text
    assert "Our own: leave?" == send("GET", f"{url}/logout").text


def test_a_crash_is_a_page_that_says_nothing_of_it(changed):
    """A view that fails is 500; its trace stands in the log alone (RFC 9110 §15.6.1)."""
    url, log = changed
    answer = send("GET", f"{url}/login")
    is_page(answer, 500)
    assert "ZeroDivisionError" not in answer.text
    assert "ZeroDivisionError" in log.read_text()


@pytest.mark.parametrize("path", ["/oauth2/token", "/login"])
def test_a_long_body_without_a_length_is_413(provider, path):
    """A body in chunks has no Content-Length (RFC 9112 §7.1), and is bounded all the same: JSON for machines, a page for people."""
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "text/html",
    }
    answer = httpx2.post(
        f"{provider}{path}",
        headers=headers,
        content=iter([b"x" * 0x10000] * 17),
        trust_env=False,
    )
    kind = {"/oauth2/token": "application/json", "/login": "text/html; charset=utf-8"}[
        path
    ]
    assert (413, kind) == (answer.status_code, answer.headers["content-type"])


def test_allow_names_the_methods_of_all_views_of_a_route(provider):
    """Two views share `/api/notes`; HEAD comes with GET (RFC 9110 §10.2.1)."""
    answer = send("DELETE", f"{provider}/api/notes")
    is_page(answer, 405)
    assert {"GET", "HEAD", "POST"} == {
        name.strip() for name in answer.headers["allow"].split(",")
    }


def test_a_multipart_form_is_refused_before_webob_reads_it(provider):
    """A CSRF token that is a file, and a boundary that is none, would make WebOb's parser or Pyramid's comparison crash."""
    file = b'--x\r\nContent-Disposition: form-data; name="csrf_token"; filename="a"\r\n\r\na\r\n--x--\r\n'
    for kind, body in (
        ("multipart/form-data; boundary=x", file),
        ("multipart/form-data", b"--x\r\n\r\n"),
    ):
        is_page(
            send(
                "POST",
                f"{provider}/login",
                headers={"Content-Type": kind},
                content=body,
            ),
            400,
        )


def test_looking_at_a_page_does_not_set_the_cookie_again(provider):
    """A slow answer would otherwise bring back the session that another tab has ended meanwhile."""
    browser = Browser()
    browser.submit(
        browser.get(f"{provider}/login"),
        username=ALICE["username"],
        password=ALICE["password"],
    )
    first, second = (browser.get(f"{provider}/account") for _ in range(2))
    assert ([200, 200], ["provider_session"], []) == (
        [first.status_code, second.status_code],
        [
            header.partition("=")[0] for header in first.headers.get_list("set-cookie")
        ],  # the CSRF token of a new session
        second.headers.get_list("set-cookie"),
    )


def test_behind_tls_a_form_must_come_from_this_site(tmp_path):
    """When the proxy tells waitress of https, Pyramid compares `Origin`, else `Referer`, with the host; browsers send both."""
    home = tmp_path / "provider"
    assemble(PYRAMID, "provider", home)
    proxy = "\ntrusted_proxy = 127.0.0.1\ntrusted_proxy_headers = x-forwarded-for x-forwarded-proto\n"
    (home / "production.ini").write_text((home / "production.ini").read_text() + proxy)
    forwarded = {
        "Host": "provider.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "192.0.2.1",
    }
    with served(tmp_path, home, OAUTH_ISSUER="https://provider.example") as url:
        browser = Browser()
        form = Page(browser.request("GET", f"{url}/login", headers=forwarded)).form(
            "username", "password"
        )
        fields = {
            **dict(form.fields),
            "username": ALICE["username"],
            "password": ALICE["password"],
        }
        statuses = [
            browser.twin()
            .request("POST", f"{url}/login", data=fields, headers=forwarded | sent)
            .status_code
            for sent in (
                {},
                {"Origin": "https://evil.example"},
                {"Origin": "http://provider.example"},
                {"Origin": "null"},
                {"Referer": "https://provider.example/login"},
                {"Origin": "https://provider.example"},
            )
        ]
    assert [400, 400, 400, 400, 303, 303] == statuses
