"""The users, clients and OAuth 1.0a consumers that the black-box suites know. Secrets are made anew for each run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
ALL_SCOPES = "openid profile email notes:read notes:write"
CALLBACK = "https://client.example/callback"
SIGNED_OUT = "https://client.example/signed-out"
HOSTILE = "\"><script>alert('client')</script><img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Client:
    """A client as its own configuration knows it."""

    client_id: str
    client_secret: str | None = None
    method: str = "client_secret_basic"
    redirect_uri: str = CALLBACK
    scope: str = ALL_SCOPES


@dataclass(frozen=True)
class Consumer:
    """An OAuth 1.0a consumer as its own configuration knows it: with a secret, or with the private key of a pair."""

    consumer_key: str
    secret: str | None = None
    private_key: str | None = None
    callback: str = CALLBACK


def _secret() -> str:
    return secrets.token_urlsafe(32)


WEB = Client("web", _secret())
POST_CLIENT = Client("web-post", _secret(), "client_secret_post")
OTHER = Client("other", _secret())
ES256_CLIENT = Client("es256", _secret())
NO_REFRESH = Client("no-refresh", _secret(), scope="openid profile")
HOSTILE_CLIENT = Client("hostile", _secret())
APP = Client("app", None, "none", "http://127.0.0.1/callback")
URIS = Client("uris", _secret(), redirect_uri="https://uris.example/callback")
SERVICE = Client("service", _secret(), redirect_uri="", scope="notes:read notes:write")
DEVICE = Client("device", None, "none", "")
SECRET_DEVICE = Client("secret-device", _secret(), redirect_uri="")
# What RFC 6749 §2.3.1 is careful about: both parts are form-encoded before they are joined with a colon.
AWKWARD = Client("awk:ward client+100%", f"sécret: {_secret()}+/%&=", redirect_uri="", scope="notes:read")

ALICE = {"username": "alice", "password": _secret(), "name": "Alice Ärmel", "email": "alice@people.example"}
BOB = {"username": "bob", "password": f"{_secret()} p\u00e4ssw\u00f6rd", "name": "Bob", "email": "bob@people.example"}
CAROL = {"username": "carol", "password": _secret(), "name": "Carol", "email": "carol@people.example"}
MALLORY = {"username": "mallory<script>alert(1)</script>", "password": _secret(), "name": HOSTILE, "email": "mallory@people.example"}
LIMITED = [{"username": f"limited-{number}", "password": _secret(), "name": "Limited", "email": "l@people.example"} for number in range(3)]

_RSA = rsa.generate_private_key(65537, 2048)
_OTHER_RSA = rsa.generate_private_key(65537, 2048)


def _pem(key: rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


HMAC_CONSUMER = Consumer("hmac-consumer", _secret())
OTHER_CONSUMER = Consumer("other-consumer", _secret(), callback="https://other.example/callback?tenant=1")
RSA_CONSUMER = Consumer("rsa-consumer", private_key=_pem(_RSA))
STRANGER_KEY = _pem(_OTHER_RSA)

CONSUMER_CLIENT = Client("consumer", _secret())
CONSUMER_CONSUMER = Consumer("consumer-oauth1", _secret())

SECRETS = frozenset(
    value
    for value in (
        *(
            client.client_secret
            for client in (
                WEB,
                POST_CLIENT,
                OTHER,
                ES256_CLIENT,
                NO_REFRESH,
                HOSTILE_CLIENT,
                URIS,
                SERVICE,
                SECRET_DEVICE,
                AWKWARD,
                CONSUMER_CLIENT,
            )
        ),
        *(user["password"] for user in (ALICE, BOB, CAROL, MALLORY, *LIMITED)),
        *(consumer.secret for consumer in (HMAC_CONSUMER, OTHER_CONSUMER, CONSUMER_CONSUMER)),
    )
    if value
)
"""What must appear neither in a log nor in a database."""

REGISTERED_URIS = (
    URIS.redirect_uri,
    "https://uris.example/callback?tenant=1",
    "https://uris.example:8443/callback",
    "http://localhost:7000/callback",
    "http://127.0.0.1/loopback",
    "http://[::1]/loopback",
)


def _metadata(client: Client, **more: Any) -> dict[str, Any]:
    known = {"client_id": client.client_id, "token_endpoint_auth_method": client.method, "scope": client.scope}
    secret = {"client_secret": client.client_secret} if client.client_secret else {}
    uris = {"redirect_uris": [client.redirect_uri]} if client.redirect_uri else {}
    grants = {"grant_types": ["authorization_code", "refresh_token"]}
    return known | secret | uris | grants | {"client_name": f"The {client.client_id} client"} | more


def document(consumer_url: str = "http://127.0.0.1:9") -> dict[str, Any]:
    """Return the seed of a provider.

    Args:
        consumer_url: the public URL of the consumer that signs its users in there.
    """
    return {
        "users": [ALICE, BOB, CAROL, MALLORY, *LIMITED],
        "clients": [
            _metadata(WEB, post_logout_redirect_uris=[SIGNED_OUT]),
            _metadata(POST_CLIENT),
            _metadata(OTHER),
            _metadata(ES256_CLIENT, id_token_signed_response_alg="ES256"),
            _metadata(NO_REFRESH, grant_types=["authorization_code"]),
            _metadata(HOSTILE_CLIENT, client_name=HOSTILE),
            _metadata(APP, redirect_uris=[APP.redirect_uri, "com.example.app:/callback"]),
            _metadata(URIS, redirect_uris=list(REGISTERED_URIS)),
            _metadata(SERVICE, grant_types=["client_credentials"], scope=f"{ALL_SCOPES}"),
            _metadata(DEVICE, grant_types=[DEVICE_GRANT, "refresh_token"]),
            _metadata(SECRET_DEVICE, grant_types=[DEVICE_GRANT]),
            _metadata(AWKWARD, grant_types=["client_credentials"]),
            _metadata(
                CONSUMER_CLIENT,
                redirect_uris=[f"{consumer_url}/callback/{name}" for name in ("cookbook", "cookbook-form")],
                post_logout_redirect_uris=[f"{consumer_url}/"],
                client_name="The consumer",
            ),
        ],
        "oauth1_consumers": [
            {"consumer_key": HMAC_CONSUMER.consumer_key, "consumer_secret": HMAC_CONSUMER.secret, "callbacks": [CALLBACK]},
            {"consumer_key": OTHER_CONSUMER.consumer_key, "consumer_secret": OTHER_CONSUMER.secret, "callbacks": [OTHER_CONSUMER.callback]},
            {
                "consumer_key": RSA_CONSUMER.consumer_key,
                "rsa_public_key": _RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
                "callbacks": [CALLBACK],
            },
            {
                "consumer_key": CONSUMER_CONSUMER.consumer_key,
                "consumer_secret": CONSUMER_CONSUMER.secret,
                "callbacks": [f"{consumer_url}/callback/cookbook-oauth1"],
            },
        ],
    }


def providers(provider_url: str) -> str:
    """Return the providers file of a consumer that signs its users in at ``provider_url``, over OpenID Connect and OAuth 1.0a."""
    openid = f"""
protocol = "openid"
issuer = "{provider_url}"
client_id = "{CONSUMER_CLIENT.client_id}"
client_secret = "{CONSUMER_CLIENT.client_secret}"
scope = "{ALL_SCOPES}"
api = "{provider_url}"
"""
    return f"""
[cookbook]
title = "Cookbook"
{openid}

[cookbook-oauth1]
title = "Cookbook by OAuth 1.0a"
protocol = "oauth1"
request_token_endpoint = "{provider_url}/oauth1/request_token"
authorization_endpoint = "{provider_url}/oauth1/authorize"
access_token_endpoint = "{provider_url}/oauth1/access_token"
userinfo_endpoint = "{provider_url}/api/me"
client_id = "{CONSUMER_CONSUMER.consumer_key}"
client_secret = "{CONSUMER_CONSUMER.secret}"
signature_method = "HMAC-SHA256"
api = "{provider_url}"

[cookbook-form]
title = "Cookbook by form"
response_mode = "form_post"
{openid}

[unreachable]
title = "Unreachable"
protocol = "openid"
issuer = "http://127.0.0.1:9"
client_id = "nobody"
client_secret = "not-a-secret"
scope = "openid"
api = "http://127.0.0.1:9"
"""
