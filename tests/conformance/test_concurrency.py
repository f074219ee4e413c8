"""Many at once, over several server processes with one database: one winner, and no acknowledged token lost."""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from frameworks.serve import free_port
from tests.conformance.conftest import complaints
from tests.driving import seed
from tests.driving.browser import Browser, send
from tests.driving.provider import Provider, redemption
from tests.driving.seed import ALICE, DEVICE, HMAC_CONSUMER, LIMITED, SERVICE, WEB
from tests.driving.serving import Server

pytestmark = pytest.mark.tier("deployment")

PROCESSES = 3
AT_ONCE = 16


class Cluster:
    """Several processes of one provider, as they would stand behind a load balancer."""

    def __init__(self, framework: str, folder: Path, database: str) -> None:
        ports = [free_port() for _ in range(PROCESSES)]
        self.issuer = f"http://127.0.0.1:{ports[0]}"
        environ = {"OAUTH_ISSUER": self.issuer, "SESSION_SECRET": secrets.token_urlsafe(32)}
        (folder / "seed.json").write_text(json.dumps(seed.document()))
        seeds = [{"seed": str(folder / "seed.json")}, *[{}] * (PROCESSES - 1)]
        self.servers = [
            Server(framework, "provider", folder, port=port, environ=environ, database=database, **more)
            for port, more in zip(ports, seeds, strict=True)
        ]
        # The first one makes the tables.
        self.servers[0].start()
        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(Server.start, self.servers[1:]))
        self.providers = [Provider(server.url, self.issuer) for server in self.servers]
        self.first = self.providers[0]
        # One browser that every process knows, as it would behind one host name.
        self.alice = self.first.sign_in(ALICE)
        for server in self.servers[1:]:
            self.alice.cookies[f"127.0.0.1:{server.port}"] = dict(self.alice.cookies[f"127.0.0.1:{ports[0]}"])

    def at_once(self, ask: Callable[[Provider], httpx2.Response], times: int = AT_ONCE) -> list[httpx2.Response]:
        """Return the answers to simultaneous requests, spread over the processes."""
        barrier = threading.Barrier(times)

        def one(number: int) -> httpx2.Response:
            barrier.wait()
            return ask(self.providers[number % PROCESSES])

        with ThreadPoolExecutor(times) as pool:
            return list(pool.map(one, range(times)))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def cluster(
    request: pytest.FixtureRequest,
    provider_framework: str,
    tmp_path_factory: pytest.TempPathFactory,
    new_postgresql_database: Callable[[], str],
) -> Iterator[Cluster]:
    """A cluster on SQLite, and one on PostgreSQL. No log of it may hold a secret or a traceback."""
    folder = tmp_path_factory.mktemp(f"cluster-{request.param}")
    database = f"sqlite:///{folder}/cluster.sqlite" if request.param == "sqlite" else new_postgresql_database()
    cluster = Cluster(provider_framework, folder, database)
    yield cluster
    statuses = [server.stop() for server in cluster.servers]
    assert [0] * PROCESSES == statuses
    assert [] == [complaint for server in cluster.servers for complaint in complaints(server.log)]


def statuses(answers: list[httpx2.Response]) -> dict[int, int]:
    """Count the answers by status."""
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}


def winner(answers: list[httpx2.Response]) -> httpx2.Response:
    """Return the one answer that is a success."""
    return next(answer for answer in answers if answer.status_code == 200)


def test_rfc6749_4_1_2_of_simultaneous_redemptions_one_wins(cluster: Cluster) -> None:
    """Trap 3: of 16 redemptions over three processes one gets tokens, the others ``invalid_grant``; the replay ends the tokens."""
    request = cluster.first.authorization(WEB)
    code = cluster.first.code(cluster.alice, request)
    answers = cluster.at_once(lambda provider: provider.token(WEB, redemption(request, code)))
    assert {200: 1, 400: AT_ONCE - 1} == statuses(answers)
    assert {"invalid_grant"} == {answer.json()["error"] for answer in answers if answer.status_code == 400}
    tokens = winner(answers).json()
    # Whoever came second has shown that the code was stolen, or the winner's answer was.
    assert 401 == cluster.first.api(tokens["access_token"]).status_code


def test_rfc9700_4_14_2_of_simultaneous_refreshes_one_wins(cluster: Cluster) -> None:
    """Mistake 6: 16 uses of one refresh token over three processes: one gets tokens, and the reuse ends the family."""
    tokens = cluster.first.tokens(cluster.alice, WEB)
    answers = cluster.at_once(lambda provider: provider.refresh(WEB, tokens["refresh_token"]))
    assert {200: 1, 400: AT_ONCE - 1} == statuses(answers)
    renewed = winner(answers).json()
    assert {"invalid_grant"} == {cluster.first.refresh(WEB, renewed["refresh_token"]).json()["error"]}
    assert 401 == cluster.first.api(renewed["access_token"]).status_code


def test_rfc8628_3_5_of_simultaneous_polls_one_wins(cluster: Cluster) -> None:
    """An approved device code gives tokens once."""
    codes = cluster.first.device(DEVICE, scope="profile")
    cluster.first.type_code(cluster.alice, codes["user_code"])
    answers = cluster.at_once(lambda provider: provider.poll(DEVICE, codes["device_code"]))
    assert {200: 1, 400: AT_ONCE - 1} == statuses(answers)


def test_rfc5849_2_3_of_simultaneous_exchanges_one_wins(cluster: Cluster) -> None:
    """Temporary credentials buy token credentials once, though each request has a nonce of its own."""
    temporary = cluster.first.temporary_credentials(HMAC_CONSUMER)
    verifier = cluster.first.verifier(cluster.alice, temporary)
    answers = cluster.at_once(lambda provider: provider.signed(HMAC_CONSUMER, "/oauth1/access_token", temporary, verifier=verifier))
    assert {200: 1, 401: AT_ONCE - 1} == statuses(answers)


def test_rfc5849_3_3_of_simultaneous_replays_one_is_taken(cluster: Cluster) -> None:
    """One signed request sent 16 times to three processes is one request: the nonce is spent for all of them."""
    token = cluster.first.oauth1_token(cluster.alice, HMAC_CONSUMER)
    url, headers, content = cluster.first.sign(HMAC_CONSUMER, "/api/notes", token, body={"text": "once"})
    path = url.removeprefix(cluster.first.url)
    answers = cluster.at_once(lambda provider: send("POST", f"{provider.url}{path}", headers=headers, content=content))
    assert {201: 1, 401: AT_ONCE - 1} == statuses(answers)
    notes = cluster.first.signed(HMAC_CONSUMER, "/api/notes", token, method="GET").json()["notes"]
    assert 1 == [note["text"] for note in notes].count("once")


def test_failed_sign_ins_are_limited_across_processes(cluster: Cluster) -> None:
    """Guesses spread over the processes, and made at once, are counted together: ten are looked at."""
    visitors = {}
    for provider in cluster.providers:
        browser = Browser()
        visitors[provider.url] = (browser, browser.get(f"{provider.url}/login"))

    busy = []

    def guess(provider: Provider) -> httpx2.Response:
        browser, form = visitors[provider.url]
        while True:
            answer = browser.twin().submit(form, username=LIMITED[0]["username"], password="guess")
            if answer.status_code != 503:
                return answer
            busy.append(answer)  # too many passwords are being hashed: the guess was not looked at, and is given back

    answers = statuses(cluster.at_once(guess))
    assert {422, 429} == answers.keys()
    assert AT_ONCE == answers[422] + answers[429]
    assert 10 - len(busy) <= answers[422] <= 10


def test_one_session_is_known_to_every_process(cluster: Cluster) -> None:
    """Who signed in at one process is signed in at all, and what one issued the others take, refresh and revoke."""
    one, two, three = cluster.providers
    request = two.authorization(WEB)
    tokens = three.redeem(request, two.code(cluster.alice, request)).json()
    renewed = one.refresh(WEB, tokens["refresh_token"]).json()
    assert 200 == two.api(renewed["access_token"]).status_code
    assert 200 == three.call("/oauth2/revoke", WEB, {"token": renewed["access_token"]}).status_code
    assert 401 == one.api(renewed["access_token"]).status_code
    keys = [send("GET", f"{provider.url}/.well-known/jwks.json").json()["keys"] for provider in cluster.providers]
    assert {key["kid"] for key in keys[0]} == {key["kid"] for key in keys[1]} == {key["kid"] for key in keys[2]}


def test_a_killed_process_loses_no_acknowledged_token(cluster: Cluster) -> None:
    """``kill -9`` while tokens are issued: each one that a client was told of works, at the others and after a restart."""
    victim, server = cluster.providers[-1], cluster.servers[-1]
    acknowledged: list[str] = []
    stopped = threading.Event()

    def issue() -> None:
        while not stopped.is_set():
            try:
                acknowledged.append(victim.client_token(SERVICE, scope="notes:read")["access_token"])
            except (httpx2.TransportError, AssertionError):
                return

    threads = [threading.Thread(target=issue) for _ in range(4)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 10
    while len(acknowledged) < 100 and time.monotonic() < deadline:
        time.sleep(0.01)
    server.kill()
    stopped.set()
    for thread in threads:
        thread.join()
    assert len(acknowledged) >= 20
    server.start()
    for provider in (cluster.first, victim):
        assert {200: len(acknowledged)} == statuses([provider.api(token, "/api/notes") for token in acknowledged])
