"""The commands for users."""

from __future__ import annotations

import getpass
import json
import sys

from shared_validator.accounts import new_user, normalised_username, users
from shared_validator.operations.job import Job, all_pages
from shared_validator.store import User


def make_user(job: Job) -> str:
    """``new-user``."""
    options = job.options
    user = new_user(options.username, _password(), options.name or options.username, options.email)
    job.store.save_user(user)
    return f"made the user {user.username}"


def list_users(job: Job) -> str:
    """``list-users``."""
    found = all_pages(job.store.list_users, lambda user: user.username)
    return "\n".join(json.dumps(_described(user)) for user in found)


def _described(user: User) -> dict[str, object]:
    return {
        "username": user.username,
        "sub": user.user_id,
        "name": user.name,
        "email": user.email,
        "disabled": user.disabled,
    }


def _password() -> str:
    return getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def named_user(job: Job, username: str) -> User:
    """Return the user that a command names, disabled or not. Raises ``ValueError``."""
    user: User | None = job.store.user_by_name(normalised_username(username), include_disabled=True)
    if user is None:
        raise ValueError(f"there is no user {username!r}; `list-users` shows all")
    return user


def set_password(job: Job) -> str:
    """``set-password``."""
    user = named_user(job, job.options.username)
    users.set_password(job.store, user.user_id, _password())
    return f"changed the password of {user.username}, who is signed out everywhere"


def disable_user(job: Job) -> str:
    """``disable-user``."""
    user = named_user(job, job.options.username)
    users.disable_user(job.store, user.user_id)
    return f"disabled {user.username}, who is signed out everywhere"


def enable_user(job: Job) -> str:
    """``enable-user``."""
    user = named_user(job, job.options.username)
    users.enable_user(job.store, user.user_id)
    return f"enabled {user.username}"


def delete_user(job: Job) -> str:
    """``delete-user``."""
    user = named_user(job, job.options.username)
    job.store.delete_user(user.user_id)
    return f"deleted {user.username} and everything they allowed"


def sign_out_user(job: Job) -> str:
    """``sign-out-user``."""
    user = named_user(job, job.options.username)
    job.store.end_sessions(user.user_id)
    return f"signed {user.username} out everywhere"
