"""The contract of a store: the device grant (RFC 8628)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from shared_validator import Settings
from shared_validator.context import Context
from shared_validator.endpoints import device_authorization
from shared_validator.endpoints.device_authorization import DeviceAuthorization, TooManyDeviceCodes
from shared_validator.grants import DEVICE_GRANT
from shared_validator.http import FORM, Request
from shared_validator.store import Store
from tests.store import samples
from tests.store.samples import LATER, NOW, new_hash


@pytest.mark.fault(18)
def test_a_device_code_is_found_by_its_user_code(store: Store) -> None:
    """A person finds the device by what they type (RFC 8628 §3.3), answered or not, as long as it is unexpired."""
    code = samples.device_code()
    store.save_device_code(code)
    assert code == store.device_code_by_user_code(code.user_code_hash, NOW)
    assert store.device_code_by_user_code(code.user_code_hash, LATER) is None
    assert store.device_code_by_user_code(code.device_code_hash, NOW) is None
    store.answer_device_code(code.user_code_hash, "user", NOW, True, NOW)
    answered = replace(code, status="approved", user_id="user", auth_time=NOW)
    assert answered == store.device_code_by_user_code(code.user_code_hash, NOW)
    store.claim_device_code(code.device_code_hash, "client", NOW)
    assert replace(answered, status="claimed") == store.device_code_by_user_code(code.user_code_hash, NOW)


def test_two_devices_cannot_show_one_user_code(store: Store) -> None:
    """A person's answer reaches one device: a user code that is taken is refused (RFC 8628 §6.1)."""
    code = samples.device_code()
    store.save_device_code(code)
    with pytest.raises(ValueError, match="there already"):
        store.save_device_code(samples.device_code(user_code_hash=code.user_code_hash))
    with pytest.raises(ValueError, match="there already"):
        store.save_device_code(samples.device_code(device_code_hash=code.device_code_hash))


def test_an_approved_device_code_is_claimed_once(store: Store) -> None:
    """The claim tells who approved and when they signed in, and works once (RFC 8628 §3.4)."""
    code = samples.device_code()
    store.save_device_code(code)
    assert store.claim_device_code(code.device_code_hash, "client", NOW) is None
    assert store.answer_device_code(code.user_code_hash, "user", NOW - 9, True, NOW)
    assert store.claim_device_code(code.device_code_hash, "another client", NOW) is None
    assert store.claim_device_code(code.device_code_hash, "client", LATER) is None
    claimed = replace(code, status="claimed", user_id="user", auth_time=NOW - 9)
    assert claimed == store.claim_device_code(code.device_code_hash, "client", NOW)
    assert store.claim_device_code(code.device_code_hash, "client", NOW) is None


def test_a_denied_device_code_is_never_claimed(store: Store) -> None:
    """A refusal is an answer that stays, and that a poll tells (RFC 8628 §3.5, access_denied)."""
    code = samples.device_code()
    store.save_device_code(code)
    assert store.answer_device_code(code.user_code_hash, "user", NOW, False, NOW)
    assert not store.answer_device_code(code.user_code_hash, "user", NOW, True, NOW)
    assert store.claim_device_code(code.device_code_hash, "client", NOW) is None
    polled = store.poll_device_code(code.device_code_hash, "client", NOW)
    assert polled is not None
    assert polled.status == "denied"


def test_an_answer_needs_a_pending_unexpired_code(store: Store) -> None:
    """An unknown, expired or answered code takes no answer."""
    code = samples.device_code()
    store.save_device_code(code)
    assert not store.answer_device_code(new_hash(), "user", NOW, True, NOW)
    assert not store.answer_device_code(code.user_code_hash, "user", NOW, True, LATER)
    assert store.answer_device_code(code.user_code_hash, "user", NOW, True, NOW)
    assert not store.answer_device_code(code.user_code_hash, "another user", NOW, True, NOW)
    claimed = store.claim_device_code(code.device_code_hash, "client", NOW)
    assert claimed is not None
    assert claimed.user_id == "user"


def test_a_poll_tells_when_the_last_one_was(store: Store) -> None:
    """Each poll is noted and answered with the record before it, expired or not, for its own client only (RFC 8628 §3.5)."""
    code = samples.device_code()
    store.save_device_code(code)
    assert code == store.poll_device_code(code.device_code_hash, "client", NOW)
    assert store.poll_device_code(code.device_code_hash, "another client", NOW + 1) is None
    assert store.poll_device_code(new_hash(), "client", NOW + 1) is None
    assert replace(code, polled_at=NOW) == store.poll_device_code(code.device_code_hash, "client", NOW + 3)
    assert replace(code, polled_at=NOW + 3) == store.poll_device_code(code.device_code_hash, "client", LATER + 3)


def test_a_device_that_polls_too_fast_waits_longer(store: Store) -> None:
    """slow_down adds to the interval, every time (RFC 8628 §3.5)."""
    code, other = samples.device_code(), samples.device_code()
    store.save_device_code(code)
    store.save_device_code(other)
    store.slow_down_device_code(code.device_code_hash, 5)
    store.slow_down_device_code(code.device_code_hash, 5)
    assert replace(code, interval=15) == store.poll_device_code(code.device_code_hash, "client", NOW)
    assert other == store.poll_device_code(other.device_code_hash, "client", NOW)


@pytest.mark.fault(26)
def test_a_stranger_cannot_fill_the_store_with_device_codes(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 8628 §5.1: a public client gets so many codes for an address, and so many for all addresses, while one lives."""
    monkeypatch.setattr(device_authorization, "CODES_PER_ADDRESS", 2)
    monkeypatch.setattr(device_authorization, "CODES_PER_CLIENT", 3)
    for client_id in ("public", "other"):
        store.save_client(
            samples.client(client_id=client_id, client_secret_hash=None, token_endpoint_auth_method="none", grant_types=(DEVICE_GRANT,))
        )
    settings = Settings(issuer="https://id.example", secret_keys=(b"k" * 32,))
    time = NOW
    endpoint = DeviceAuthorization(Context(settings, store, {"profile": ""}, lambda: time))

    def begin(client_id: str, address: str) -> int:
        request = Request("POST", "https://id.example/", {"content-type": FORM}, f"client_id={client_id}".encode(), address)
        try:
            return endpoint(request).status
        except TooManyDeviceCodes as refused:
            return refused.status

    one_network = ["2001:db8::1", "2001:db8::2", "2001:db8::3"]
    assert [200, 200, 429] == [begin("public", address) for address in one_network]
    assert [200, 429] == [begin("public", address) for address in ("192.0.2.1", "192.0.2.2")]
    assert [200, 429] == [begin("other", address) for address in ("192.0.2.1", "192.0.2.1")]
    time += settings.device_code_seconds
    assert 200 == begin("public", "2001:db8::1")
