"""An asynchronous example waits for its store on a worker thread: meanwhile its event loop answers others."""

import json
import signal
import sqlite3
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing

import pytest

from frameworks.manifests import ROLES, manifests
from frameworks.serve import free_port
from tests.driving.browser import Browser, send
from tests.driving.frameworks import having
from tests.driving.provider import Provider
from tests.driving.seed import Client

ASYNCHRONOUS = [(name, role) for role in ROLES for name in having(role) if manifests()[name].kind != "wsgi"]
USER = {"username": "zoe", "password": "a-password-for-a-test", "name": "Zoe", "email": "zoe@example.com"}
SERVICE = Client("machine", "a-secret-of-a-machine-for-a-test", "client_secret_post", redirect_uri="", scope="notes:write")
APP = Client("app", None, "none", "https://app.example/callback", scope="profile")
SEED = {
    "users": [USER],
    "clients": [
        {
            "client_id": SERVICE.client_id,
            "client_secret": SERVICE.client_secret,
            "grant_types": ["client_credentials"],
            "scope": SERVICE.scope,
            "token_endpoint_auth_method": SERVICE.method,
        },
        {"client_id": APP.client_id, "redirect_uris": [APP.redirect_uri], "scope": APP.scope, "token_endpoint_auth_method": APP.method},
    ],
}
# Its endpoints are known without asking anybody, so nothing but the store takes time.
PROVIDERS = '[github]\npreset = "github"\nclient_id = "consumer"\nclient_secret = "a-secret-for-a-test"\n'


@pytest.fixture(params=ASYNCHRONOUS, ids=" ".join)
def served(run, request, tmp_path):
    """Serve an asynchronous example; return its URL, its role and its database."""
    name, role = request.param
    database, port = tmp_path / "store.sqlite", free_port()
    seed, providers = tmp_path / "seed.json", tmp_path / "providers.toml"
    seed.write_text(json.dumps(SEED))
    providers.write_text(PROVIDERS)
    options = {"provider": ("--seed", seed), "consumer": ("--providers", providers)}[role]
    command = run("-m", "frameworks.serve", name, role, "--port", port, "--database", f"sqlite:///{database}", *options)
    url = f"http://127.0.0.1:{port}"
    assert f"ready {url}" == command.line(), command.said()
    yield url, role, database
    command.end(signal.SIGTERM)


def writers(url, role):
    """Return requests that write to the store, each with the status of its answer. What they need first is done."""
    if role == "consumer":
        browser = Browser()
        home = browser.get(f"{url}/")
        return [(lambda: browser.submit(home), 302)]
    provider, stranger = Provider(url), Browser()
    login = stranger.get(f"{url}/login")
    person = provider.sign_in(USER)
    consent = person.get(provider.authorization(APP).url)
    token = provider.client_token(SERVICE)["access_token"]
    return [
        (lambda: provider.token(SERVICE, {"grant_type": "client_credentials"}), 200),
        (lambda: provider.api(token, "/api/notes", "POST", data={"text": "a note"}), 201),
        (lambda: stranger.submit(login, username="nobody", password="wrong"), 422),
        (lambda: person.submit(consent, button=("decision", "allow")), 303),
    ]


def test_others_are_answered_while_requests_wait_for_the_store(served):
    """Writers wait for SQLite's lock; the one process answers a request that needs no store before the lock is free, so before them."""
    url, role, database = served
    writes = writers(url, role)
    with ThreadPoolExecutor() as pool, closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            pending = [pool.submit(write) for write, _ in writes]
            for _ in range(20):
                # The example's own limit is longer, so it is not what lets the writers go on.
                answer = pool.submit(send, "GET", f"{url}/static/style.css").result(timeout=15)
                assert 200 == answer.status_code
                assert set() == wait(pending, timeout=0.05, return_when=FIRST_COMPLETED).done
        finally:
            other.execute("ROLLBACK")
        assert [status for _, status in writes] == [write.result(timeout=30).status_code for write in pending]
