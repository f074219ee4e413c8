"""What OpenID Connect says about a user, by scope."""

from __future__ import annotations

from typing import Any

from shared_validator.store import User

CLAIMS = {"profile": ("name", "preferred_username"), "email": ("email", "email_verified")}
"""The claims that each scope asks for (OpenID Connect Core §5.4), as far as they are known here."""


def user_claims(user: User, scope: tuple[str, ...]) -> dict[str, Any]:
    """Return the claims about ``user`` that ``scope`` gives access to; always ``sub``."""
    known = {
        "name": user.name,
        "preferred_username": user.username,
        "email": user.email,
        # Nobody has checked that the address is the user's own, and a client must not believe so.
        "email_verified": False,
    }
    return {"sub": user.user_id} | {
        claim: known[claim] for name in scope for claim in CLAIMS.get(name, ())
    }
