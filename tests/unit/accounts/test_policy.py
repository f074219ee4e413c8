"""Which passwords a user may choose."""

from __future__ import annotations

from typing import Any

import pytest

from shared_validator import seed
from shared_validator.accounts import new_user
from shared_validator.accounts.policy import check_new_password
from shared_validator.accounts.users import set_password
from tests.unit.accounts.conftest import PASSWORD, Accounts

WEAK = [
    ("", "at least 8 characters"),
    ("short 7", "at least 8 characters"),
    ("p" * 1025, "at most 1024 characters"),
    ("with a\ttab and more", "control characters"),
    ("half a pair \ud800", "control characters"),
    ("password", "easy to guess"),
    ("Passw0rd!", "easy to guess"),
    ("12345678", "easy to guess"),
    ("qwertyuiop", "easy to guess"),
    ("aaaaaaaaaaaaaaaa", "easy to guess"),
    ("p" * 1024, "easy to guess"),
    ("alice.liddell", "easy to guess"),
    ("alice@wonder.example", "easy to guess"),
]


@pytest.mark.parametrize(("password", "told"), WEAK)
def test_a_weak_password_is_refused_with_what_to_do(accounts: Accounts, password: str, told: str) -> None:
    """NIST SP 800-63B-4 §3.1.1.2: too short, too long, common, or the user's own name; for a new user and for a new password."""
    about: dict[str, Any] = {"name": "Alice.Liddell", "email": "alice@wonder.example"}
    accounts.store.save_user(user := new_user("dodo", PASSWORD, **about))
    with pytest.raises(ValueError, match=told) as refused:
        new_user("mouse", password, **about)
    with pytest.raises(ValueError, match=told):
        set_password(accounts.store, user.user_id, password)

    assert len(password) < 10 or password not in str(refused.value)
    assert user == accounts.store.user(user.user_id)


@pytest.mark.parametrize("password", [PASSWORD, "ärgerliche Gänse 7", "x" + "correct horse" * 70, "密码是一个非常长的句子"])
def test_a_password_that_is_hard_to_guess_is_accepted(accounts: Accounts, password: str) -> None:
    """NIST SP 800-63B-4 §3.1.1.2: no rules of composition, any script, and up to 1024 characters."""
    check_new_password(password)


def test_a_password_from_before_goes_on_working(accounts: Accounts) -> None:
    """The check is for new passwords; a seed may have any."""
    document = {"users": [{"username": "bob", "password": "pw"}]}
    seed.load(document, accounts.store, accounts.context.vault)

    assert 303 == accounts.sign_in("bob", "pw").status
