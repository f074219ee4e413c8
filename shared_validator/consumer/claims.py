"""A provider's claims about a user, with the names of OpenID Connect Core §5.1."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from shared_validator.consumer.errors import UNUSABLE, ConsumerError
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.records import LOGIN_SECONDS, Record, Tokens

MAX_SUBJECT = 255


def claims_of(provider: ProviderConfiguration, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims in a response of the ``userinfo_endpoint``, without those that are null.

    Raises:
        ConsumerError: it does not identify the user.
    """
    found = (
        {claim: _at(answer, path) for claim, path in provider.claims.items()}
        if provider.claims
        else answer
    )
    claims = {
        claim: value
        for claim, value in ((claim, by_meaning(claim, value)) for claim, value in found.items())
        if value is not None
    }
    subject = claims.get("sub")
    if isinstance(subject, int) and not isinstance(subject, bool):
        subject = str(subject)
    if not isinstance(subject, str) or not subject:
        raise ConsumerError(UNUSABLE, "the userinfo_endpoint does not say who the person is")
    return {**claims, "sub": subject}


def record_of(
    provider: ProviderConfiguration, claims: Mapping[str, Any], tokens: Tokens, now: int
) -> Record:
    """Return the record of a login that begins now.

    Raises:
        ConsumerError: a claim cannot be shown on a page, or the subject cannot be stored. A subject
            has at most 255 characters, and no control characters (OpenID Connect Core §2).
    """
    if len(claims["sub"]) > MAX_SUBJECT or not claims["sub"].isprintable():
        raise ConsumerError(UNUSABLE, "the subject is too long, or not printable")
    try:
        json.dumps(claims, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ConsumerError(UNUSABLE, "a claim holds half a character") from error
    others = {claim: value for claim, value in claims.items() if claim != "sub"}
    return Record(
        provider=provider.name,
        subject=claims["sub"],
        claims=others,
        tokens=tokens,
        ends_at=now + LOGIN_SECONDS,
    )


def _at(answer: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(answer, list) and name.isascii() and name.isdigit():
            answer = answer[int(name)] if int(name) < len(answer) else None
        else:
            answer = answer.get(name) if isinstance(answer, dict) else None
    return answer


def by_meaning(claim: str, value: object) -> object:
    """Return the value of a claim as OpenID Connect Core §5.1 means it, or ``None``.

    Some providers send the boolean claims as strings, and the string ``false`` is true in Python.
    """
    if claim not in ("email_verified", "phone_number_verified"):
        return value
    return (
        {True: True, False: False, "true": True, "false": False}.get(value)
        if isinstance(value, bool | str)
        else None
    )


def with_userinfo(signed: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Return the claims of an ID token, completed and replaced by those of the userinfo response.

    Whether an e-mail address or a phone number is verified is true of the one that was meant, and
    of the same one only if neither says ``false`` (OpenID Connect Core §5.1, §5.3.2).

    Args:
        signed: the claims of the ID token.
        more: the claims of the userinfo response.
    """
    claims = {**signed, **more}
    for contact in ("email", "phone_number"):
        verified = f"{contact}_verified"
        said = [
            source[verified]
            for source in (signed, more)
            if verified in source and source.get(contact) == claims.get(contact)
        ]
        claims.pop(verified, None)
        if said:
            claims[verified] = all(said)
    return claims
