"""What web2py makes of a request, of its users, and of a crash, and what the examples let it make."""

import json
import pickle
import re
import sqlite3
from base64 import b64encode
from pathlib import Path

import pytest

from tests.driving import seed
from tests.driving.browser import Browser, Page
from tests.driving.provider import Provider, heading
from tests.driving.raw import raw
from tests.driving.serving import Server

FOLDER = Path(__file__).parents[1]
ROLES = ("provider", "consumer")


class Examples:
    """Both roles, served, with a database file each."""

    def __init__(self, folder, framework):
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
                framework,
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

    def execute(self, role, statement):
        """Return what a statement finds in the database of a role."""
        with sqlite3.connect(self.databases[role], timeout=30) as connection:
            return connection.execute(statement).fetchall()


@pytest.fixture(scope="module", params=["web2py"])
def examples(request, tmp_path_factory):
    """Serve both roles."""
    served = Examples(tmp_path_factory.mktemp("web2py"), request.param)
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


def test_passwords_are_hashed_as_often_as_today_asks_for(examples):
    """The hash says which algorithm made it; web2py's own default is 1000 rounds."""
    hashes = [
        row[0] for row in examples.execute("provider", "SELECT password FROM auth_user")
    ]
    assert hashes
    assert {"pbkdf2(210000,64,sha512)"} == {
        stored.partition("$")[0] for stored in hashes
    }


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
