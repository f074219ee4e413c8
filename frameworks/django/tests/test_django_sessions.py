"""Sessions end when they are ended, whichever side ends them; and Django knows every URL."""

import json
import os
import sqlite3
import subprocess
from contextlib import closing

import pytest

from frameworks.assembly import assemble
from frameworks.environments import python_for
from frameworks.manifests import manifests
from frameworks.serve import free_port
from tests.driving import seed
from tests.driving.browser import Browser, Page, location, send
from tests.driving.provider import Provider
from tests.driving.seed import ALICE, BOB
from tests.driving.serving import Server

MANIFEST = manifests()["django"]
CAROL = {
    "username": "carol",
    "password": "a password of Carol's",
    "name": "Carol",
    "email": "",
}
SETTINGS = {
    "OAUTH_SECRET_KEY": "A" * 43 + "=",
    "SESSION_SECRET": "a secret that is as long as Django wants its own to be",
}
CLIENT = """
from django.test import Client
from django.urls import reverse

browser = Client(headers={"host": "127.0.0.1"})
token = reverse("authorization:oauth2_token")
print(token, browser.post(token, {"grant_type": "nonsense"}).status_code)
print(reverse("api:me"), browser.get("/api/me").headers["Content-Type"])
"""

ERRORS = """
from django.db import OperationalError
from django.test import RequestFactory
from shared_validator.django.views import server_error
from shared_validator.store import StoreUnavailable

for error in (OperationalError("locked"), StoreUnavailable(), ZeroDivisionError()):
    try:
        raise error
    except Exception:
        response = server_error(RequestFactory().get("/account"))
    print(response.status_code, response.headers.get("Retry-After"), response.headers["Content-Type"])
"""

FAILURES = """
from django.test import Client

browser = Client(headers={"host": "127.0.0.1"})
for number in range(5):
    form = {"username": f"nobody-{number}", "password": "wrong"}
    named = {"x-forwarded-for": f"203.0.113.{number}"}
    answer = browser.post("/login", form, REMOTE_ADDR="192.0.2.1", headers=named)
    print(answer.status_code)
"""


class Site:
    """A served provider below a path, its database, and its `manage.py`."""

    def __init__(self, folder):
        port = free_port()
        document = seed.document("http://127.0.0.1:9")
        document["users"] = [ALICE, BOB, CAROL]
        (folder / "seed.json").write_text(json.dumps(document))
        self.folder, self.database = folder, folder / "provider.sqlite"
        self.environ = SETTINGS | {
            "OAUTH_ISSUER": f"http://127.0.0.1:{port}/tenant",
            "DATABASE_URL": f"sqlite:///{self.database}",
        }
        self.server = Server(
            "django",
            "provider",
            folder,
            port=port,
            environ=self.environ,
            seed=str(folder / "seed.json"),
        )
        self.url = f"{self.server.start().url}/tenant"
        self.provider = Provider(self.url)
        assemble(MANIFEST, "provider", folder / "project")

    def execute(self, statement):
        with (
            closing(sqlite3.connect(self.database, timeout=30)) as connection,
            connection,
        ):
            return connection.execute(statement).fetchall()

    def shell(self, code, **environ):
        """Run code in `manage.py shell` and return what it prints."""
        command = [
            python_for(MANIFEST),
            "manage.py",
            "shell",
            "--no-imports",
            "-c",
            code,
        ]
        return subprocess.run(
            command,
            cwd=self.folder / "project",
            env=os.environ | self.environ | environ,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def signed_in(self, browser):
        return 200 == browser.get(f"{self.url}/account").status_code


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    served = Site(tmp_path_factory.mktemp("django-sessions"))
    yield served
    assert 0 == served.server.stop()
    assert "Traceback" not in served.server.log.read_text()


def test_a_copied_cookie_is_worthless_after_signing_out(site):
    """Django's session and the one in the store end together (OWASP ASVS 5.0 §7.4)."""
    browser = site.provider.sign_in(ALICE)
    copy = browser.twin()
    assert site.signed_in(copy)
    browser.submit(browser.get(f"{site.url}/logout"))
    assert not site.signed_in(copy)


def test_signing_out_everywhere_ends_the_other_sessions_at_once(site):
    """A button on the account page; another user's session goes on."""
    here, there, other = (site.provider.sign_in(user) for user in (ALICE, ALICE, BOB))
    here.submit(
        here.get(f"{site.url}/account"), "everywhere", button=("everywhere", "yes")
    )
    assert [False, False, True] == [
        site.signed_in(browser) for browser in (here, there, other)
    ]


@pytest.mark.parametrize(
    "change",
    [
        "user.set_password('another password of Carol'); user.save()",
        "user.is_active = False; user.save()",
        "from authorization.provider import provider, store; provider.context.sessions.end_all(store.subject(user))",
        "user.delete()",
    ],
)
def test_what_ends_a_users_access_ends_their_sessions(site, change):
    """Django's own password change, a locked user, sessions ended in the store, and a deleted user."""
    site.shell(
        "from django.contrib.auth import get_user_model; users = get_user_model().objects; "
        "user, _ = users.get_or_create(username='carol'); user.is_active = True; "
        'user.set_password("a password of Carol\'s"); user.save()'
    )
    browser = site.provider.sign_in(CAROL)
    assert site.signed_in(browser)
    site.shell(
        f"from django.contrib.auth import get_user_model; user = get_user_model().objects.get(username='carol'); {change}"
    )
    assert not site.signed_in(browser)


@pytest.mark.fault(7)
def test_a_reader_of_the_database_cannot_take_over_a_session(site):
    """OWASP ASVS 7.2: it has a digest of the cookie; the session ends as before."""
    browser = site.provider.sign_in(ALICE)
    (cookies,) = browser.cookies.values()
    cookie = cookies["provider_session"]
    stored = [key for (key,) in site.execute("SELECT session_key FROM django_session")]
    files = list(site.folder.glob("provider.sqlite*"))
    assert not any(cookie.encode() in path.read_bytes() for path in files)
    assert site.signed_in(browser)
    for key in stored:
        cookies["provider_session"] = key
        assert not site.signed_in(browser)
    assert stored


@pytest.mark.fault(26)
def test_a_visitor_who_opens_forms_writes_no_session(site):
    """The CSRF token is signed in the cookie; one that was changed, or is nothing, is a new visitor's."""
    count = "SELECT COUNT(*) FROM django_session"
    ((before,),) = site.execute(count)
    browser = Browser()
    for path in ("/login", "/account", "/logout", "/device"):
        form = browser.follow(browser.get(f"{site.url}{path}"))
    assert 422 == browser.submit(form, username="x", password="x").status_code
    assert [(before,)] == list(site.execute(count))
    (cookies,) = browser.cookies.values()
    cookie = cookies["provider_session"]
    assert cookie.startswith("visitor:")
    for forged in (
        cookie[:-1],
        cookie.replace(":", ":x", 1),
        "visitor:",
        "visitor:x:y:z",
    ):
        cookies["provider_session"] = forged
        assert 400 == browser.submit(form, username="x", password="x").status_code
        assert 200 == browser.get(f"{site.url}/login").status_code


@pytest.mark.fault(7)
def test_the_database_is_readable_by_its_owner_alone(site):
    """A reader of the file could take over sessions, and try passwords against the hashes."""
    assert {0o600} == {
        path.stat().st_mode & 0o777 for path in site.folder.glob("provider.sqlite*")
    }


def test_a_path_of_the_public_url_is_in_links_forms_cookies_and_the_admin_site(site):
    """The cookie belongs to the path; the files of the admin site are below it too."""
    browser = Browser()
    form = browser.get(f"{site.url}/login?next=/tenant/admin/")
    assert 'href="/tenant/static/style.css"' in form.text
    assert any("Path=/tenant" in header for header in browser.set_cookie_headers)
    assert f"{site.url}/admin/login/?next=/tenant/admin/" == location(
        browser.get(f"{site.url}/admin/")
    )
    assert 200 == send("GET", f"{site.url}/static/admin/css/base.css").status_code
    home = browser.follow(
        browser.submit(form, username=BOB["username"], password=BOB["password"])
    )
    assert "/tenant/login" in str(home.request.url)  # Bob is no operator


def test_djangos_test_client_and_reverse_know_the_endpoints(site):
    """The machine endpoints are URLs of the project; a server answers them before Django does."""
    lines = site.shell(CLIENT, OAUTH_ISSUER="http://127.0.0.1:9").split("\n")
    assert ["/oauth2/token 400", "/api/me application/json"] == lines[:2]
    assert 405 == send("PUT", f"{site.url}/oauth2/token").status_code


def test_failed_sign_ins_are_counted_for_the_address_of_the_peer(site):
    """Whatever address a header names: otherwise a client would have as many tries as it likes."""
    settings = {
        "OAUTH_ISSUER": "http://127.0.0.1:9",
        "OAUTH_LOGIN_FAILURES_PER_ADDRESS": "3",
    }
    statuses = site.shell(FAILURES, **settings).split()
    assert ["422"] * 3 + ["429"] * 2 == statuses


def test_a_put_to_a_page_is_405(site):
    """A page names its methods before it asks for a CSRF token."""
    answer = Browser().request("PUT", f"{site.url}/login")
    assert (405, "GET, HEAD, POST") == (answer.status_code, answer.headers["allow"])
    assert Page(answer).text


def test_a_database_that_is_away_is_503(site):
    """Also where Django's own middleware asks for it; a crash stays a 500."""
    away = "503 5 text/html; charset=utf-8"
    lines = site.shell(ERRORS).split("\n")
    assert [away, away, "500 None text/html; charset=utf-8"] == lines[:3]
