"""A provider over real HTTP that is right by default, and can be told to misbehave in one thing at a time."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from shared_validator.http import Request
from shared_validator.validators.oauth1_signature import SignedRequest, hmac_holds, hmac_key, rsa_holds

CLIENT_ID = "the client: with a colon"
CLIENT_SECRET = "client secret/with+signs% of 32 bytes"
CONSUMER_SECRET = "consumer secret"

Answer = tuple[int, dict[str, str], bytes]


@cache
def rsa_key(kid: str = "rsa") -> RSAKey:
    """A key pair; making one takes long, so each is made once."""
    return RSAKey.generate_key(2048, {"kid": kid, "use": "sig"})


@cache
def ec_key(kid: str = "ec") -> ECKey:
    """A key pair for ES256."""
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def private_pem(key: RSAKey) -> str:
    """A private key as an operator has it."""
    return key.as_pem(private=True).decode()


def as_json(values: Any, status: int = 200) -> Answer:
    """An answer in JSON."""
    return status, {"Content-Type": "application/json"}, json.dumps(values).encode()


def as_form(values: dict[str, str]) -> Answer:
    """An answer in OAuth 1.0a's own format."""
    return 200, {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(values).encode()


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    url: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Misbehaving:
    """What a test changes: entries that replace right ones, or whole answers by path. A value of ``None`` leaves the entry out."""

    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    token_answer: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer | Callable[[Seen], Answer]] = field(default_factory=dict)
    id_token: Callable[[dict[str, Any]], str] | None = None
    jwks: Callable[[], Any] | None = None


class Provider:
    """An authorization server, OpenID provider, OAuth 1.0a provider and API on one loopback port."""

    def __init__(self) -> None:
        self.reset()
        self.lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def reset(self) -> None:
        """Forget everything, and behave."""
        self.seen: list[Seen] = []
        self.wrong = Misbehaving()
        self.auth_method = "client_secret_basic"
        self.accepts_pkce = True
        self.expires_in = 3600
        self.refresh_seconds = 0.0
        self.oauth1_method = "HMAC-SHA1"
        self.codes: dict[str, dict[str, str]] = {}
        self.access_tokens: dict[str, str] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.used_refresh_tokens: set[str] = set()
        self.oauth1_secrets: dict[str, tuple[str, str]] = {}
        self.theft_noticed = False
        self.revoked: list[str] = []

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [seen.path for seen in self.seen]

    def last(self, path: str) -> Seen:
        """The newest request to a path."""
        return next(seen for seen in reversed(self.seen) if seen.path == path)

    # What a person does in a browser ------------------------------------------------------------------------------------------

    def approve(self, url: str, user: str = "alice", **changed: str | None) -> str:
        """Agree to an authorization request, and return the callback's URL; ``changed`` replaces parameters of it."""
        asked = dict(parse_qsl(urlsplit(url).query))
        if "oauth_token" in asked:
            answer: dict[str, str | None] = {"oauth_token": asked["oauth_token"], "oauth_verifier": f"verifier of {user}"}
            return f"{self._oauth1_callback}?{_query(answer | changed)}"
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked | {"user": user}
        return f"{asked['redirect_uri']}?{_query({'code': code, 'state': asked['state'], 'iss': self.url} | changed)}"

    # What a machine gets ------------------------------------------------------------------------------------------------------

    def answer(self, seen: Seen) -> Answer:
        """Answer a request."""
        with self.lock:
            self.seen.append(seen)
        wrong = self.wrong.answers.get(seen.path)
        if wrong is not None:
            return wrong(seen) if callable(wrong) else wrong
        routes: dict[str, Callable[[Seen], Answer]] = {
            "/.well-known/openid-configuration": self._metadata,
            "/.well-known/oauth-authorization-server": self._metadata,
            "/jwks": self._jwks,
            "/token": self._token,
            "/revoke": self._revoke,
            "/userinfo": self._userinfo,
            "/oauth1/request_token": self._request_token,
            "/oauth1/access_token": self._access_token,
            "/oauth1/me": self._oauth1_me,
        }
        return routes.get(seen.path, self._api)(seen)

    def _metadata(self, seen: Seen) -> Answer:
        return as_json(
            _changed(
                {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "userinfo_endpoint": f"{self.url}/userinfo",
                    "revocation_endpoint": f"{self.url}/revoke",
                    "end_session_endpoint": f"{self.url}/logout",
                    "jwks_uri": f"{self.url}/jwks",
                    "authorization_response_iss_parameter_supported": True,
                },
                self.wrong.metadata,
            )
        )

    def _jwks(self, seen: Seen) -> Answer:
        if self.wrong.jwks:
            return as_json(self.wrong.jwks())
        return as_json({"keys": [rsa_key().as_dict(private=False), ec_key().as_dict(private=False)]})

    def _token(self, seen: Seen) -> Answer:
        if not self._is_client(seen):
            return as_json({"error": "invalid_client"}, 401)
        if seen.form["grant_type"] == "refresh_token":
            return self._refresh(seen.form["refresh_token"])
        asked = self.codes.pop(seen.form.get("code", ""), None)
        if not self.accepts_pkce and "code_verifier" in seen.form:
            return as_json({"error": "invalid_client"}, 401)
        verifier = seen.form.get("code_verifier", "").encode()
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).decode().rstrip("=") if self.accepts_pkce else None
        if asked is None or challenge != asked.get("code_challenge") or seen.form["redirect_uri"] != asked["redirect_uri"]:
            return as_json({"error": "invalid_grant"}, 400)
        answer = self._tokens(asked["user"])
        if "openid" in asked.get("scope", "").split():
            answer["id_token"] = self._id_token(asked, answer["access_token"])
        return as_json(_changed(answer, self.wrong.token_answer))

    def _refresh(self, refresh_token: str) -> Answer:
        with self.lock:
            user = self.refresh_tokens.pop(refresh_token, None)
            if user is None:
                self.theft_noticed |= refresh_token in self.used_refresh_tokens
                return as_json({"error": "invalid_grant"}, 400)
            self.used_refresh_tokens.add(refresh_token)
        time.sleep(self.refresh_seconds)
        return as_json(_changed(self._tokens(user), self.wrong.token_answer))

    def _tokens(self, user: str) -> dict[str, Any]:
        access_token, refresh_token = (f"{kind}-{secrets.token_urlsafe(8)}" for kind in ("access", "refresh"))
        self.access_tokens[access_token] = user
        self.refresh_tokens[refresh_token] = user
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": self.expires_in,
            "refresh_token": refresh_token,
            "scope": "openid profile",
        }

    def _id_token(self, asked: dict[str, str], access_token: str) -> str:
        claims = _changed(
            {
                "iss": self.url,
                "sub": f"subject of {asked['user']}",
                "aud": asked["client_id"],
                "exp": int(time.time()) + 300,
                "iat": int(time.time()),
                "nonce": asked.get("nonce"),
                "at_hash": base64.urlsafe_b64encode(hashlib.sha256(access_token.encode()).digest()[:16]).decode().rstrip("="),
            },
            self.wrong.claims,
        )
        return self.wrong.id_token(claims) if self.wrong.id_token else jwt.encode({"alg": "RS256", "kid": "rsa"}, claims, rsa_key())

    def _is_client(self, seen: Seen) -> bool:
        form = seen.form
        if self.auth_method == "client_secret_basic":
            scheme, _, credentials = seen.headers.get("authorization", "").partition(" ")
            client_id, _, client_secret = base64.b64decode(credentials).decode().partition(":")
            given = (unquote_plus(client_id), unquote_plus(client_secret))
            return scheme == "Basic" and given == (CLIENT_ID, CLIENT_SECRET) and "client_secret" not in form
        if "authorization" in seen.headers or form.get("client_id") != CLIENT_ID:
            return False
        return form.get("client_secret") == (CLIENT_SECRET if self.auth_method == "client_secret_post" else None)

    def _revoke(self, seen: Seen) -> Answer:
        if not self._is_client(seen):
            return as_json({"error": "invalid_client"}, 401)
        self.revoked.append(seen.form["token"])
        return 200, {}, b""

    def _userinfo(self, seen: Seen) -> Answer:
        user = self._bearer(seen)
        if user is None:
            return as_json({}, 401)
        return as_json(_changed({"sub": f"subject of {user}", "name": user.title(), "email": None}, self.wrong.userinfo))

    def _bearer(self, seen: Seen) -> str | None:
        return self.access_tokens.get(seen.headers.get("authorization", "").removeprefix("Bearer "))

    def _api(self, seen: Seen) -> Answer:
        user = self._bearer(seen) or self._oauth1_user(seen)
        if user is None:
            return 401, {"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'}, b""
        return as_json({"user": user, "method": seen.method, "body": seen.body.decode("latin-1")})

    # OAuth 1.0a -----------------------------------------------------------------------------------------------------------------

    def _request_token(self, seen: Seen) -> Answer:
        signed = self._signed(seen, "")
        if signed is None:
            return 401, {"WWW-Authenticate": "OAuth"}, b""
        self._oauth1_callback = signed.callback
        return self._credentials("temporary", {"oauth_callback_confirmed": "true"})

    def _access_token(self, seen: Seen) -> Answer:
        token = SignedRequest(_request(seen)).token
        kind, secret = self.oauth1_secrets.pop(token, ("", ""))
        signed = self._signed(seen, secret)
        if signed is None or kind != "temporary" or not signed.verifier.startswith("verifier of "):
            return 401, {"WWW-Authenticate": "OAuth"}, b""
        return self._credentials(signed.verifier.removeprefix("verifier of "), {})

    def _credentials(self, kind: str, more: dict[str, str]) -> Answer:
        token, secret = secrets.token_urlsafe(8), secrets.token_urlsafe(8)
        self.oauth1_secrets[token] = (kind, secret)
        return as_form(_changed({"oauth_token": token, "oauth_token_secret": secret, **more}, self.wrong.token_answer))

    def _oauth1_me(self, seen: Seen) -> Answer:
        user = self._oauth1_user(seen)
        return as_json({}, 401) if user is None else as_json({"sub": f"subject of {user}", "name": user.title()})

    def _oauth1_user(self, seen: Seen) -> str | None:
        if not seen.headers.get("authorization", "").startswith("OAuth "):
            return None
        user, secret = self.oauth1_secrets.get(SignedRequest(_request(seen)).token, ("", ""))
        return user if user and self._signed(seen, secret) else None

    def _signed(self, seen: Seen, token_secret: str) -> SignedRequest | None:
        """Check a signature with the provider's own code, which shares nothing with what oauthlib signs with."""
        signed = SignedRequest(_request(seen))
        base_string = signed.base_string(self.url)
        if self.oauth1_method.startswith("RSA"):
            holds = rsa_holds(signed, base_string, serialization.load_pem_public_key(rsa_key().as_pem(private=False)))  # type: ignore[arg-type]
        else:
            holds = hmac_holds(signed, base_string, hmac_key(CONSUMER_SECRET, token_secret))
        right = holds and signed.signature_method == self.oauth1_method and signed.consumer_key == CLIENT_ID
        return signed if right and signed.body_hash_holds() else None


def _request(seen: Seen) -> Request:
    return Request(seen.method, seen.url, seen.headers, seen.body)


def _changed(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**values, **changes}.items() if value is not None or name not in changes}


def _query(parameters: dict[str, str | None]) -> str:
    return urlencode({name: value for name, value in parameters.items() if value is not None})


def _handler(provider: Provider) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self._chunks() if "Transfer-Encoding" in self.headers else self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, sent, content = provider.answer(Seen(self.command, provider.url + self.path, headers, body))
            try:
                self.send_response(status)
                for name, value in sent.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)
            except OSError:
                # A client that refuses a huge answer hangs up.
                self.close_connection = True

        def _chunks(self) -> bytes:
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        do_GET = do_POST = do_PUT = do_DELETE = handle_any

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    return Handler
