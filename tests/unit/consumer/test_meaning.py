"""Answers of providers are read by their meaning, whatever JSON type a provider chose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from shared_validator.consumer import ConsumerError, Login
from shared_validator.consumer.claims import by_meaning, claims_of
from shared_validator.consumer.errors import REFUSED
from shared_validator.consumer.providers import ProviderConfiguration
from shared_validator.consumer.tokens import _expires_at
from tests.unit.consumer.provider import Provider, as_form

pytestmark = pytest.mark.fault(30)


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [(3600, 3600), (3600.0, 3600), ("3600", 3600), ("3600.5", 3600), (0, 0)]
    + [(wrong, None) for wrong in (None, True, -1, "-1", "", "soon", float("nan"), float("inf"), 10**20, "1e3", [], {}, "٣٦٠٠")],
)
def test_a_lifetime_is_a_number_of_seconds(expires_in: object, seconds: int | None) -> None:
    """RFC 6749 §5.1: what is no number of seconds says nothing about the lifetime."""
    assert (None if seconds is None else 1000 + seconds) == _expires_at(expires_in, 1000)


@pytest.mark.parametrize(
    ("scope", "granted"), [(["a"], ("a",)), (["a", "b"], ("a", "b")), ("a  b a", ("a", "b")), (None, ("profile",)), ([7], ("profile",))]
)
def test_a_granted_scope_may_be_a_list(scope: object, granted: tuple[str, ...], sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 6749 §3.3: names with spaces between them; a provider that sends nothing readable granted what was asked for."""
    provider.wrong.token_answer = {"scope": scope}
    assert granted == sign_in("oauth2").scope


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("false", False),
        ("False", None),
        ("", None),
        (1, None),
        (0, None),
        (None, None),
        ([], None),
    ],
)
def test_a_verified_address_is_a_boolean_or_left_out(value: object, meaning: bool | None) -> None:
    """OpenID Connect Core §5.1: the string "false" would be true in Python, and would vouch for an address that is not the user's."""
    assert meaning is by_meaning("email_verified", value)
    assert value is by_meaning("name", value)


def test_userinfo_does_not_turn_a_signed_false_into_true(sign_in: Callable[..., Login], provider: Provider) -> None:
    """OpenID Connect Core §5.3.2: the string overrides the signed boolean by its meaning."""
    provider.wrong.claims = {"email_verified": False}
    provider.wrong.userinfo = {"email_verified": "false"}
    assert False is sign_in("openid").claims["email_verified"]


@pytest.mark.parametrize("contact", ["email", "phone_number"])
@pytest.mark.parametrize(
    ("signed", "more", "verified"),
    [
        (("a", True), ("b", None), None),
        (("a", True), ("b", False), False),
        (("a", True), ("b", True), True),
        ((None, True), ("b", None), None),
        (("a", True), ("a", None), True),
        (("a", None), ("a", True), True),
        (("a", False), ("a", True), False),
        (("a", True), ("a", "false"), False),
        (("a", True), (None, None), True),
        (("a", False), (None, True), False),
        (("a", None), (None, "true"), None),
        (("a", True), ("A", None), None),
    ],
)
def test_what_is_verified_is_the_address_that_was_meant(  # noqa: PLR0917 - fixtures
    contact: str, signed: Any, more: Any, verified: bool | None, sign_in: Callable[..., Login], provider: Provider
) -> None:
    """OpenID Connect Core §5.1: neither answer vouches for an address in the other, and neither undoes a false."""
    names = (contact, f"{contact}_verified")
    provider.wrong.claims = dict(zip(names, signed, strict=True))
    provider.wrong.userinfo = {"email": None} | dict(zip(names, more, strict=True))
    claims = sign_in("openid").claims
    assert (more[0] or signed[0], verified) == (claims.get(contact), claims.get(f"{contact}_verified"))


def test_an_empty_error_next_to_tokens_is_none(sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 6749 §5.2: an error has a code."""
    provider.wrong.token_answer = {"error": ""}
    assert "subject of alice" == sign_in("oauth2").subject


def test_null_counts_as_absent(sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 6749 §5.1: members that may be absent."""
    provider.wrong.answers["/token"] = lambda seen: _with_nulls(provider, seen)
    assert "subject of alice" == sign_in("oauth2").subject


def _with_nulls(provider: Provider, seen: Any) -> Any:
    status, headers, body = provider._token(seen)
    return status, headers, body.rstrip(b"}") + b', "id_token": null, "error": null, "scope": null, "expires_in": null}'


def test_a_token_response_may_be_a_form(sign_in: Callable[..., Login], provider: Provider) -> None:
    """GitHub and Facebook once answered with a form, and a refusal may be one too."""
    provider.wrong.answers["/token"] = lambda seen: _form(provider, seen)
    assert "subject of alice" == sign_in("oauth2").subject

    provider.wrong.answers["/token"] = as_form({"error": "no_such_code"})
    with pytest.raises(ConsumerError, match=REFUSED):
        sign_in("oauth2")


def _form(provider: Provider, seen: Any) -> Any:
    _, _, body = provider._token(seen)
    return as_form({name: str(value) for name, value in json.loads(body).items()})


def test_a_token_response_may_have_status_201(sign_in: Callable[..., Login], provider: Provider) -> None:
    """RFC 9110 §15.3.2: created, as much as OK."""
    provider.wrong.answers["/token"] = lambda seen: (201, *provider._token(seen)[1:])
    assert "subject of alice" == sign_in("oauth2").subject


@pytest.mark.parametrize(
    ("path", "found"),
    [("data.0.id", "7"), ("data.1.id", None), ("data.-1.id", None), ("data.0.id.0", None), ("data.x", None)],
)
def test_the_path_of_a_claim_reaches_into_lists(path: str, found: str | None, configured: dict[str, ProviderConfiguration]) -> None:
    """Some providers answer with a list of one user."""
    provider = replace(configured["oauth2"], claims={"sub": "sub", "nickname": path})
    assert found == claims_of(provider, {"sub": "1", "data": [{"id": "7"}]}).get("nickname")
