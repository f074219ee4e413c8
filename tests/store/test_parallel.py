"""The contract of a store: of sixteen simultaneous callers in four processes, exactly one gets the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from shared_validator.store import Store
from tests.store import samples
from tests.store.conftest import OpenStore
from tests.store.crew import WORKERS, Crew, Step
from tests.store.samples import LATER, NOW, new_hash

ROUNDS = 8


@dataclass(frozen=True)
class Race:
    """A step that only one caller may win.

    Args:
        prepare: makes what the callers race for, and returns the step that each takes.
    """

    prepare: Callable[[Store], Step]


def _code(store: Store) -> Step:
    code = samples.code()
    store.save_code(code)
    return "claim_code", (code.code_hash, "client", NOW)


def _refresh_token(store: Store) -> Step:
    token = samples.refresh_token()
    store.save_refresh_token(token)
    return "rotate_refresh_token", (token.token_hash, "client", NOW)


def _nonce(store: Store) -> Step:
    return "use_nonce", (new_hash(), LATER)


def _device_answer(store: Store) -> Step:
    code = samples.device_code()
    store.save_device_code(code)
    return "answer_device_code", (code.user_code_hash, "user", NOW, True, NOW)


def _device_code(store: Store) -> Step:
    code = samples.device_code()
    store.save_device_code(code)
    store.answer_device_code(code.user_code_hash, "user", NOW, True, NOW)
    return "claim_device_code", (code.device_code_hash, "client", NOW)


def _authorization(store: Store) -> Step:
    credentials = samples.temporary_credentials()
    store.save_temporary_credentials(credentials)
    return "answer_temporary_credentials", (credentials.token_hash, "user", b"verifier", NOW)


def _temporary_credentials(store: Store) -> Step:
    credentials = samples.temporary_credentials()
    store.save_temporary_credentials(credentials)
    store.answer_temporary_credentials(credentials.token_hash, "user", b"verifier", NOW)
    return "claim_temporary_credentials", (credentials.token_hash, "consumer", b"verifier", NOW)


def _sealed(store: Store) -> Step:
    name = new_hash()
    store.save_sealed(name, b"attempt", LATER)
    return "claim_sealed", (name, NOW)


@pytest.mark.parametrize(
    "prepare",
    [_code, _refresh_token, _nonce, _device_answer, _device_code, _authorization, _temporary_credentials, _sealed],
)
def test_exactly_one_of_sixteen_wins(store: Store, open_store: OpenStore, crew: Crew, prepare: Callable[[Store], Step]) -> None:
    """Trap 3: two parallel redemptions of a code must not both get tokens; nor of anything else that is for one use."""
    answers = crew.all_at_once(open_store, [prepare(store) for _ in range(ROUNDS)])
    assert [1] * ROUNDS == [sum(bool(answer) for answer in step) for step in answers]
    assert {WORKERS} == {len(step) for step in answers}


def test_no_call_is_lost_from_a_count(open_store: OpenStore, crew: Crew) -> None:
    """Sixteen callers that count at once get sixteen different numbers, also where the window begins anew."""
    steps: list[Step] = [("count", ("counter", 60, NOW + 60 * window)) for window in (0, 0, 1, 2)]
    first, second, *later = (sorted(step) for step in crew.all_at_once(open_store, steps))
    assert first == list(range(1, WORKERS + 1))
    assert second == list(range(WORKERS + 1, 2 * WORKERS + 1))
    assert later == [first, first]


def test_consents_given_at_once_add_up(store: Store, open_store: OpenStore, crew: Crew) -> None:
    """No consent overwrites another that is given at the same time, and a repeated one is no error."""
    client = samples.client()
    store.save_client(client)
    scopes: list[tuple[str, ...]] = [("a", "b"), ("b", "c"), ("c", "a"), ("d",)]
    crew.all_at_once(open_store, [("save_consent", ("user", client.client_id, scope, NOW)) for scope in scopes])
    assert set(store.consent("user", client.client_id)) == {"a", "b", "c", "d"}


def test_a_user_may_be_saved_by_sixteen_at_once_and_keeps_the_name(store: Store, open_store: OpenStore, crew: Crew) -> None:
    """A change of one's own account meets no conflict with itself; another person does not get the name."""
    user = samples.user(username="alice")
    # Made first: two that insert the same new user at once may meet at either of PostgreSQL's two unique indexes.
    store.save_user(user)
    step: Step = ("save_user", (user,))
    answers: list[Any] = crew.all_at_once(open_store, [step])
    assert [[None] * WORKERS] == answers
    with pytest.raises(ValueError, match="there already"):
        store.save_user(samples.user(username="alice"))


def test_pruning_in_many_processes_counts_each_record_once(store: Store, open_store: OpenStore, crew: Crew) -> None:
    """Every process may prune whenever it likes: none waits in a deadlock, none counts what another has deleted."""
    with store.transaction():
        for _ in range(2000):
            store.use_nonce(new_hash(), NOW - 1)
    (pruned,) = crew.all_at_once(open_store, [("prune", (NOW,))])
    assert sum(pruned) == 2000
    assert store.prune(NOW) == 0
