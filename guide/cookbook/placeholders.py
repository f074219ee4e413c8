"""What is random in a flow, replaced: the same value is the same placeholder wherever it comes by, and in every recording of the flow."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from shared_validator.vault import TYPED_ALPHABET

TIME = 1767225600
"""The time of everything that says when it was made: the year 2026 begins."""

_TIMES = {"iat", "nbf", "auth_time", "created_at"}
_RANDOM = {
    *(
        "state",
        "nonce",
        "code",
        "code_verifier",
        "code_challenge",
        "device_code",
        "user_code",
        "password",
        "csrf_token",
        "client_secret",
    ),
    *(
        "access_token",
        "refresh_token",
        "id_token",
        "token",
        "id_token_hint",
        "sub",
        "jti",
        "at_hash",
        "kid",
        "n",
        "x",
        "y",
    ),
    *(
        "oauth_token",
        "oauth_token_secret",
        "oauth_verifier",
        "oauth_nonce",
        "oauth_signature",
        "oauth_body_hash",
    ),
}
_SHOWN_CHARACTERS = 8


@dataclass
class Value:
    """A random value of a flow.

    Args:
        name: of the parameter that it came by as first.
        raw: as it travelled.
        shown: its placeholder.
        step: the number of the request that it came by with first, or with whose answer.
        note: how it was made from another value, if it was.
        decoded: what it holds, for a reader.
    """

    name: str
    raw: str
    shown: str
    step: int
    note: str = ""
    decoded: Any = None

    def as_json(self) -> dict[str, Any]:
        """Return what a reader may know of the value."""
        known = {"name": self.name, "step": self.step, "note": self.note, "decoded": self.decoded}
        return {name: content for name, content in known.items() if content}


@dataclass
class Placeholders:
    """The placeholders of one flow.

    Args:
        flow: its name; another flow has other placeholders.
        hosts: what each host and port of the run is called.
        public: values that are not random, whatever they are called.
    """

    flow: str
    hosts: Mapping[str, str]
    public: set[str] = field(default_factory=set)
    step: int = 0
    values: list[Value] = field(default_factory=list)
    _current: dict[str, Value] = field(default_factory=dict)

    def learn(self, name: str, raw: str) -> None:
        """Give a parameter's value a placeholder, if it is random and has none yet."""
        if name in _RANDOM and raw and raw not in self.public and raw not in self._current:
            self.issue(name, raw)

    def issue(self, name: str, raw: str, shown: str | None = None) -> None:
        """Give a value a new placeholder, even if it has one: a cookie or a form's token may be the same again, if the clock wants so."""
        before = sum(value.name == name for value in self.values)
        value = Value(name, raw, shown or self._placeholder(name, raw, before), self.step)
        self.values.append(value)
        self._current[raw] = value
        if _is_jwt(name, raw):
            value.decoded = self._jwt(raw)

    def basic(self, raw: str) -> None:
        """Give the credentials of `Basic` a placeholder in which the client can be recognized (RFC 6749 §2.3.1)."""
        if raw in self._current:
            return
        client_id, _, secret = base64.b64decode(raw).decode().partition(":")
        self.learn("client_secret", secret)
        self.issue("Basic", raw, f"{raw[: (len(client_id) + 1) // 3 * 4]}…")
        self._current[raw].note = self.text(f"Base64 of {client_id}:{secret}")

    def is_known(self, raw: str) -> bool:
        """Whether a value has a placeholder."""
        return raw in self._current

    def text(self, text: str) -> str:
        """Return a text with everything replaced that is known, however often it was percent-encoded."""
        for raw in sorted(self._current, key=len, reverse=True):
            for form in _encoded(raw):
                text = text.replace(form, self._current[raw].shown)
        for host, name in self.hosts.items():
            for form in _encoded(host):
                text = text.replace(form, name)
        return text

    def json(self, data: Any) -> str:
        """Return a JSON document with everything replaced, and times and the order of keys that say nothing."""
        timeless = _without_times(data)
        self._learn_all(timeless)
        return self.text(json.dumps(timeless, indent=2, ensure_ascii=False))

    def relate(self) -> None:
        """Say of values that are digests of others whose they are."""
        for value in self.values:
            for other in self.values:
                digest, of = (
                    _sha256(other.raw),
                    f"the SHA-256 digest of the {other.name} {other.shown}, as base64url",
                )
                if value.name == "code_challenge" and value.raw == _base64url(digest):
                    value.note = f"{of} (RFC 7636 §4.2)"
                if value.name == "at_hash" and value.raw == _base64url(digest[:16]):
                    value.note = f"half of {of} (OpenID Connect Core §3.1.3.6)"

    def _learn_all(self, data: Any) -> None:
        if isinstance(data, dict):
            for name, value in data.items():
                if isinstance(value, str):
                    self.learn(name, value)
        for inner in (
            data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        ):
            self._learn_all(inner)

    def _jwt(self, raw: str) -> dict[str, Any]:
        header, claims, _ = raw.split(".")
        return {
            name: json.loads(self.json(json.loads(_decoded(part))))
            for name, part in (("header", header), ("claims", claims))
        }

    def _placeholder(self, name: str, raw: str, before: int) -> str:
        digest = _sha256(f"{self.flow} {name} {before}")
        if name == "user_code":
            letters = "".join(TYPED_ALPHABET[byte % len(TYPED_ALPHABET)] for byte in digest[:8])
            return f"{letters[:4]}-{letters[4:]}"
        random = "".join(character for character in _base64url(digest) if character.isalnum())[
            :_SHOWN_CHARACTERS
        ]
        if _is_jwt(name, raw):
            header, claims, _ = raw.split(".")
            return f"{header[:_SHOWN_CHARACTERS]}….{claims[:_SHOWN_CHARACTERS]}….{random}…"
        return f"{random}…"


def _is_jwt(name: str, raw: str) -> bool:
    return (
        name in ("id_token", "access_token", "id_token_hint")
        and raw.startswith("eyJ")
        and raw.count(".") == 2
    )


def _encoded(raw: str) -> list[str]:
    """Return a value as it may stand in a URL, or in a URL that stands in a URL."""
    once = quote(raw, safe="")
    return list(dict.fromkeys([raw, once, quote(once, safe="")]))


def _without_times(data: Any) -> Any:
    if isinstance(data, list):
        return [_without_times(inner) for inner in data]
    if not isinstance(data, dict):
        return data
    result = {
        name: TIME if name in _TIMES else _without_times(value) for name, value in data.items()
    }
    with suppress(KeyError, TypeError):
        result["exp"] = TIME + data["exp"] - data["iat"]
    if isinstance(data.get("keys"), list):
        result["keys"] = sorted(
            result["keys"], key=lambda key: str(key.get("alg"))
        )  # they stand in the order of their random names
    return result


def _sha256(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
