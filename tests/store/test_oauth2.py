"""The contract of a store: codes, access tokens, refresh tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_validator.store import Store
from tests.store import samples
from tests.store.samples import LATER, NOW, new_hash


@pytest.mark.parametrize("given", [{}, {"nonce": "n-0S6_WzA2Mj", "resource": (), "scope": ()}])
def test_a_code_is_claimed_once(store: Store, given: dict[str, object]) -> None:
    """A code is for one exchange (RFC 6749 §4.1.2), and comes back with all that the tokens need."""
    code = samples.code(**given)
    store.save_code(code)
    assert code == store.claim_code(code.code_hash, "client", NOW)
    assert store.claim_code(code.code_hash, "client", NOW) is None


def test_a_code_is_not_claimed_by_another_client_or_too_late(store: Store) -> None:
    """Refused claims do not use the code up (RFC 6749 §4.1.3)."""
    code = samples.code()
    store.save_code(code)
    assert store.claim_code(code.code_hash, "another client", NOW) is None
    assert store.claim_code(new_hash(), "client", NOW) is None
    assert store.claim_code(code.code_hash, "client", LATER) is None
    assert store.code_grant(code.code_hash, "client") is None
    assert code == store.claim_code(code.code_hash, "client", LATER - 1)


def test_a_replayed_code_names_its_grant(store: Store) -> None:
    """What a replayed code issued can be revoked (RFC 6749 §4.1.2), at the wish of its own client only."""
    code = samples.code()
    store.save_code(code)
    assert store.code_grant(code.code_hash, "client") is None
    store.claim_code(code.code_hash, "client", NOW)
    assert code.grant_id == store.code_grant(code.code_hash, "client")
    assert store.code_grant(code.code_hash, "another client") is None
    assert store.code_grant(new_hash(), "client") is None


@pytest.mark.parametrize("given", [{}, {"user_id": None, "scope": (), "audience": ("https://a.example", "https://b.example")}])
def test_an_access_token_is_found_by_its_hash_alone(store: Store, given: dict[str, object]) -> None:
    """Mistake 7: the token is stored as a hash; and it is found after its end too, since whoever asks compares the time."""
    token = samples.access_token(expires_at=NOW - 1, **given)
    store.save_access_token(token)
    assert token == store.access_token(token.token_hash)
    assert store.access_token(new_hash()) is None


def test_one_access_token_is_revoked_alone(store: Store) -> None:
    """Revoking an access token (RFC 7009 §2.1) leaves the others of its grant alone, and may be repeated."""
    token = samples.access_token()
    sibling = replace(token, token_hash=new_hash())
    store.save_access_token(token)
    store.save_access_token(sibling)
    store.revoke_access_token(token.token_hash)
    store.revoke_access_token(token.token_hash)
    assert store.access_token(token.token_hash) is None
    assert sibling == store.access_token(sibling.token_hash)


def test_a_refresh_token_is_rotated_once(store: Store) -> None:
    """Mistake 6: after its use a refresh token is known, as used, and works no more (RFC 9700 §4.14.2)."""
    token = samples.refresh_token()
    store.save_refresh_token(token)
    assert token == store.refresh_token(token.token_hash)
    rotated = replace(token, rotated_at=NOW)
    assert rotated == store.rotate_refresh_token(token.token_hash, "client", NOW)
    assert store.rotate_refresh_token(token.token_hash, "client", NOW + 1) is None
    assert rotated == store.refresh_token(token.token_hash)


def test_a_refresh_token_is_not_rotated_for_another_client_or_too_late(store: Store) -> None:
    """A refresh token is bound to its client (RFC 6749 §6); a refused rotation does not use it up."""
    token = samples.refresh_token()
    store.save_refresh_token(token)
    assert store.rotate_refresh_token(token.token_hash, "another client", NOW) is None
    assert store.rotate_refresh_token(new_hash(), "client", NOW) is None
    assert store.rotate_refresh_token(token.token_hash, "client", LATER) is None
    assert token == store.refresh_token(token.token_hash)


def test_an_expired_refresh_token_is_still_known(store: Store) -> None:
    """Its reuse is recognised until it is pruned."""
    token = samples.refresh_token(expires_at=NOW - 1, rotated_at=NOW - 5)
    store.save_refresh_token(token)
    assert token == store.refresh_token(token.token_hash)
    assert store.refresh_token(new_hash()) is None


def test_a_rotated_token_leads_to_its_successor(store: Store) -> None:
    """A lost response is answered again from the successor, which carries the sealed answer."""
    first = samples.refresh_token()
    second = replace(first, token_hash=new_hash(), predecessor_hash=first.token_hash, sealed_answer=b"answer")
    third = replace(first, token_hash=new_hash(), predecessor_hash=second.token_hash)
    for token in (first, second, third):
        store.save_refresh_token(token)
    assert second == store.successor(first.token_hash)
    assert third == store.successor(second.token_hash)
    assert store.successor(third.token_hash) is None
    assert store.successor(new_hash()) is None


def test_revoking_a_grant_ends_its_whole_family(store: Store) -> None:
    """Access and refresh tokens of the grant go, rotated ones too (RFC 9700 §4.14.2); other grants stay."""
    access, first = samples.access_token(), samples.refresh_token()
    first = replace(first, grant_id=access.grant_id)
    second = replace(first, token_hash=new_hash(), predecessor_hash=first.token_hash)
    other_access, other_refresh = samples.access_token(), samples.refresh_token()
    store.save_access_token(access)
    store.save_access_token(other_access)
    for token in (first, second, other_refresh):
        store.save_refresh_token(token)
    store.rotate_refresh_token(first.token_hash, "client", NOW)

    store.revoke_grant(access.grant_id)
    store.revoke_grant(access.grant_id)

    assert store.access_token(access.token_hash) is None
    assert store.refresh_token(first.token_hash) is None
    assert store.successor(first.token_hash) is None
    assert store.rotate_refresh_token(second.token_hash, "client", NOW) is None
    assert other_access == store.access_token(other_access.token_hash)
    assert other_refresh == store.refresh_token(other_refresh.token_hash)


def test_a_token_is_inserted_and_never_replaced(store: Store) -> None:
    """A hash that is there already is refused: no record can take the place of another's."""
    code, access, refresh = samples.code(), samples.access_token(), samples.refresh_token()
    store.save_code(code)
    store.save_access_token(access)
    store.save_refresh_token(refresh)
    with pytest.raises(ValueError, match="there already"):
        store.save_code(replace(code, user_id="another user"))
    with pytest.raises(ValueError, match="there already"):
        store.save_access_token(replace(access, user_id="another user"))
    with pytest.raises(ValueError, match="there already"):
        store.save_refresh_token(replace(refresh, user_id="another user"))
    assert access == store.access_token(access.token_hash)
