"""What web2py makes of a request, of its users, and of a crash, and what the examples let it make."""

import json
import os
import pickle
import re
import sqlite3
import subprocess
from base64 import b64encode
from hashlib import pbkdf2_hmac
from pathlib import Path

import pytest

from frameworks.environments import python_for
from frameworks.manifests import manifests
from frameworks.serve import free_port
from frameworks.sources import find
from shared_validator.accounts.passwords import hash_password
from shared_validator.store.web2py import Web2pyStore
from shared_validator.vault import new_key
from tests.driving import seed
from tests.driving.browser import Browser, Page, location
from tests.driving.provider import Provider, heading
from tests.driving.raw import raw
from tests.driving.serving import Server

FOLDER = Path(__file__).parents[1]
ROLES = ("provider", "consumer")


class Examples:
    """Both roles, served, with a database file each."""

    def __init__(self, folder):
        seed_file, providers = folder / "seed.json", folder / "providers.toml"
        seed_file.write_text(json.dumps(seed.document()))
        providers.write_text(seed.providers("http://127.0.0.1:9"))
        files = {
            "provider": {"seed": str(seed_file)},
            "consumer": {"providers": str(providers)},
        }
        self.served = folder / "served"  # `serve` assembles the examples there
        self.served.mkdir()
        self.databases = {role: folder / f"{role}.sqlite" for role in ROLES}
        self.servers = {
            role: Server(
                "web2py",
                role,
                folder,
                database=f"sqlite:///{self.databases[role]}",
                environ={"TMPDIR": str(self.served)},
                **files[role],
            )
            for role in ROLES
        }
        self.url = {role: server.start().url for role, server in self.servers.items()}
        self.provider = Provider(self.url["provider"])

    def is_signed_in(self, browser):
        return 200 == browser.get(f"{self.url['provider']}/account").status_code

    def manage(self, *arguments):
        """Return what a command of the provider's operator prints."""
        manifest = manifests()["web2py"]
        (example,) = self.served.glob("*/example/applications/provider/../..")
        source = {manifest.source.variable: str(find(manifest.source, os.environ))}
        settings = {
            "DATABASE_URL": f"sqlite:///{self.databases['provider']}",
            "OAUTH_ISSUER": self.url["provider"],
            "OAUTH_SECRET_KEY": self.servers["provider"].secret_key,
            "SESSION_SECRET": new_key(),
        }
        ended = subprocess.run(
            [python_for(manifest), "manage.py", *arguments],
            cwd=example,
            env=os.environ | source | settings,
            capture_output=True,
            text=True,
            check=True,
        )
        return ended.stdout

    def execute(self, role, statement, *parameters):
        """Return what a statement finds in the database of a role."""
        with sqlite3.connect(self.databases[role], timeout=30) as connection:
            return connection.execute(statement, parameters).fetchall()


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    """Serve both roles."""
    served = Examples(tmp_path_factory.mktemp("web2py"))
    yield served
    assert [0, 0] == [server.stop() for server in served.servers.values()]


@pytest.mark.parametrize("role", ROLES)
def test_only_what_routes_py_names_leads_somewhere(examples, role):
    """Neither web2py's own paths, nor a path that holds a whole pattern of web2py's, nor one with a line break at its end."""
    known = {"provider": "/login", "consumer": "/"}[role]
    assert 200 == raw(examples.url[role], "GET", known.encode()).status
    for path in (
        f"/{role}/default/index",
        f"/{role}",
        "/admin",
        f"/x:http://host:get%20{known}",
        f"{known}%0A",
        f"{known}index.html",
    ):
        answer = raw(examples.url[role], "GET", path.encode())
        assert (404, True) == (
            answer.status,
            "content-security-policy" in answer.headers,
        ), path


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("provider", "/healthz"),
        ("provider", "/api/me"),
        ("provider", "/nothing"),
        ("consumer", "/healthz"),
    ],
)
def test_what_is_no_page_has_no_session(examples, role, path):
    """No cookie is set, and none is stored."""
    count = f"SELECT count(*) FROM web2py_session_{role}"  # noqa: S608
    before = examples.execute(role, count)
    assert (
        "set-cookie"
        not in raw(
            examples.url[role],
            "GET",
            path.encode(),
            {"Cookie": f"session_id_{role}=x; {role}_session=1:x"},
        ).headers
    )
    assert before == examples.execute(role, count)


@pytest.mark.parametrize("role", ROLES)
def test_the_cookie_of_another_application_signs_nobody_out(examples, role):
    """The session is found beside a cookie that Python's `http.cookies` cannot read."""
    path = {"provider": "/login", "consumer": "/"}[role].encode()
    session = (
        raw(examples.url[role], "GET", path).headers["set-cookie"].partition(";")[0]
    )
    answer = raw(
        examples.url[role],
        "GET",
        path,
        {"Cookie": f'theme={{"dark": true}}; {session}; other=a=b'},
    )
    assert session == answer.headers["set-cookie"].partition(";")[0]


def test_a_session_that_names_a_class_of_somebody_elses_is_none(examples):
    """Whoever can write to the table of the sessions cannot run code with it: nothing that is no session is unpickled."""
    browser = Browser()
    browser.get(f"{examples.url['provider']}/login")
    marker = FOLDER / "unpickled"

    class Attack:
        def __reduce__(self):
            return Path.touch, (marker,)

    with sqlite3.connect(examples.databases["provider"], timeout=30) as connection:
        connection.execute(
            "UPDATE web2py_session_provider SET session_data = ?",
            (b64encode(pickle.dumps(Attack())),),
        )  # as pydal keeps a blob
    assert 200 == browser.get(f"{examples.url['provider']}/login").status_code
    assert not marker.exists()


@pytest.mark.fault(7)
@pytest.mark.parametrize("role", ROLES)
def test_a_reader_of_the_database_cannot_take_over_a_session(examples, role):
    """OWASP ASVS 5.0 §7.2: the cookie is signed with a key that is not in the database."""
    path = {"provider": "/login", "consumer": "/"}[role].encode()
    url = examples.url[role]
    victims, readers = (
        raw(url, "GET", path).headers["set-cookie"].partition(";")[0] for _ in range(2)
    )
    rows = examples.execute(role, f"SELECT id, unique_key FROM web2py_session_{role}")  # noqa: S608
    stored = [f"{role}_session={number}:{key}" for number, key in rows]
    (victim,) = (row for row in stored if victims.startswith(row))
    for end in ("", ".", f".{readers.rpartition('.')[2]}"):
        answer = raw(url, "GET", path, {"Cookie": f"{victim}{end}"})
        assert 200 == answer.status
        assert victim not in answer.headers["set-cookie"], end
    altered = raw(
        url, "GET", path, {"Cookie": f"{victims}é".encode().decode("latin-1")}
    )
    assert victim not in altered.headers["set-cookie"]
    answer = raw(url, "GET", path, {"Cookie": victims})
    assert victims == answer.headers["set-cookie"].partition(";")[0]


@pytest.mark.fault(7)
def test_the_databases_are_readable_by_their_owner_alone(examples):
    """A reader of the file could take over sessions, and try passwords against the hashes."""
    files = [
        path
        for database in examples.databases.values()
        for path in database.parent.glob(f"{database.name}*")
    ]
    assert len(ROLES) <= len(files)
    assert {0o600} == {path.stat().st_mode & 0o777 for path in files}


def test_passwords_are_hashed_as_everywhere(examples):
    """The hash says which algorithm made it; web2py's own default is 1000 rounds of PBKDF2."""
    hashes = [
        row[0] for row in examples.execute("provider", "SELECT password FROM auth_user")
    ]
    assert hashes
    assert {"argon2id"} == {stored.split("$")[1] for stored in hashes}


def test_a_password_that_web2py_hashed_stays_valid(examples):
    """A user from before signs in; in its own hash web2py says which algorithm made it."""
    (known,) = examples.execute(
        "provider", "SELECT password FROM auth_user WHERE username = 'bob'"
    )[0]
    salt, rounds = "0123456789abcdef", 1000
    made = pbkdf2_hmac(
        "sha512", seed.BOB["password"].encode(), salt.encode(), rounds, 20
    ).hex()
    examples.execute(
        "provider",
        "UPDATE auth_user SET password = ? WHERE username = 'bob'",
        f"pbkdf2({rounds},20,sha512)${salt}${made}",
    )
    try:
        assert examples.is_signed_in(examples.provider.sign_in(seed.BOB))
    finally:
        examples.execute(
            "provider",
            "UPDATE auth_user SET password = ? WHERE username = 'bob'",
            known,
        )


def test_a_copied_cookie_is_worthless_after_signing_out(examples):
    """web2py's session and the one in the store end together (OWASP ASVS 5.0 §7.4)."""
    browser = examples.provider.sign_in(seed.ALICE)
    copy = browser.twin()
    assert examples.is_signed_in(copy)
    browser.submit(browser.get(f"{examples.url['provider']}/logout"))
    assert not examples.is_signed_in(copy)


def test_signing_out_everywhere_ends_the_other_sessions_at_once(examples):
    """A button on the account page; another user's session goes on."""
    here, there, other = (
        examples.provider.sign_in(user) for user in (seed.ALICE, seed.ALICE, seed.BOB)
    )
    here.submit(
        here.get(f"{examples.url['provider']}/account"), button=("everywhere", "yes")
    )
    assert [False, False, True] == [
        examples.is_signed_in(browser) for browser in (here, there, other)
    ]


def test_a_new_password_and_a_deleted_user_end_the_sessions(examples):
    """The store changes web2py's own table, and web2py checks what the store hashed."""
    store = Web2pyStore(f"sqlite:///{examples.databases['provider']}")
    user = store.user_by_name("bob")
    old = examples.provider.sign_in(seed.BOB)
    with store.transaction():
        assert store.set_password_hash(
            user.user_id, hash_password("another password of Bob")
        )
        store.end_sessions(user.user_id)
    assert not examples.is_signed_in(old)
    new = examples.provider.sign_in(
        {"username": "bob", "password": "another password of Bob"}
    )
    assert examples.is_signed_in(new)
    assert not store.set_password_hash(
        user.user_id, user.password_hash, instead_of="another hash"
    )
    assert store.set_password_hash(user.user_id, user.password_hash)
    examples.execute(
        "provider", "UPDATE auth_user SET sub = 'gone' WHERE sub = ?", user.user_id
    )
    try:
        assert not examples.is_signed_in(new)
    finally:
        examples.execute(
            "provider",
            "UPDATE auth_user SET sub = ? WHERE sub = 'gone'",
            user.user_id,
        )
    store.close()


def test_the_store_disables_and_deletes_web2pys_users(examples):
    """A registration key is how web2py blocks a user."""
    store = Web2pyStore(f"sqlite:///{examples.databases['provider']}")
    examples.execute(
        "provider",
        "INSERT INTO auth_user (sub, username, password, registration_key) VALUES ('s', 'dave', '', '')",
    )
    assert ("dave", False) == (store.user("s").name, store.user("s").disabled)
    assert store.set_disabled("s", True)
    assert (None, True) == (
        store.user("s"),
        store.user("s", include_disabled=True).disabled,
    )
    assert [("blocked",)] == examples.execute(
        "provider", "SELECT registration_key FROM auth_user WHERE sub = 's'"
    )
    store.delete_user("s")
    assert [] == examples.execute(
        "provider", "SELECT id FROM auth_user WHERE sub = 's'"
    )
    assert not store.set_disabled("s", False)
    store.close()


@pytest.mark.fault(3)
def test_an_operator_looks_after_web2pys_users(examples):
    """`manage.py` has the commands, and a blocked user's session and tokens end."""
    browser = examples.provider.sign_in(seed.ALICE)
    tokens = examples.provider.tokens(browser, seed.WEB)
    listed = [json.loads(line) for line in examples.manage("list-users").splitlines()]
    assert {"alice", "bob"} <= {user["username"] for user in listed}
    try:
        said = examples.manage("disable-user", "alice")
        assert "disabled alice, who is signed out everywhere\n" == said
        assert not examples.is_signed_in(browser)
        assert 401 == examples.provider.api(tokens["access_token"]).status_code
    finally:
        examples.manage("enable-user", "alice")


def test_a_path_of_the_public_url_is_in_links_forms_and_the_cookie(tmp_path):
    """Whether or not a proxy strips the path."""
    (tmp_path / "providers.toml").write_text(seed.providers("http://127.0.0.1:9"))
    port = free_port()
    environ = {"CONSUMER_URL": f"http://127.0.0.1:{port}/app"}
    server = Server(
        "web2py",
        "consumer",
        tmp_path,
        port=port,
        environ=environ,
        providers=str(tmp_path / "providers.toml"),
    ).start()
    for path in ("/app/", "/"):
        browser = Browser()
        home = browser.get(f"{server.url}{path}")
        assert (200, True) == (
            home.status_code,
            'href="/app/static/style.css"' in home.text,
        )
        assert {f"{server.url}/app/login/"} == {
            form.action.rpartition("/")[0] + "/" for form in Page(home).forms
        }
        assert any(
            "Path=/app;" in f"{header};" for header in browser.set_cookie_headers
        )
    assert f"{server.url}/app/" == location(Browser().get(f"{server.url}/app/profile"))
    assert 0 == server.stop()


def test_a_user_whom_web2py_has_blocked_is_none(examples):
    """A registration key refuses the sign-in, and ends what a session that goes on could do: no page, no consent."""
    browser = examples.provider.sign_in(seed.BOB)
    examples.execute(
        "provider",
        "UPDATE auth_user SET registration_key = 'blocked' WHERE username = 'bob'",
    )
    try:
        assert 302 == browser.get(f"{examples.url['provider']}/account").status_code
        fresh = Browser()
        form = fresh.get(f"{examples.url['provider']}/login")
        assert (
            422
            == fresh.submit(
                form, username=seed.BOB["username"], password=seed.BOB["password"]
            ).status_code
        )
    finally:
        examples.execute(
            "provider",
            "UPDATE auth_user SET registration_key = '' WHERE username = 'bob'",
        )


def test_a_sub_is_random(examples):
    """What clients know a user by is random, and not web2py's `id`."""
    for (sub,) in examples.execute("provider", "SELECT sub FROM auth_user"):
        assert re.fullmatch("[0-9a-f]{32}", sub)


def test_a_crash_keeps_what_was_typed_to_itself(examples):
    """The visitor sees a page, and the log a stack trace, without a password; no ticket is written, and no other file."""
    browser = Browser()
    form = browser.get(f"{examples.url['provider']}/login")
    examples.execute("provider", "ALTER TABLE auth_user RENAME TO gone")
    try:
        answer = browser.submit(
            form, username=seed.ALICE["username"], password=seed.ALICE["password"]
        )
    finally:
        examples.execute("provider", "ALTER TABLE gone RENAME TO auth_user")
    assert (500, True) == (
        answer.status_code,
        "content-security-policy" in answer.headers,
    )
    assert "Internal Server Error" in heading(answer)
    assert "ticket" not in Page(answer).text.lower()
    log = examples.servers["provider"].log.read_text()
    assert "no such table: auth_user" in log
    assert seed.ALICE["password"] not in log
    assert list(examples.served.rglob("routes.py"))
    assert [] == [
        path
        for path in examples.served.rglob("*")
        if path.name in ("errors", "sessions", "databases", "cache", "sql.log")
    ]
