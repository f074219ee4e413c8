"""Signed requests to protected resources, and every reason to refuse one (RFC 5849 §3.2)."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared_validator.context import Context
from shared_validator.http import FORM, Request
from shared_validator.store import TokenCredentials
from shared_validator.store.sql import SQLStore
from shared_validator.validators import oauth1
from shared_validator.validators.oauth1 import OAuth1Refused, OAuth1Resource
from shared_validator.validators.oauth1_consumer import load_rsa_public_key, new_consumer
from shared_validator.vault import VaultError, digest
from tests.unit.oauth1.server import ISSUER, SCOPES, SECRET, TOKEN, TOKEN_SECRET_TEXT, Server, SigningClient, rsa_pair, signed

UNAUTHENTICATED = (401, "the consumer key, the token or the signature is not valid")
REPLAYED = (401, "oauth_nonce was used before")


def accepted(answer: TokenCredentials | tuple[int, str]) -> bool:
    return isinstance(answer, TokenCredentials)


def test_user_and_scope(server: Server) -> None:
    """A request that is authentic speaks for the user who agreed, with what they agreed to (RFC 5849 §3.2)."""
    found = server.check(signed(server.token_client(), "/api/me?a=1&a=2&b"))
    assert isinstance(found, TokenCredentials)
    assert ("u1", "shared", tuple(SCOPES)) == (found.user_id, found.consumer_key, found.scope)


def test_altered_request(server: Server) -> None:
    """What was signed cannot be altered: method, path, query and form (RFC 5849 §3.4.1)."""
    sent = signed(server.token_client(), "/api/notes?a=1", "POST", "text=x", {"Content-Type": FORM})
    for altered in (
        Request("PUT", sent.url, sent.headers, sent.body),
        Request("POST", f"{ISSUER}/api/other?a=1", sent.headers, sent.body),
        Request("POST", f"{ISSUER}/api/notes?a=2", sent.headers, sent.body),
        Request("POST", sent.url, sent.headers, b"text=y"),
        Request("POST", sent.url, sent.headers, b"text=x&more"),
        Request("POST", sent.url, {**sent.headers, "content-type": "text/plain"}, sent.body),
    ):
        assert UNAUTHENTICATED == server.check(altered)
    assert accepted(server.check(sent))


@pytest.mark.parametrize(
    "changes",
    [
        {"client_key": "unknown"},
        {"client_key": "unknown", "signature_method": "RSA-SHA1"},
        {"client_key": "rsa"},
        {"client_secret": "wrong"},
        {"client_secret": ""},
        {"resource_owner_key": "unknown"},
        {"resource_owner_key": "rsa-" + TOKEN},
        {"resource_owner_secret": "wrong"},
        {"resource_owner_secret": ""},
    ],
)
def test_not_authentic(server: Server, changes: dict[str, Any]) -> None:
    """Whatever is wrong, unknown consumer, foreign token or bad signature, the answer is the same (RFC 5849 §3.2)."""
    assert UNAUTHENTICATED == server.check(signed(server.token_client(**changes), "/api/me"))


def test_rsa_token_must_exist(server: Server) -> None:
    """RSA signs without the token's secret, so the token itself must be the consumer's (RFC 5849 §3.4.3)."""
    for token in ("unknown", "shared-" + TOKEN):
        sent = signed(server.token_client("rsa", signature_method="RSA-SHA256", resource_owner_key=token), "/api/me")
        assert UNAUTHENTICATED == server.check(sent)
    assert accepted(server.check(signed(server.token_client("rsa", signature_method="RSA-SHA256"), "/api/me")))


@pytest.mark.parametrize("signature", ["", "AAAA", "!!!", "é", "A" * 344, "A" * 100_000])
@pytest.mark.parametrize(("consumer_key", "method"), [("shared", "HMAC-SHA1"), ("rsa", "RSA-SHA1")])
def test_signature_of_any_shape(server: Server, consumer_key: str, method: str, signature: str) -> None:
    """A signature that is not even base64 is refused like any other (RFC 5849 §3.2)."""
    sent = signed(server.token_client(consumer_key, signature_method=method), "/api/me")
    start = sent.headers["authorization"].partition("oauth_signature=")[0]
    answer = server.check(Request("GET", sent.url, {"authorization": f'{start}oauth_signature="{quote(signature, safe="")}"'}))
    assert answer == ((400, "a mandatory protocol parameter is missing") if signature == "" else UNAUTHENTICATED)


def test_folded_rsa_signature(server: Server) -> None:
    """An RSA signature whose base64 was folded into lines holds: several clients send it so."""
    sent = signed(server.token_client("rsa", signature_method="RSA-SHA1"), "/api/me")
    start, _, encoded = sent.headers["authorization"].partition('oauth_signature="')
    signature = unquote(encoded.rstrip('"'))
    folded = quote(f"{signature[:76]}\n{signature[76:]}", safe="")
    assert accepted(server.check(Request("GET", sent.url, {"authorization": f'{start}oauth_signature="{folded}"'})))


# One kind of credential ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("secret", ["", "dummy", "None"])
@pytest.mark.parametrize("method", ["HMAC-SHA1", "HMAC-SHA256", "HMAC-SHA512", "PLAINTEXT"])
def test_rsa_consumer_cannot_be_impersonated(make_server: Callable[..., Server], method: str, secret: str) -> None:
    """Trap 15: a consumer with an RSA key has no shared secret, and an empty one signs nothing for it (RFC 5849 §3.4.3)."""
    server = make_server(oauth1_plaintext=True)
    client = server.token_client("rsa", signature_method=method, client_secret=secret)
    assert UNAUTHENTICATED == server.check(signed(client, "/api/me"))


@pytest.mark.parametrize("consumer_key", ["shared", "unknown"])
def test_stand_in_key_proves_nothing(server: Server, monkeypatch: pytest.MonkeyPatch, consumer_key: str) -> None:
    """Trap 15: whoever finds the private half of the key that stands in for a missing one signs for nobody, and spends no nonce."""
    monkeypatch.setattr(oauth1, "_DUMMY_RSA_KEY", load_rsa_public_key(rsa_pair()[1]))
    nonces: list[Any] = []
    monkeypatch.setattr(server.store, "use_nonce", lambda *given: nonces.append(given) or True)
    client = server.token_client(consumer_key, signature_method="RSA-SHA1", resource_owner_key="shared-" + TOKEN)
    assert UNAUTHENTICATED == server.check(signed(client, "/api/me"))
    assert [] == nonces


# PLAINTEXT ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"oauth1_plaintext": True, "issuer": "http://127.0.0.1:5001"}])
def test_plaintext_is_off(make_server: Callable[..., Server], options: dict[str, Any]) -> None:
    """PLAINTEXT is refused unless it is switched on and the issuer is https (RFC 5849 §3.4.4)."""
    server = make_server(**options)
    with pytest.raises(OAuth1Refused, match="the signature method is not supported") as refused:
        server.resource.check(signed(server.token_client(signature_method="PLAINTEXT"), "/api/me"))
    assert 400 == refused.value.status


@pytest.mark.parametrize("place", ["AUTH_HEADER", "BODY", "QUERY"])
def test_plaintext_with_reserved_characters(make_server: Callable[..., Server], place: str) -> None:
    """Trap 13: secrets with & / + ~ sign with PLAINTEXT in the query and the body too: parameters are decoded once (RFC 5849 §3.4.4)."""
    server = make_server(oauth1_plaintext=True)
    client = server.token_client(signature_method="PLAINTEXT", signature_type=place)
    sent = signed(client, "/api/me", "POST")
    assert accepted(server.check(sent))
    assert REPLAYED == server.check(sent)
    assert UNAUTHENTICATED == server.check(signed({**client, "client_secret": "wrong"}, "/api/me", "POST"))


def test_plaintext_needs_no_nonce(make_server: Callable[..., Server]) -> None:
    """Trap 16: PLAINTEXT may leave nonce and timestamp out (RFC 5849 §3.1)."""
    server = make_server(oauth1_plaintext=True)
    signature = quote(f"{quote(SECRET, safe='')}&{quote(TOKEN_SECRET_TEXT, safe='')}", safe="")
    header = f'OAuth oauth_consumer_key="shared", oauth_token="shared-{TOKEN}", oauth_signature_method="PLAINTEXT", '
    assert accepted(server.check(Request("GET", f"{ISSUER}/api/me", {"authorization": f'{header}oauth_signature="{signature}"'})))


# Nonce and timestamp ------------------------------------------------------------------------------------------------------------


def test_replay(server: Server, tmp_path: Path) -> None:
    """The same request again is refused, also by another process on the same store (RFC 5849 §3.3)."""
    sent = signed(server.token_client(), "/api/me")
    assert accepted(server.check(sent))
    assert REPLAYED == server.check(sent)
    with closing(SQLStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as another_process:
        context = Context(server.context.settings, another_process, SCOPES, server.clock)
        with pytest.raises(OAuth1Refused, match="oauth_nonce was used before"):
            OAuth1Resource(context).check(sent)


def test_replay_until_the_timestamp_is_old(server: Server) -> None:
    """A nonce is remembered for as long as its timestamp is accepted, even one from a clock that is ahead (RFC 5849 §3.3)."""
    sent = signed(server.token_client(timestamp=str(int(server.clock()) + 300)), "/api/me")
    assert accepted(server.check(sent))
    server.clock.time += 600
    server.store.prune(server.context.now())
    assert REPLAYED == server.check(sent)
    server.clock.time += 1
    assert (401, "oauth_timestamp is more than 300 seconds off") == server.check(sent)


def test_nonce_is_unique_per_consumer_token_and_timestamp(server: Server) -> None:
    """The same nonce with another timestamp, token or consumer is another one (RFC 5849 §3.3)."""
    now = int(server.clock())
    for client in (
        server.token_client(nonce="12345678"),
        server.token_client(nonce="12345678", timestamp=str(now + 1)),
        server.token_client("rsa", signature_method="RSA-SHA1", nonce="12345678"),
    ):
        assert accepted(server.check(signed(client, "/api/me")))
    assert 200 == server.request_token(nonce="12345678").status


def test_nonce_is_spent_by_its_owner_only(server: Server) -> None:
    """Trap 14: a nonce in a request with a wrong signature is not spent, so nobody can burn another's nonces (RFC 5849 §3.3)."""
    client = server.token_client()
    for forged in ({"client_secret": "guess"}, {"resource_owner_secret": "guess"}):
        assert UNAUTHENTICATED == server.check(signed({**client, **forged}, "/api/me"))
    assert accepted(server.check(signed(client, "/api/me")))


@pytest.mark.fault(15)
@pytest.mark.parametrize(
    "nonce",
    ["chapoH", "walatlh", "1", "x" * 65, "x" * 128, "x" * 255, "12345678", "a-b_c.d~", "n once+/=&%", "é" * 8, "137131201:7d8f3e4a"],
)
def test_real_nonces(server: Server, nonce: str) -> None:
    """Trap 9, Trap 16: a nonce is any string that is unique: 1 to 255 characters of any kind (RFC 5849 §3.3)."""
    assert accepted(server.check(signed(server.token_client(nonce=nonce), "/api/me")))


@pytest.mark.fault(15)
@pytest.mark.parametrize("nonce", ["", "x" * 256, "1234567\n", "1234567\x7f"])
def test_bad_nonces(server: Server, nonce: str) -> None:
    """A nonce that is missing, longer or not printable is malformed (RFC 5849 §3.2)."""
    answer = server.check(signed(server.token_client(nonce=nonce), "/api/me"))
    assert isinstance(answer, tuple)
    assert 400 == answer[0]
    assert "oauth_nonce" in answer[1]


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_timestamp_within_the_window(server: Server, seconds: int) -> None:
    """A client's clock may be off by as much as the setting says (RFC 5849 §3.3)."""
    assert accepted(server.check(signed(server.token_client(timestamp=str(int(server.clock()) + seconds)), "/api/me")))


@pytest.mark.parametrize(
    ("timestamp", "status"),
    [
        ("1799999699", 401),
        ("1800000301", 401),
        ("0", 401),
        ("999999999999", 401),
        ("", 400),
        ("-1800000000", 400),
        ("1800000000.0", 400),
        ("1_800_000_000", 400),
        (" 1800000000", 400),
        ("１８０００００００００", 400),
        ("9" * 5000, 400),
        ("now", 400),
    ],
)
def test_bad_timestamps(server: Server, timestamp: str, status: int) -> None:
    """A timestamp outside of the window is refused with 401, one that is no number with 400 (RFC 5849 §3.2, §3.3)."""
    answer = server.check(signed(server.token_client(timestamp=timestamp), "/api/me"))
    assert isinstance(answer, tuple)
    assert answer[0] == status


# Protocol parameters ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "missing", ["oauth_consumer_key", "oauth_token", "oauth_signature_method", "oauth_signature", "oauth_timestamp", "oauth_nonce"]
)
def test_missing_parameter(server: Server, missing: str) -> None:
    """A request without a mandatory parameter is malformed (RFC 5849 §3.2)."""
    sent = signed(server.token_client(), "/api/me")
    pairs = [pair for pair in sent.headers["authorization"][6:].split(", ") if not pair.startswith(f'{missing}="')]
    answer = server.check(Request("GET", sent.url, {"authorization": "OAuth " + ", ".join(pairs)}))
    assert isinstance(answer, tuple)
    assert 400 == answer[0]


def test_no_parameters(server: Server) -> None:
    """A request without any protocol parameter is malformed (RFC 5849 §3.2)."""
    assert (400, "the protocol parameters are missing") == server.check(Request("GET", f"{ISSUER}/api/me", {}))


@pytest.mark.parametrize("version", ["", "1", "1.1", "2.0", "1.0a"])
def test_version(server: Server, version: str) -> None:
    """oauth_version is 1.0 or left out (RFC 5849 §3.1, §3.2)."""
    sent = signed(server.token_client(), "/api/me")
    header = sent.headers["authorization"].replace('oauth_version="1.0"', f'oauth_version="{version}"')
    assert (400, "oauth_version is not 1.0") == server.check(Request("GET", sent.url, {"authorization": header}))


@pytest.mark.parametrize("method", ["HMAC-MD5", "hmac-sha1", "RSA", "none", "HMAC-SHA1 "])
def test_method(server: Server, method: str) -> None:
    """A signature method that is not supported is named as such (RFC 5849 §3.2)."""
    sent = signed(server.token_client(), "/api/me")
    header = sent.headers["authorization"].replace('"HMAC-SHA1"', f'"{quote(method)}"')
    assert (400, "the signature method is not supported") == server.check(Request("GET", sent.url, {"authorization": header}))


@pytest.mark.parametrize("place", ["BODY", "QUERY"])
def test_two_places(server: Server, place: str) -> None:
    """Protocol parameters stand in one place only (RFC 5849 §3.5)."""
    sent = signed(server.token_client(signature_type=place), "/api/me", "POST")
    headers = {**sent.headers, "authorization": 'OAuth oauth_version="1.0"'}
    answer = server.check(Request("POST", sent.url, headers, sent.body))
    assert (400, "the protocol parameters are in more than one place") == answer


@pytest.mark.parametrize("place", ["AUTH_HEADER", "BODY", "QUERY"])
def test_repeated_parameter(server: Server, place: str) -> None:
    """A protocol parameter that is given twice is malformed, in the header too, where oauthlib overlooks it (RFC 5849 §3.2)."""
    sent = signed(server.token_client(signature_type=place), "/api/me", "POST")
    more = {
        "AUTH_HEADER": Request("POST", sent.url, {"authorization": sent.headers.get("authorization", "") + ', oauth_version="1.0"'}),
        "BODY": Request("POST", sent.url, sent.headers, sent.body + b"&oauth_version=1.0"),
        "QUERY": Request("POST", sent.url + "&oauth_version=1.0", sent.headers),
    }
    assert (400, "a protocol parameter is given twice") == server.check(more[place])


@pytest.mark.parametrize("changes", [{"client_key": "k" * 256}, {"client_key": "a\nb"}, {"resource_owner_key": "t" * 256}])
def test_malformed_names(server: Server, changes: dict[str, Any]) -> None:
    """Keys and tokens that no server gave out are malformed (RFC 5849 §3.2)."""
    answer = server.check(signed(server.token_client(**changes), "/api/me"))
    assert isinstance(answer, tuple)
    assert 400 == answer[0]


@pytest.mark.parametrize("key", ["k", "a-key_with.more~ than/letters+=", "ключ", "k" * 255])
def test_real_keys(server: Server, key: str) -> None:
    """Trap 9: a consumer key may have any length up to 255 and any printable character."""
    consumer = server.store.oauth1_consumer("shared")
    assert consumer
    server.store.save_oauth1_consumer(
        new_consumer(server.context.vault, consumer_key=key, name="Key", callbacks=consumer.callbacks, secret=SECRET)
    )
    assert 200 == server.request_token(client_key=key).status


# Bodies -------------------------------------------------------------------------------------------------------------------------


def digest_of(name: str, body: bytes) -> str:
    return base64.b64encode(hashlib.new(name, body).digest()).decode()


def with_body_hash(server: Server, value: str, body: bytes, **options: Any) -> Request:
    """Sign a request with ``oauth_body_hash``, as oauthlib's client does for text bodies."""

    class Hashing(SigningClient):
        def get_oauth_params(self, request: Any) -> Any:
            return [*super().get_oauth_params(request), ("oauth_body_hash", value)]

    url, headers, _ = Hashing(**server.token_client(**options)).sign(f"{ISSUER}/api/files", "POST")
    return Request("POST", url, {"authorization": headers["Authorization"], "content-type": "multipart/form-data; boundary=b"}, body)


def test_upload_is_not_signed_by_itself(server: Server) -> None:
    """Trap 10: only forms are signed (RFC 5849 §3.4.1.3.1), so a client signs a digest of any other body, and it is checked here."""
    for body_hash in (digest_of("sha1", b"another file"), "", "é"):
        assert UNAUTHENTICATED == server.check(with_body_hash(server, body_hash, b"the file"))
    assert accepted(server.check(with_body_hash(server, digest_of("sha1", b"the file"), b"the file")))


def test_body_hash_of_the_method(server: Server) -> None:
    """The digest is SHA-1, which clients use whatever they sign with, or the signature method's own (draft-eaton-oauth-bodyhash-00)."""
    for options in ({"signature_method": "HMAC-SHA256"}, {"consumer_key": "rsa", "signature_method": "RSA-SHA256"}):
        for name in ("sha1", "sha256"):
            assert accepted(server.check(with_body_hash(server, digest_of(name, b"x"), b"x", **options)))
        assert UNAUTHENTICATED == server.check(with_body_hash(server, digest_of("sha512", b"x"), b"x", **options))


def test_json_of_oauthlib(server: Server) -> None:
    """oauthlib's client signs the digest of JSON, and an altered body is refused."""
    sent = signed(server.token_client(), "/api/notes", "POST", '{"text": "ü"}', {"Content-Type": "application/json"})
    assert "oauth_body_hash" in sent.headers["authorization"]
    assert UNAUTHENTICATED == server.check(Request("POST", sent.url, sent.headers, b"{}"))
    assert accepted(server.check(sent))


def test_json_of_requests_oauthlib(server: Server) -> None:
    """requests-oauthlib leaves such a body out of the signature and sends no digest: RFC 5849 asks for none."""
    sent = signed(server.token_client(), "/api/notes", "POST")
    assert accepted(server.check(Request("POST", sent.url, {**sent.headers, "content-type": "application/json"}, b"{}")))


# What a check costs and shows ---------------------------------------------------------------------------------------------------


class Counting:
    """A store that counts the calls of its methods."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.calls: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        self.calls[name] += 1
        return getattr(self._store, name)


@pytest.mark.parametrize(
    ("changes", "calls"),
    [
        ({}, ["oauth1_consumer", "token_credentials", "use_nonce"]),
        ({"client_key": "unknown"}, ["oauth1_consumer", "token_credentials"]),
        ({"resource_owner_key": "unknown"}, ["oauth1_consumer", "token_credentials"]),
        ({"client_secret": "wrong"}, ["oauth1_consumer", "token_credentials"]),
    ],
)
def test_same_work_for_every_refusal(server: Server, changes: dict[str, Any], calls: list[str]) -> None:
    """A good request costs two reads and a nonce; an unknown consumer or token costs the same reads as a known one."""
    counting = Counting(server.store)
    object.__setattr__(server.context, "store", counting)
    server.check(signed(server.token_client(**changes), "/api/me"))
    assert Counter(calls) == counting.calls


TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(realm=TEXT, values=st.fixed_dictionaries(dict.fromkeys(("oauth_consumer_key", "oauth_token", "oauth_nonce"), TEXT)))
def test_nothing_sent_comes_back(server: Server, realm: str, values: dict[str, str]) -> None:
    """Mistake 3: whatever stands in a header, the refusal's headers are ours alone: no realm, quote or line break of the client's."""
    pairs = [f'realm="{quote(realm, safe=" ,<>=")}"', *(f'{name}="{quote(value, safe="")}"' for name, value in values.items())]
    for handler in server.handlers.values():
        response = handler(Request("POST", f"{ISSUER}/oauth1/request_token", {"authorization": "OAuth " + ", ".join(pairs)}))
        assert 400 == response.status
        assert {"Content-Type", "WWW-Authenticate", "Cache-Control", "Pragma"} == {name for name, _ in response.headers}
        assert f'OAuth realm="{ISSUER}"' == response.header("WWW-Authenticate")


@pytest.mark.fault(9)
def test_secrets_that_were_moved_to_another_row_do_not_open(server: Server) -> None:
    """An attacker who can write to the database signs for no victim with the secrets of their own rows (RFC 5849 §3.4)."""
    store, vault = server.store, server.context.vault
    own = new_consumer(vault, consumer_key="own", name="Own", callbacks=(), secret="own secret")
    victim = store.oauth1_consumer("shared")
    assert victim is not None
    store.save_oauth1_consumer(replace(victim, sealed_secret=own.sealed_secret))
    client = server.token_client() | {"client_secret": "own secret"}
    with pytest.raises(VaultError):
        server.check(signed(client, "/api/notes"))

    store.save_oauth1_consumer(victim)
    token = TokenCredentials(
        token_hash=digest("own token"),
        sealed_secret=vault.seal(oauth1.TOKEN_SECRET, digest("another token"), b"secret"),
        consumer_key="shared",
        user_id=server.user.user_id,
        scope=tuple(SCOPES),
        issued_at=server.context.now(),
    )
    store.save_token_credentials(token)
    client = server.client(resource_owner_key="own token", resource_owner_secret="secret")
    with pytest.raises(VaultError):
        server.check(signed(client, "/api/notes"))
