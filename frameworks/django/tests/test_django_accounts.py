"""The consumer's own users: found again by the provider and the subject, by nothing else."""

import json
import sqlite3
from contextlib import closing

import pytest

from frameworks.serve import free_port
from tests.conformance.facts import is_page
from tests.driving import seed
from tests.driving.browser import Browser, Page, location
from tests.driving.seed import ALICE, BOB
from tests.driving.serving import Server


class Consumer:
    """A served consumer and its database."""

    def __init__(self, url, database):
        self.url = url
        self.database = database

    def query(self, statement):
        with closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(statement).fetchall()

    def sign_in(self, user, name="cookbook"):
        """Sign in at the provider and agree there; return the browser and the answer of the callback."""
        browser = Browser()
        token = dict(Page(browser.get(f"{self.url}/")).forms[0].fields)["csrf_token"]
        answer = browser.request(
            "POST", f"{self.url}/login/{name}", data={"csrf_token": token}
        )
        answer = browser.follow(browser.get(location(answer)))
        answer = browser.follow(
            browser.submit(answer, username=user["username"], password=user["password"])
        )
        if answer.status_code == 200:
            answer = browser.submit(answer, button=("decision", "allow"))
        return browser, browser.get(location(answer))


@pytest.fixture(scope="module")
def consumer(tmp_path_factory):
    """Serve a consumer, and a provider where Alice and Bob say that they have the same e-mail address."""
    folder, port = tmp_path_factory.mktemp("django-accounts"), free_port()
    document = seed.document(f"http://127.0.0.1:{port}")
    document["users"] = [
        {**user, "email": "shared@people.example"} for user in (ALICE, BOB)
    ]
    (folder / "seed.json").write_text(json.dumps(document))
    provider = Server(
        "django", "provider", folder, seed=str(folder / "seed.json")
    ).start()
    (folder / "providers.toml").write_text(seed.providers(provider.url))
    files = {
        "database": f"sqlite:///{folder}/consumer.sqlite",
        "providers": str(folder / "providers.toml"),
    }
    server = Server("django", "consumer", folder, port=port, **files).start()
    yield Consumer(server.url, folder / "consumer.sqlite")
    assert [0, 0] == [server.stop(), provider.stop()]


def test_a_user_is_a_provider_and_a_subject(consumer):
    """Who comes again is the same user; the same e-mail address, or the same subject of another provider, is another user's."""
    for user, name in (
        (ALICE, "cookbook"),
        (ALICE, "cookbook"),
        (BOB, "cookbook"),
        (ALICE, "cookbook-oauth1"),
    ):
        assert f"{consumer.url}/profile" == location(consumer.sign_in(user, name)[1])
    identities = consumer.query(
        "SELECT user_id, provider, subject FROM accounts_identity"
    )
    assert (3, 3) == (
        len({user_id for user_id, _, _ in identities}),
        len({identity[1:] for identity in identities}),
    )
    assert ["cookbook", "cookbook", "cookbook-oauth1"] == sorted(
        provider for _, provider, _ in identities
    )


def test_nobody_has_a_password_here(consumer):
    """A user is made without one, and without an address to which one could be sent."""
    consumer.sign_in(ALICE)
    users = consumer.query("SELECT password, email FROM auth_user")
    assert users
    assert all(password.startswith("!") and not email for password, email in users)


def test_a_user_who_was_deactivated_is_out_at_once(consumer):
    """The session ends, a new sign-in is refused with 403, and no tokens are left of it."""
    browser, _ = consumer.sign_in(BOB)
    assert 200 == browser.get(f"{consumer.url}/profile").status_code
    consumer.query("UPDATE auth_user SET is_active = 0")
    assert f"{consumer.url}/" == location(browser.get(f"{consumer.url}/profile"))
    before = consumer.query("SELECT count(*) FROM oauth_consumer_sealedvalue")
    browser, answer = consumer.sign_in(BOB)
    is_page(answer, 403)
    assert before == consumer.query("SELECT count(*) FROM oauth_consumer_sealedvalue")
    assert f"{consumer.url}/" == location(browser.get(f"{consumer.url}/profile"))
