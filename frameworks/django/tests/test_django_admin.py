"""What Django brings to the provider: its admin site, its checks of settings, and its look at the Host header."""

import os
import re
import sqlite3
import subprocess
from contextlib import closing

import pytest

from frameworks.assembly import assemble
from frameworks.environments import python_for
from frameworks.manifests import manifests
from tests.driving import seed
from tests.driving.browser import Browser, Page, location, send
from tests.driving.raw import raw
from tests.driving.serving import Server

MANIFEST = manifests()["django"]
KEY = "A" * 43 + "="
SETTINGS = {
    "provider": {"OAUTH_ISSUER": "https://provider.example", "OAUTH_SECRET_KEY": KEY},
    "consumer": {
        "CONSUMER_URL": "https://consumer.example",
        "CONSUMER_SECRET_KEY": KEY,
    },
}
NOTES = """
from api.models import Note

Note.objects.create(user_id="a", text="new", created_at=2)
print([note.text for note in Note.objects.order_by("note_id")])
"""


def manage(role, folder, *arguments, **environ):
    """Run `manage.py` of a role's example and return what it did."""
    (folder / "providers.toml").write_text(seed.providers("https://provider.example"))
    own = {
        "SESSION_SECRET": "a secret that is as long as Django wants its own to be",
        "DATABASE_URL": f"sqlite:///{folder}/{role}.sqlite",
    }
    files = (
        {"CONSUMER_PROVIDERS": str(folder / "providers.toml")}
        if role == "consumer"
        else {}
    )
    environ = {**os.environ, **own, **SETTINGS[role], **files, **environ}
    command = [python_for(MANIFEST), "-W", "error", "manage.py", *arguments]
    assemble(MANIFEST, role, folder / role)
    return subprocess.run(
        command,
        cwd=folder / role,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_notes_of_the_first_version_are_taken_over(tmp_path):
    """Their table has another application since then; taking it back and over again loses no row either."""
    done = manage("provider", tmp_path, "migrate", "oauth", "0001")
    assert 0 == done.returncode, done.stderr
    with (
        closing(sqlite3.connect(tmp_path / "provider.sqlite")) as connection,
        connection,
    ):
        connection.execute(
            "INSERT INTO oauth_note (user_id, text, created_at) VALUES ('a', 'old', 1)"
        )
    for arguments in (
        ("migrate",),
        ("migrate", "oauth", "0001"),
        ("migrate",),
        ("shell", "--no-imports", "-c", NOTES),
    ):
        done = manage("provider", tmp_path, *arguments)
        assert 0 == done.returncode, done.stderr
    assert "['old', 'new']\n" == done.stdout


def test_a_new_table_of_notes_is_made_if_the_first_is_missing(tmp_path):
    """A project may have dropped it, since nothing of ours but the example has notes."""
    assert 0 == manage("provider", tmp_path, "migrate", "oauth").returncode
    with closing(sqlite3.connect(tmp_path / "provider.sqlite")) as connection:
        connection.execute("DROP TABLE oauth_note")
    for arguments in (("migrate",), ("shell", "--no-imports", "-c", NOTES)):
        done = manage("provider", tmp_path, *arguments)
        assert 0 == done.returncode, done.stderr
    assert "['new']\n" == done.stdout


@pytest.mark.parametrize("role", SETTINGS)
def test_django_finds_nothing_to_complain_about(role, tmp_path):
    """`check --deploy` behind https has no warning, and no model waits for a migration."""
    for arguments in (
        ("check", "--deploy", "--fail-level", "WARNING"),
        ("makemigrations", "--check", "--dry-run"),
    ):
        done = manage(role, tmp_path, *arguments)
        assert (0, "") == (
            done.returncode,
            done.stderr.replace(
                "System check identified no issues (2 silenced).\n", ""
            ),
        )


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Serve a provider with one operator, and return its URL."""
    folder = tmp_path_factory.mktemp("django-admin")
    for arguments in (
        ("migrate",),
        (
            "createsuperuser",
            "--noinput",
            "--username",
            "operator",
            "--email",
            "operator@people.example",
        ),
    ):
        done = manage(
            "provider",
            folder,
            *arguments,
            DJANGO_SUPERUSER_PASSWORD="a password of an operator",
        )
        assert 0 == done.returncode, done.stderr
    server = Server(
        "django", "provider", folder, database=f"sqlite:///{folder}/provider.sqlite"
    ).start()
    yield server.url
    assert 0 == server.stop()
    assert "Traceback" not in server.log.read_text()


def test_operators_sign_in_where_everybody_does(url):
    """The admin site sends to `/login` and takes no password itself: wrong ones are counted in one place."""
    browser = Browser()
    assert f"{url}/admin/login/?next=/admin/" == location(browser.get(f"{url}/admin/"))
    form = browser.follow(browser.get(f"{url}/admin/"))
    assert f"{url}/login?next=%2Fadmin%2F" == str(form.request.url).replace(
        "next=/admin/", "next=%2Fadmin%2F"
    )
    token = dict(Page(form).form("username").fields)["csrf_token"]
    posted = {
        "username": "operator",
        "password": "a password of an operator",
        "csrfmiddlewaretoken": token,
    }
    refused = browser.request("POST", f"{url}/admin/login/?next=/admin/", data=posted)
    assert f"{url}/login?next=/admin/" == location(refused)
    site = browser.follow(
        browser.submit(form, username=posted["username"], password=posted["password"])
    )
    assert (200, True) == (site.status_code, "Site administration" in site.text)


def test_the_admin_site_closes_with_the_session_in_the_store(url):
    """Signing out everywhere ends the other browsers' work there too (OWASP ASVS 5.0 §7.4)."""
    here, there = Browser(), Browser()
    for browser in (here, there):
        form = browser.follow(browser.get(f"{url}/admin/"))
        browser.submit(form, username="operator", password="a password of an operator")
        assert 200 == browser.get(f"{url}/admin/").status_code
    here.submit(here.get(f"{url}/account"), button=("everywhere", "yes"))
    assert f"{url}/admin/login/?next=/admin/" == location(there.get(f"{url}/admin/"))


def test_the_admin_site_has_its_files_and_no_script_of_others(url):
    """Stylesheets and scripts come from this host; the policy allows no others, no inline script, and no frame."""
    browser = Browser()
    form = browser.follow(browser.get(f"{url}/admin/"))
    site = browser.follow(
        browser.submit(form, username="operator", password="a password of an operator")
    )
    policy = site.headers["content-security-policy"]
    assert (
        "default-src 'self'" in policy,
        "frame-ancestors 'none'" in policy,
        "unsafe" in policy,
    ) == (True, True, False)
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', site.text)
    assert any(file.endswith(".css") for file in files)
    assert any(file.endswith(".js") for file in files)
    for file in files:
        answer = send("GET", f"{url}{file}")
        assert 200 == answer.status_code, file
        assert "access-control-allow-origin" not in answer.headers


def test_another_host_is_a_page_with_400(url):
    """A request for a host that is not ours is refused by a page like any other."""
    answer = raw(url, "GET", b"/login", {"Host": "evil.example"})
    assert 400 == answer.status
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert b"evil.example" not in answer.body
