"""An asynchronous example waits for its store on a worker thread: meanwhile its event loop answers others."""

import json
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing

import pytest

from frameworks.manifests import ROLES, manifests
from frameworks.serve import free_port
from tests.driving.browser import Browser, send
from tests.driving.frameworks import having

KINDS = {"provider": ("endpoint", "page"), "consumer": ("page",)}
ASYNCHRONOUS = [(name, role, kind) for role in ROLES for name in having(role) if manifests()[name].kind != "wsgi" for kind in KINDS[role]]
CLIENT = {
    "client_id": "machine",
    "client_secret": "a-secret-of-a-machine-for-a-test",
    "grant_types": ["client_credentials"],
    "scope": "notes:read",
    "token_endpoint_auth_method": "client_secret_post",
}
# Its endpoints are known without asking anybody, so nothing but the store takes time.
PROVIDERS = '[github]\npreset = "github"\nclient_id = "consumer"\nclient_secret = "a-secret-for-a-test"\n'


@pytest.fixture(params=ASYNCHRONOUS, ids=" ".join)
def served(run, request, tmp_path):
    """Serve an asynchronous example; its URL, what of it writes to the store, and its database."""
    name, role, kind = request.param
    database, port = tmp_path / "store.sqlite", free_port()
    seed, providers = tmp_path / "seed.json", tmp_path / "providers.toml"
    seed.write_text(json.dumps({"clients": [CLIENT]}))
    providers.write_text(PROVIDERS)
    options = {"provider": ("--seed", seed), "consumer": ("--providers", providers)}[role]
    command = run("-m", "frameworks.serve", name, role, "--port", port, "--database", f"sqlite:///{database}", *options)
    url = f"http://127.0.0.1:{port}"
    assert f"ready {url}" == command.line(), command.said()
    yield url, (role, kind), database
    command.end(signal.SIGTERM)


def writer(url, role, kind):
    """Return a request that writes to the store, and the status that it is answered with; what it needs before is done."""
    if kind == "endpoint":
        form = {"grant_type": "client_credentials", "client_id": CLIENT["client_id"], "client_secret": CLIENT["client_secret"]}
        return (lambda: send("POST", f"{url}/oauth2/token", data=form)), 200
    browser = Browser()
    if role == "provider":
        form = browser.get(f"{url}/login")
        return (lambda: browser.submit(form, username="nobody", password="wrong")), 422
    home = browser.get(f"{url}/")
    return (lambda: browser.submit(home)), 302


def test_others_are_answered_while_a_request_waits_for_the_store(served):
    """A writer waits for SQLite's lock; the one process answers whoever needs no store before the lock is free, so before the writer."""
    url, what, database = served
    write, status = writer(url, *what)
    with ThreadPoolExecutor() as pool, closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            pending = pool.submit(write)
            for _ in range(20):
                # The example's own limit is longer, so it is not what lets the writer go on.
                answer = pool.submit(send, "GET", f"{url}/static/style.css").result(timeout=15)
                assert 200 == answer.status_code
                assert set() == wait([pending], timeout=0.05).done
        finally:
            other.execute("ROLLBACK")
        assert status == pending.result(timeout=30).status_code
