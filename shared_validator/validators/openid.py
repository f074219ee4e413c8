"""The OpenID Connect claims about a user, by scope."""

from __future__ import annotations

from typing import Any

from shared_validator.store import User

CLAIMS = {"profile": ("name", "preferred_username"), "email": ("email", "email_verified")}
"""The claims of each scope (OpenID Connect Core §5.4) that we support."""


def user_claims(user: User, scope: tuple[str, ...]) -> dict[str, Any]:
    """Return the claims about ``user`` that ``scope`` gives access to, always with ``sub``."""
    known = {
        "name": user.name,
        "preferred_username": user.username,
        "email": user.email,
        # We have not verified that the address is the user's own, so clients must not rely on it.
        "email_verified": False,
    }
    return {"sub": user.user_id} | {
        claim: known[claim] for name in scope for claim in CLAIMS.get(name, ())
    }
