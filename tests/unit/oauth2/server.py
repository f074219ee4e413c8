"""A provider in process: its endpoints are called as functions, its clock is set by hand."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from shared_validator.edge.refusals import respond
from shared_validator.flows import Question
from shared_validator.http import FORM, HTTPProblem, Refused, Request, Response
from shared_validator.provider import Provider
from shared_validator.store import User
from shared_validator.store.sql import SQLStore

Outcome = TypeVar("Outcome")

ISSUER = "https://provider.example"
OTHER_API = "https://files.example/api"
CALLBACK = "https://app.example/callback"
VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636-section-4.1"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
ALL_SCOPES = "openid profile email notes:read notes:write"
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
SECRET = "a-generated-secret"
KEY = b"k" * 32


class Clock:
    """The time, which passes only when told to."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0

    def __call__(self) -> float:
        return self.time


@dataclass
class Person:
    """A visitor whose session is this object."""

    user_id: str | None = None
    auth_time: int = 0
    csrf_token: str = "csrf"

    def log_in(self, user: User) -> None:
        self.user_id = user.user_id

    def log_out(self, *, everywhere: bool = False) -> None:
        self.user_id = None


@dataclass
class Server:
    """A provider, a user of it, and shortcuts for calling its endpoints."""

    provider: Provider
    store: SQLStore
    clock: Clock
    user: User
    visitor: Person = field(init=False)

    def __post_init__(self) -> None:
        self.visitor = Person(self.user.user_id, int(self.clock()))

    def call(self, name: str, form: dict[str, Any] | None = None, *, auth: tuple[str, str] | None = None, **headers: str) -> Response:
        """Call an endpoint by its name: POST with a form, else GET."""
        endpoint = next(endpoint for endpoint in self.provider.endpoints if endpoint.name == name)
        if auth:
            headers["authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        if form is None:
            return endpoint.answer(Request("GET", ISSUER + endpoint.path, headers))
        body = urlencode(form, doseq=True).encode()
        return endpoint.answer(Request("POST", ISSUER + endpoint.path, {"content-type": FORM, **headers}, body))

    def token(self, *, auth: tuple[str, str] | None = ("web", SECRET), **form: Any) -> tuple[int, dict[str, Any]]:
        """Call the token endpoint and return the status and the decoded answer."""
        response = self.call("oauth2_token", form, auth=auth)
        return response.status, json.loads(response.body)

    def authorization_request(self, **parameters: Any) -> Request:
        """Return a good authorization request; a parameter set to ``None`` is left out."""
        defaults = {
            "response_type": "code",
            "client_id": "web",
            "redirect_uri": CALLBACK,
            "scope": ALL_SCOPES,
            "state": "a state",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        query = {name: value for name, value in (defaults | parameters).items() if value is not None}
        return Request("GET", f"{ISSUER}/oauth2/authorize?{urlencode(query, doseq=True)}", {})

    def decide(self, decision: str = "allow", **parameters: Any) -> Response:
        """Answer the consent page of an authorization request."""
        asked = self.authorization_request(**parameters)
        body = urlencode({"decision": decision}).encode()
        return response_of(lambda: self.provider.oauth2.ask(Request("POST", asked.url, {"content-type": FORM}, body), self.visitor))

    def code(self, **parameters: Any) -> str:
        """Return a code that the user has agreed to."""
        return answer_of(self.decide(**parameters))["code"]

    def redeem(self, code: str, *, auth: tuple[str, str] | None = ("web", SECRET), **form: Any) -> tuple[int, dict[str, Any]]:
        """Exchange a code as the client ``web`` does."""
        fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
        return self.token(auth=auth, **{name: value for name, value in (fields | form).items() if value is not None})

    def tokens(self, **parameters: Any) -> dict[str, Any]:
        """Return the tokens of a whole flow."""
        status, tokens = self.redeem(self.code(**parameters))
        assert 200 == status
        return tokens

    def refresh(self, token: str, **form: Any) -> tuple[int, dict[str, Any]]:
        """Use a refresh token as the client ``web`` does."""
        return self.token(grant_type="refresh_token", refresh_token=token, **form)

    def api(self, token: str, scope: str = "notes:read") -> int:
        """Return the status with which the API meets a bearer token; 200 when it is let through."""
        try:
            self.provider.require(Request("GET", f"{ISSUER}/api/notes", {"authorization": f"Bearer {token}"}), scope)
        except Refused as refused:
            return refused.status
        return 200


def outcome_of(ask: Callable[[], Outcome]) -> Outcome | Response:
    """Return what a call returns, or the response that it raises."""
    try:
        return ask()
    except HTTPProblem as problem:
        return respond(problem, page=True)


def response_of(ask: Callable[[], Question]) -> Response:
    """Return the response that a flow raises in the place of a question."""
    with pytest.raises(HTTPProblem) as problem:
        ask()
    return respond(problem.value, page=True)


def answer_of(response: Response) -> dict[str, str]:
    """Return the parameters of a redirect back to the client."""
    location = response.header("location") or ""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


CLIENTS = (
    {
        "client_id": "web",
        "client_secret": SECRET,
        "client_name": "A Web Application",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token", DEVICE_GRANT],
        "scope": ALL_SCOPES,
    },
    {
        "client_id": "post",
        "client_secret": SECRET,
        "redirect_uris": [CALLBACK, CALLBACK + "2"],
        "grant_types": ["authorization_code"],
        "scope": "notes:read",
        "token_endpoint_auth_method": "client_secret_post",
        "id_token_signed_response_alg": "ES256",
    },
    {
        "client_id": "app",
        "redirect_uris": ["http://127.0.0.1/cb", "https://app.example/public", "com.example.app:/cb"],
        "grant_types": ["authorization_code", "refresh_token", "client_credentials", DEVICE_GRANT],
        "scope": ALL_SCOPES,
        "token_endpoint_auth_method": "none",
    },
    {
        "client_id": "machine",
        "client_secret": SECRET,
        "grant_types": ["client_credentials"],
        "scope": "profile notes:read notes:write",
    },
    {"client_id": OTHER_API, "client_secret": SECRET, "grant_types": [], "scope": ""},
)
