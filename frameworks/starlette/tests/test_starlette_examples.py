"""What only the examples in Starlette have: its router, its templates, and its session cookie."""

import time
from contextlib import contextmanager

import pytest

from frameworks.assembly import assemble
from frameworks.manifests import manifests
from frameworks.serve import free_port, serving, url_of
from tests.conformance.facts import is_page
from tests.driving.browser import Browser, send

STARLETTE = manifests()["starlette"]
PROVIDERS = """
[github]
preset = "github"
client_id = "consumer"
client_secret = "a-secret-for-a-test"
"""


@contextmanager
def served(role, folder, **options):
    """Serve an example, and hand over its URL and its log."""
    port, database = free_port(), f"sqlite:///{folder}/{role}.sqlite"
    with (
        (folder / "log").open("wb") as log,
        serving(STARLETTE, role, port, log=log, database=database, **options),
    ):
        yield url_of(port), folder / "log"


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Serve the provider as it is."""
    with served("provider", tmp_path_factory.mktemp("provider")) as (url, _log):
        yield url


@pytest.fixture(scope="module")
def changed(tmp_path_factory):
    """Serve a copy of the consumer with its own templates, one of which fails."""
    folder = tmp_path_factory.mktemp("changed")
    home = folder / "consumer"
    assemble(STARLETTE, "consumer", home)
    templates = home / "templates"
    templates.mkdir()
    (templates / "error.html").write_text("Ours: {{ title }}")
    (templates / "style.css").write_text("body { color: blue }")
    (templates / "consumer_home.html").write_text("{{ 1 // 0 }}")
    providers = folder / "providers.toml"
    providers.write_text(PROVIDERS)
    with served("consumer", folder, home=home, providers=providers) as found:
        yield found


def test_a_file_in_templates_replaces_a_page(changed):
    """A page that Starlette renders, and the stylesheet that the mount sends."""
    url, _log = changed
    assert "Ours: Not Found" == send("GET", f"{url}/nothing").text
    assert "body { color: blue }" == send("GET", f"{url}/static/style.css").text


def test_the_trace_of_a_crash_is_in_the_log_only(changed):
    """The visitor gets a page with the status 500 (RFC 9110 §15.6.1). Starlette raises the exception again once that is sent."""
    url, log = changed
    answer = send("GET", f"{url}/")
    is_page(answer, 500)
    assert "Ours: Internal Server Error" == answer.text
    deadline = time.monotonic() + 10
    while "ZeroDivisionError: " not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("path", ["/login/", "/api/me/", "/api/notes/"])
def test_a_path_with_another_slash_is_unknown(url, path):
    """By default, Starlette redirects it to a URL that it makes from the `Host` header."""
    is_page(send("GET", f"{url}{path}", headers={"Host": "evil.example"}), 404)


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/me", {"GET", "HEAD"}),
        ("/api/notes", {"GET", "HEAD", "POST"}),
        ("/device", {"GET", "HEAD", "POST"}),
    ],
)
def test_allow_names_all_methods_of_a_path(url, path, methods):
    """Those of a class with a method for each, and those of a function (RFC 9110 §15.5.6)."""
    answer = send("DELETE", f"{url}{path}")
    is_page(answer, 405)
    assert methods == set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("path", ["/nothing", "/login", "/oauth2/authorize"])
def test_an_error_page_starts_no_session(url, path):
    """Another site's form arrives without the cookie: a new session would replace the visitor's own."""
    answer = send("POST", f"{url}{path}", data={"csrf_token": "forged"})
    assert answer.status_code in (400, 404)
    assert "set-cookie" not in answer.headers


def test_the_api_reads_no_session(url):
    """Its responses do not vary by cookie, unlike a page's (RFC 9110 §12.5.5)."""
    browser = Browser()
    assert "Cookie" == browser.get(f"{url}/login").headers["vary"]
    answer = browser.get(f"{url}/api/me")
    assert 401 == answer.status_code
    assert "vary" not in answer.headers
