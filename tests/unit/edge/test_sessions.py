"""Sign-in sessions: they end when they are ended, and a copied cookie with them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete

from shared_validator.accounts import new_user
from shared_validator.accounts.users import disable_user, set_password
from shared_validator.edge.sessions import ConsumerSession, SessionVisitor, SignInSessions, check_csrf, csrf_token, sign, unsign
from shared_validator.http import FORM, Refused, Request
from shared_validator.store import User
from shared_validator.store.sql import SQLStore, schema
from shared_validator.vault import digest
from tests.unit.oauth2.server import Clock


@pytest.fixture(scope="module")
def alice() -> User:
    """A user; hashing a password takes long, so it is done once."""
    return new_user("alice", "correct horse")


@pytest.fixture
def clock() -> Clock:
    """The time, set by hand."""
    return Clock()


@pytest.fixture
def store(sqlite_url: str, alice: User) -> Iterator[SQLStore]:
    """A store with one user."""
    store = SQLStore(sqlite_url)
    store.save_user(alice)
    yield store
    store.close()


@pytest.fixture
def sessions(store: SQLStore, clock: Clock) -> SignInSessions:
    """Sessions of a day, or of an hour without a request."""
    return SignInSessions(store, clock, 86_400, 3_600)


def signed_in(sessions: SignInSessions, user: User, **held: Any) -> dict[str, Any]:
    """Sign in, and return what the framework's session holds."""
    session: dict[str, Any] = dict(held)
    SessionVisitor(sessions, session).log_in(user)
    return session


def user_of(sessions: SignInSessions, session: dict[str, Any]) -> str | None:
    """Return whom a request with this session comes from."""
    return SessionVisitor(sessions, session).user_id


def test_a_sign_in_begins_a_new_session(sessions: SignInSessions, clock: Clock, alice: User) -> None:
    """Session fixation: nothing of the old session is left but that it has ended."""
    session = signed_in(sessions, alice, csrf_token="old", anything="else")
    first = dict(session)
    assert {"session_id"} == set(session)
    assert (alice.user_id, int(clock())) == (user_of(sessions, session), SessionVisitor(sessions, session).auth_time)

    SessionVisitor(sessions, session).log_in(alice)
    assert first != session
    assert user_of(sessions, first) is None


def test_the_store_holds_the_digest_of_the_identifier_alone(sessions: SignInSessions, store: SQLStore, alice: User) -> None:
    """Who reads the database cannot take over a session."""
    identifier = signed_in(sessions, alice)["session_id"]
    (session,) = store.sessions(alice.user_id, 0)
    assert digest(identifier) == session.session_hash
    assert "password" == session.method


@pytest.mark.fault(1)
def test_a_copied_cookie_ends_with_its_session(sessions: SignInSessions, alice: User) -> None:
    """OWASP ASVS §7.4: signing out ends the session, not just the cookie of this browser."""
    session = signed_in(sessions, alice)
    copy, other = dict(session), signed_in(sessions, alice)

    SessionVisitor(sessions, session).log_out()

    assert {} == session
    assert (None, alice.user_id) == (user_of(sessions, copy), user_of(sessions, other))


def test_signing_out_everywhere_ends_every_session(sessions: SignInSessions, alice: User) -> None:
    """One request ends the sessions of all browsers."""
    here, elsewhere = signed_in(sessions, alice), signed_in(sessions, alice)
    copy = dict(here)

    SessionVisitor(sessions, here).log_out(everywhere=True)

    assert (None, None) == (user_of(sessions, copy), user_of(sessions, elsewhere))


@pytest.mark.fault(1)
@pytest.mark.parametrize(
    "change",
    [
        lambda store, user: set_password(store, user.user_id, "battery staple"),
        lambda store, user: disable_user(store, user.user_id),
        lambda store, user: store.delete_user(user.user_id),
    ],
    ids=["a new password", "disabled", "deleted"],
)
def test_what_happens_to_the_user_ends_the_sessions(
    sessions: SignInSessions, store: SQLStore, alice: User, change: Callable[[SQLStore, User], None]
) -> None:
    """A new password, a disabled and a deleted user leave no session alive."""
    session = signed_in(sessions, alice)
    change(store, alice)
    assert user_of(sessions, session) is None


@pytest.mark.fault(1)
def test_a_session_ends_with_the_row_of_its_user(sessions: SignInSessions, store: SQLStore, alice: User) -> None:
    """Users may be deleted with the tools of the database, or in a framework's own table, so that nothing else of theirs goes."""
    session = signed_in(sessions, alice)
    with store.engine.begin() as connection:
        connection.execute(delete(schema.users))
    assert user_of(sessions, session) is None


def test_a_session_ends_without_requests_and_at_its_end(sessions: SignInSessions, clock: Clock, alice: User) -> None:
    """An hour without a request ends it, and a day ends it in any case."""
    idle, used = signed_in(sessions, alice), signed_in(sessions, alice)
    for _ in range(46):
        clock.time += 1_800
        assert alice.user_id == user_of(sessions, used)
    assert user_of(sessions, idle) is None
    clock.time += 3_599
    assert alice.user_id == user_of(sessions, used)
    clock.time += 1
    assert user_of(sessions, used) is None


@pytest.mark.parametrize("forged", [None, "", "unknown", "x" * 100_000, "é\ud800"])
def test_a_forged_identifier_is_nobody(sessions: SignInSessions, forged: str | None) -> None:
    """An identifier that was never issued opens nothing."""
    assert user_of(sessions, {"session_id": forged}) is None


def test_a_framework_can_bring_its_own_csrf_token(sessions: SignInSessions) -> None:
    """The forms of the pages carry the token that the framework checks."""
    assert "theirs" == SessionVisitor(sessions, {}, lambda: "theirs").csrf_token
    session: dict[str, Any] = {}
    assert SessionVisitor(sessions, session).csrf_token == session["csrf_token"] == csrf_token(session)


def posted(body: bytes, content_type: str = FORM) -> Request:
    """Return a POST."""
    return Request("POST", "https://provider.example/login", {"content-type": content_type}, body)


def test_a_form_brings_back_the_token_of_its_session() -> None:
    """The session's own token passes, and a request that changes nothing needs none."""
    check_csrf(posted(b"csrf_token=t%C3%B6ken&a=1"), {"csrf_token": "t\u00f6ken"})
    check_csrf(Request("GET", "https://provider.example/login", {}), {})


@pytest.mark.parametrize(
    ("request_", "session"),
    [
        (posted(b"csrf_token=other"), {"csrf_token": "token"}),
        (posted(b"csrf_token="), {"csrf_token": ""}),
        (posted(b"csrf_token="), {}),
        (posted(b"csrf_token=None"), {"csrf_token": None}),
        (posted(b"a=1"), {"csrf_token": "token"}),
        (posted(b"csrf_token=token&csrf_token=token"), {"csrf_token": "token"}),
        (posted(b"csrf_token=%ff"), {"csrf_token": "token"}),
        (posted(b"csrf_token=token", "application/json"), {"csrf_token": "token"}),
    ],
)
def test_any_other_form_is_refused_and_begins_no_session(request_: Request, session: dict[str, Any]) -> None:
    """Another site's form arrives without our cookie: the refusal must not put a new session in its place."""
    before = dict(session)
    with pytest.raises(Refused) as refused:
        check_csrf(request_, session)
    assert 400 == refused.value.response.status
    assert before == session


def test_a_consumers_session_binds_the_attempt_and_names_the_login() -> None:
    """Nothing survives the sign-in (session fixation): from then on, the ID of the login is what binds an attempt."""
    session: dict[str, Any] = {"csrf_token": "old"}
    visit = ConsumerSession(session)
    browser = visit.browser
    assert browser == visit.browser
    assert visit.login_id is None

    visit.begin("login")
    assert ({"login_id": "login"}, "login") == (session, visit.browser)
    assert "login" == visit.end()
    assert ({}, None) == (session, visit.end())


@pytest.mark.fault(7)
@pytest.mark.parametrize("cookie", ["", ".", "1:key", "1:key.", "1:key.00", "2:key.{}", "1:key.{}0", ".{}", "{}", "1:k\u00e9y.{}"])
def test_a_cookie_that_was_not_signed_is_nothing(cookie: str) -> None:
    """OWASP ASVS 5.0 §7.2: who reads a table of sessions cannot make their cookies."""
    signed = sign("1:key", "secret")

    assert "1:key" == unsign(signed, "secret")
    assert "" == unsign(cookie.format(signed.rpartition(".")[2]), "secret") == unsign(signed, "another secret")
