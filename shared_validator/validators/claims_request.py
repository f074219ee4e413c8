"""The ``claims`` parameter of an authorization request (OpenID Connect Core §5.5).

Claims are given by scope, so most of the parameter is ignored, as §5.5 and §5.5.1 allow. What it
says about who must sign in, and how, is not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from oauthlib.oauth2.rfc6749.errors import CustomOAuth2Error, InvalidRequestError


@dataclass(frozen=True, slots=True)
class ClaimsRequest:
    """A well-formed ``claims`` parameter.

    Args:
        subjects: the requests for ``sub``, of the ID token and of UserInfo.
    """

    subjects: tuple[Mapping[str, Any], ...] = ()

    @classmethod
    def read(cls, parameter: str | None) -> ClaimsRequest:
        """Return the request of a parameter, which may be absent.

        Raises:
            InvalidRequestError: it is malformed.
            CustomOAuth2Error: ``unmet_authentication_requirements``, a failed authentication
                (§5.5.1.1): it needs one of some values of ``acr``, and no ID token here has an
                ``acr``.
        """
        if parameter is None:
            return cls()
        try:
            asked = json.loads(parameter)
        except (ValueError, RecursionError) as error:
            raise InvalidRequestError("The claims parameter is not JSON.") from error
        id_token, userinfo = _members(asked, "id_token"), _members(asked, "userinfo")
        acr = id_token.get("acr") or {}
        if acr.get("essential") and ("value" in acr or "values" in acr):
            raise CustomOAuth2Error("unmet_authentication_requirements")
        return cls(tuple(claims["sub"] for claims in (id_token, userinfo) if claims.get("sub")))

    def allows(self, user_id: str) -> bool:
        """Return whether the request may be answered for this user (§3.1.2.2, §5.5.1)."""
        return all(
            asked.get("value", user_id) == user_id and user_id in asked.get("values", (user_id,))
            for asked in self.subjects
        )


def _members(asked: Any, name: str) -> dict[str, Any]:
    """Return the individual claims that are requested of one place, each checked (§5.5.1)."""
    claims = asked.get(name, {}) if isinstance(asked, dict) else None
    if not isinstance(claims, dict) or not all(map(_is_well_formed, claims.values())):
        raise InvalidRequestError("The claims parameter is not as OpenID Connect Core 5.5 has it.")
    return claims


def _is_well_formed(asked: Any) -> bool:
    return asked is None or (
        isinstance(asked, dict)
        and isinstance(asked.get("essential", False), bool)
        and isinstance(asked.get("values", []), list)
    )
