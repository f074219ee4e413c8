"""The contract of a store: text that no database can hold."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_validator.store import Store
from tests.store import samples
from tests.store.samples import NOW, new_hash

UNSTORABLE = pytest.mark.parametrize("text", ["a\x00b", "\ud800", "a\udcff", "x" * 10_000_000], ids=["NUL", "high", "low", "long"])


@pytest.mark.fault(13)
@UNSTORABLE
def test_looking_for_it_finds_nothing(store: Store, text: str) -> None:
    """A stranger who sends it as user name, client identifier or key gets what an unknown one gets."""
    device, pending = samples.device_code(), samples.temporary_credentials()
    store.save_device_code(device)
    store.save_temporary_credentials(pending)
    assert store.user(text) is None
    assert store.user_by_name(text) is None
    assert store.client(text) is None
    assert store.oauth1_consumer(text) is None
    assert store.consent(text, "client") == ()
    assert store.consent("user", text) == ()
    assert store.applications(text) == []
    assert store.claim_code(new_hash(), text, NOW) is None
    assert store.code_grant(new_hash(), text) is None
    assert store.rotate_refresh_token(new_hash(), text, NOW) is None
    assert store.claim_device_code(device.device_code_hash, text, NOW) is None
    assert store.poll_device_code(device.device_code_hash, text, NOW) is None
    assert store.answer_device_code(device.user_code_hash, text, NOW, True, NOW) is False
    assert store.answer_temporary_credentials(pending.token_hash, text, b"verifier", NOW) is False
    assert store.claim_temporary_credentials(pending.token_hash, text, b"verifier", NOW) is None
    store.revoke_client(text, "client")
    store.revoke_client("user", text)
    store.revoke_oauth1_consumer("user", text)


@pytest.mark.fault(13)
@UNSTORABLE
@pytest.mark.parametrize(
    ("method", "sample"),
    [
        ("save_user", samples.user),
        ("save_client", samples.client),
        ("save_oauth1_consumer", samples.oauth1_consumer),
        ("save_code", samples.code),
        ("save_access_token", samples.access_token),
        ("save_refresh_token", samples.refresh_token),
        ("save_device_code", samples.device_code),
        ("save_temporary_credentials", samples.temporary_credentials),
        ("save_token_credentials", samples.token_credentials),
        ("save_signing_key", samples.signing_key),
    ],
)
def test_writing_it_is_refused(store: Store, text: str, method: str, sample: Callable[[], Any]) -> None:
    """Every text of every record, alone or as one of several words, raises ``ValueError``; nothing of the record is written."""
    record = sample()
    for field in fields(record):
        value = getattr(record, field.name)
        if isinstance(value, str):
            bad = replace(record, **{field.name: text})
        elif isinstance(value, tuple):
            bad = replace(record, **{field.name: ("word", text)})
        else:
            continue
        with pytest.raises(ValueError, match="text has"):
            getattr(store, method)(bad)


@UNSTORABLE
def test_consent_with_it_is_refused(store: Store, text: str) -> None:
    """The write that takes no record raises ``ValueError`` too."""
    for arguments in ((text, "client", ("profile",)), ("user", text, ("profile",)), ("user", "client", (text,))):
        with pytest.raises(ValueError, match="text has"):
            store.save_consent(*arguments, NOW)


@pytest.mark.parametrize("words", [("two words",), ("",), ("a", "", "b"), (" ",)])
def test_words_with_spaces_are_refused(store: Store, words: tuple[str, ...]) -> None:
    """A scope or URI with a space would come back as two, and an empty one not at all (RFC 6749 §3.3)."""
    with pytest.raises(ValueError, match="space"):
        store.save_client(samples.client(redirect_uris=words))


ANY_TEXT = given(text=st.text(st.characters(), max_size=300))
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _is_unstorable(text: str) -> bool:
    return len(text) > 255 or "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text)


@EXAMPLES
@ANY_TEXT
def test_any_text_is_stored_as_it_is_or_refused(store: Store, text: str) -> None:
    """What comes back is what was saved, for every character that Unicode has: no case folded, no space trimmed, nothing normalised."""
    client = samples.client(client_id=text, client_name=text)
    try:
        store.save_client(client)
    except ValueError:
        assert _is_unstorable(text)
    else:
        assert client == store.client(text)


@EXAMPLES
@ANY_TEXT
def test_any_name_of_a_user_is_stored_as_it_is_or_refused(store: Store, text: str) -> None:
    """So it is for people, but that a framework's users may have shorter names, which are not empty and have no spaces around them."""
    user = samples.user(name=text, username=f"{secrets.token_hex(4)} {text}")
    try:
        store.save_user(user)
    except ValueError:
        assert _is_unstorable(text) or len(text) > 140 or not text or text != text.strip()
    else:
        assert user == store.user(user.user_id) == store.user_by_name(user.username)
