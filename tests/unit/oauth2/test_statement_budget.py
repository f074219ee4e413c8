"""What each step costs the store, exactly: a statement more is a decision, not an accident."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from tests.unit.oauth2.server import SECRET, Server, response_of


class Trace:
    """Counts what SQLite is told, as SQLite itself reports it."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @property
    def statements(self) -> int:
        return sum(not line.startswith(("BEGIN", "COMMIT")) for line in self.lines)

    @property
    def commits(self) -> int:
        """Explicit ones, and one for each statement that writes on its own."""
        began = commits = 0
        for line in self.lines:
            began += line.startswith("BEGIN")
            commits += line.startswith("COMMIT")
            commits += not began and line.startswith(("INSERT", "UPDATE", "DELETE"))
        return commits


@pytest.fixture
def cost(server: Server) -> Callable[[Callable[[], Any]], tuple[int, int]]:
    trace = Trace()

    def connected(connection: sqlite3.Connection, record: Any) -> None:
        connection.set_trace_callback(trace.lines.append)

    event.listen(server.store.engine, "connect", connected)
    server.store.close()
    server.store.ping()
    assert trace.lines, "SQLite reports nothing"

    def measure(step: Callable[[], Any]) -> tuple[int, int]:
        trace.lines.clear()
        step()
        return trace.statements, trace.commits

    return measure


Cost = Callable[[Callable[[], Any]], tuple[int, int]]


@pytest.fixture(autouse=True)
def _warm(server: Server) -> None:
    """Make the signing keys before anything is counted."""
    server.tokens()


def test_client_credentials_cost_three_statements_and_a_commit(server: Server, cost: Cost) -> None:
    """The keys and the client are read, the token is written."""
    assert (3, 1) == cost(lambda: server.token(auth=("machine", SECRET), grant_type="client_credentials"))


def test_an_authorization_that_was_agreed_to_costs_four_statements_and_a_commit(server: Server, cost: Cost) -> None:
    """The client, the user and the consent are read, the code is written."""
    request = server.authorization_request()

    def authorize() -> None:
        response_of(lambda: server.provider.oauth2.ask(request, server.visitor))

    assert (4, 1) == cost(authorize)


def test_an_agreement_costs_four_statements_and_a_commit(server: Server, cost: Cost) -> None:
    """The client and the user are read, the consent and the code are written together."""
    assert (4, 1) == cost(server.decide)


def test_a_code_exchange_costs_five_statements_and_a_commit(server: Server, cost: Cost) -> None:
    """The client is read, the code claimed, two tokens written; the keys are read, so that one that has just ended signs nothing."""
    code = server.code()

    assert (5, 1) == cost(lambda: server.redeem(code))


def test_a_refresh_costs_five_statements_and_a_commit(server: Server, cost: Cost) -> None:
    """The client is read, the old token claimed, two new ones written; and the keys are read."""
    refresh_token = server.tokens()["refresh_token"]

    assert (5, 1) == cost(lambda: server.refresh(refresh_token))


def test_a_check_of_the_api_costs_one_statement(server: Server, cost: Cost) -> None:
    """One indexed read."""
    token = server.tokens()["access_token"]

    assert (1, 0) == cost(lambda: server.api(token))
