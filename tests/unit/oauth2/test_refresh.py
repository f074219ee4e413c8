"""Refresh tokens: rotation, the family that ends together, and the grace for a lost answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import delete, update

from shared_validator.store.sql import schema
from shared_validator.vault import digest
from tests.unit.oauth2.server import ISSUER, OTHER_API, Server


def test_a_refresh_gives_a_new_pair_and_ends_the_old_refresh_token(server: Server) -> None:
    """RFC 9700 §4.14.2; Mistake 6: rotation that works, and an old token that does not."""
    tokens = server.tokens()

    status, refreshed = server.refresh(tokens["refresh_token"])

    assert 200 == status
    assert tokens["refresh_token"] != refreshed["refresh_token"]
    assert tokens["access_token"] != refreshed["access_token"]
    assert 200 == server.api(refreshed["access_token"])
    assert 400 == server.refresh(tokens["refresh_token"])[0]


def test_a_used_refresh_token_ends_its_family(server: Server) -> None:
    """RFC 9700 §4.14.2: one of the two users of it is a thief, so both sign in again."""
    tokens = server.tokens()
    _, refreshed = server.refresh(tokens["refresh_token"])

    status, answer = server.refresh(tokens["refresh_token"])

    assert (400, "invalid_grant") == (status, answer["error"])
    assert 401 == server.api(tokens["access_token"])
    assert 401 == server.api(refreshed["access_token"])
    assert 400 == server.refresh(refreshed["refresh_token"])[0]


def test_another_family_of_the_same_user_lives_on(server: Server) -> None:
    """A revocation reaches what came of one grant, not everything of the user."""
    stolen, other = server.tokens(), server.tokens()
    server.refresh(stolen["refresh_token"])
    server.refresh(stolen["refresh_token"])

    assert 200 == server.api(other["access_token"])


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"refresh_token": "unknown"}, "invalid_grant"),
        ({"refresh_token": ""}, "invalid_request"),
        ({"scope": "notes:read unknown"}, "invalid_scope"),
        ({"resource": OTHER_API}, "invalid_target"),
    ],
)
def test_a_refused_refresh_leaves_the_token_usable(server: Server, form: dict[str, Any], error: str) -> None:
    """RFC 6749 §5.2, §6: nothing that a refused request did stays."""
    refresh_token = server.tokens()["refresh_token"]

    status, answer = server.token(grant_type="refresh_token", **({"refresh_token": refresh_token} | form))

    assert (400, error) == (status, answer["error"])
    assert 200 == server.refresh(refresh_token)[0]


@pytest.mark.fault(16)
def test_a_refresh_may_repeat_the_scope_of_the_openid_request(server: Server) -> None:
    """OpenID Connect Core §3.1.2.1: what means nothing here is left out again; what was not granted is refused (RFC 6749 §6)."""
    refresh_token = server.tokens(scope="openid notes:read unknown")["refresh_token"]

    assert "invalid_scope" == server.refresh(refresh_token, scope="openid notes:read notes:write unknown")[1]["error"]
    assert (200, "openid notes:read") == (
        (answer := server.refresh(refresh_token, scope="openid notes:read unknown"))[0],
        answer[1]["scope"],
    )


@pytest.mark.fault(16)
def test_a_refresh_does_not_become_an_openid_request(server: Server) -> None:
    """RFC 6749 §6: without openid in the grant, each scope must have been granted."""
    refresh_token = server.tokens(scope="notes:read")["refresh_token"]

    assert "invalid_scope" == server.refresh(refresh_token, scope="openid notes:read")[1]["error"]


def test_a_refresh_token_is_bound_to_its_client(server: Server) -> None:
    """RFC 6749 §6: another client is refused, and ends nothing."""
    refresh_token = server.tokens()["refresh_token"]

    status, answer = server.token(auth=None, client_id="app", grant_type="refresh_token", refresh_token=refresh_token)

    assert (400, "invalid_grant") == (status, answer["error"])
    assert 200 == server.refresh(refresh_token)[0]


def test_a_refresh_token_expires(server: Server) -> None:
    """RFC 9700 §4.14.2: after a time without use."""
    refresh_token = server.tokens()["refresh_token"]
    server.clock.time += 30 * 86400

    assert "invalid_grant" == server.refresh(refresh_token)[1]["error"]


def test_a_narrower_scope_is_for_this_access_token_only(server: Server) -> None:
    """RFC 6749 §6: the new refresh token keeps the scope of the old one."""
    _, narrow = server.refresh(server.tokens()["refresh_token"], scope="notes:read")
    assert "notes:read" == narrow["scope"]
    assert 403 == server.api(narrow["access_token"], "notes:write")

    _, wide = server.refresh(narrow["refresh_token"])
    assert 200 == server.api(wide["access_token"], "notes:write")


def test_of_simultaneous_uses_exactly_one_wins(server: Server) -> None:
    """RFC 9700 §4.14.2: rotation is atomic."""
    refresh_token = server.tokens()["refresh_token"]

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: server.refresh(refresh_token)[0], range(16)))

    assert [200] + [400] * 15 == sorted(statuses)


def test_of_simultaneous_redemptions_of_a_code_exactly_one_wins(server: Server) -> None:
    """Trap 3: the code is claimed before anything is issued."""
    code = server.code()

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(lambda _: server.redeem(code)[0], range(16)))

    assert [200] + [400] * 15 == sorted(statuses)


def test_within_the_grace_a_repetition_gets_the_same_answer(make_server: Any) -> None:
    """RFC 9700 §4.14.2 leaves room for lost answers: the repetition signs nobody out."""
    server: Server = make_server(refresh_grace_seconds=30)
    tokens = server.tokens()
    _, first = server.refresh(tokens["refresh_token"])
    server.clock.time += 29

    status, again = server.refresh(tokens["refresh_token"])

    assert (200, first) == (status, again)
    assert 200 == server.api(first["access_token"])


def test_after_the_grace_a_repetition_is_a_theft(make_server: Any) -> None:
    """RFC 9700 §4.14.2."""
    server: Server = make_server(refresh_grace_seconds=30)
    tokens = server.tokens()
    _, first = server.refresh(tokens["refresh_token"])
    server.clock.time += 30

    assert 400 == server.refresh(tokens["refresh_token"])[0]
    assert 401 == server.api(first["access_token"])


@pytest.mark.fault(24)
@pytest.mark.parametrize("uses", [1, 2])
def test_a_repetition_after_the_successor_was_used_is_a_theft(make_server: Any, uses: int) -> None:
    """RFC 9700 §4.14.2: a client that used the next token has not lost the response, so the family ends within the grace too."""
    server: Server = make_server(refresh_grace_seconds=30)
    first = latest = server.tokens()
    for _ in range(1 + uses):
        _, latest = server.refresh(latest["refresh_token"])

    assert 400 == server.refresh(first["refresh_token"])[0]
    assert 401 == server.api(latest["access_token"])
    assert 400 == server.refresh(latest["refresh_token"])[0]


@pytest.mark.fault(24)
@pytest.mark.parametrize("seconds", [1, 29, 3600, 86400])
def test_a_clock_set_back_lengthens_no_grace(make_server: Any, seconds: int) -> None:
    """RFC 9700 §4.14.2: a token that was used "in the future" is a used token."""
    server: Server = make_server(refresh_grace_seconds=30)
    tokens = server.tokens()
    server.refresh(tokens["refresh_token"])
    server.clock.time -= seconds

    assert 400 == server.refresh(tokens["refresh_token"])[0]


def test_the_grace_is_for_the_same_client_only(make_server: Any) -> None:
    """Another client learns nothing from a refresh token that it stole."""
    server: Server = make_server(refresh_grace_seconds=30)
    tokens = server.tokens()
    server.refresh(tokens["refresh_token"])

    assert 400 == server.token(auth=None, client_id="app", grant_type="refresh_token", refresh_token=tokens["refresh_token"])[0]


def test_the_answer_rests_encrypted_and_only_when_there_is_a_grace(make_server: Any) -> None:
    """Mistake 7: nothing that opens a door rests in clear text."""
    server: Server = make_server(refresh_grace_seconds=30)
    _, first = server.refresh(server.tokens()["refresh_token"])
    record = server.store.refresh_token(digest(first["refresh_token"]))
    assert record is not None
    assert record.sealed_answer is not None
    assert first["access_token"].encode() not in record.sealed_answer

    without: Server = make_server()
    _, first = without.refresh(without.tokens()["refresh_token"])
    record = without.store.refresh_token(digest(first["refresh_token"]))
    assert record is not None
    assert record.sealed_answer is None


def test_a_refreshed_id_token_keeps_the_time_of_the_sign_in_and_has_no_nonce(server: Server) -> None:
    """OpenID Connect Core §12.2."""
    import base64
    import json

    tokens = server.tokens(nonce="n-1")
    signed_in = int(server.clock())
    server.clock.time += 100

    _, refreshed = server.refresh(tokens["refresh_token"])

    claims = json.loads(base64.urlsafe_b64decode(refreshed["id_token"].split(".")[1] + "=="))
    assert signed_in == claims["auth_time"]
    assert "nonce" not in claims
    assert ISSUER == claims["iss"]


def test_no_secret_is_in_the_database(server: Server) -> None:
    """Mistake 7: codes, tokens and client secrets rest as digests."""
    tokens = server.tokens()
    code = server.code()
    server.store.close()

    from pathlib import Path

    database = Path(server.store.engine.url.database or "")
    stored = b"".join(path.read_bytes() for path in database.parent.glob(database.name + "*"))
    for secret in (code, tokens["access_token"], tokens["refresh_token"], "a-generated-secret", "correct horse"):
        assert secret.encode() not in stored


@pytest.mark.fault(9)
@pytest.mark.parametrize("moved", ["sealed_answer", "predecessor_hash"])
def test_an_answer_that_was_moved_to_another_row_does_not_open(make_server: Any, moved: str) -> None:
    """A thief who can write to the database gets no victim's tokens for a token of their own, whichever column they change."""
    server: Server = make_server(refresh_grace_seconds=30)
    victim, thief = server.tokens()["refresh_token"], server.tokens()["refresh_token"]
    (_, theirs), _ = server.refresh(victim), server.refresh(thief)
    store, table = server.store, schema.refresh_tokens
    record, owned = store.successor(digest(victim)), store.successor(digest(thief))
    assert record is not None
    assert owned is not None
    with store.engine.begin() as connection:
        mine = table.c.token_hash == owned.token_hash
        if moved == "sealed_answer":
            connection.execute(update(table).where(mine).values(sealed_answer=record.sealed_answer))
        else:
            connection.execute(delete(table).where(mine))
            moved_row = update(table).where(table.c.token_hash == record.token_hash)
            connection.execute(moved_row.values(predecessor_hash=digest(thief), grant_id=owned.grant_id))

    answer = server.refresh(thief)
    assert (503, "temporarily_unavailable") == (answer[0], answer[1]["error"])
    assert 200 == server.refresh(theirs["refresh_token"])[0]
