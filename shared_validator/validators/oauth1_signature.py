"""A signed request as RFC 5849 §3 reads it: its protocol parameters, its signature base string, and whether the signature holds."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from oauthlib.oauth1.rfc5849.signature import base_string_uri

from shared_validator.http import FORM, BadRequest, Request
from shared_validator.store import OAuth1Consumer, TemporaryCredentials, TokenCredentials

PLAINTEXT = "PLAINTEXT"
HMAC_HASHES = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256", "HMAC-SHA512": "sha512"}
RSA_HASHES: dict[str, hashes.HashAlgorithm] = {
    "RSA-SHA1": hashes.SHA1(),  # noqa: S303 - RFC 5849 §3.4.3 names it; a forger would need a second preimage, not a collision
    "RSA-SHA256": hashes.SHA256(),
    "RSA-SHA512": hashes.SHA512(),
}

MAX_FORM_BYTES = 1 << 20
"""A longer form is refused before it is decoded: a stranger must not choose how much work a refusal is."""

_PAIR = r'[^\s=",]+="[^"\\]*(?:\\.[^"\\]*)*"'
_CREDENTIALS = re.compile(rf"\s*{_PAIR}(?:\s*,\s*{_PAIR})*[\s,]*")
_PAIRS = re.compile(r'([^\s=",]+)="([^"\\]*(?:\\.[^"\\]*)*)"')


class SignedRequest:
    """A request with its protocol parameters found, under the names that oauthlib's endpoints use.

    Args:
        request: the request as it arrived.

    Raises:
        BadRequest: parameters that cannot be decoded, protocol parameters in more than one place or given twice, or none at all
            (RFC 5849 §3.5, §3.2).
    """

    # A realm is not a scope here, and oauthlib is not to read one out of it.
    realm = None

    def __init__(self, request: Request) -> None:
        places = _places(request)
        signed = [place for place in places if any(name.startswith("oauth_") for name, _ in place)]
        if not signed:
            raise BadRequest("the protocol parameters are missing")
        if len(signed) > 1:
            raise BadRequest("the protocol parameters are in more than one place")
        protocol = [pair for pair in signed[0] if pair[0].startswith("oauth_")]
        self.oauth_params = given = dict(protocol)
        if len(given) != len(protocol):
            raise BadRequest("a protocol parameter is given twice")
        self.request = request
        self.params = [pair for place in places for pair in place if pair[0] != "oauth_signature"]
        self.signature = given.get("oauth_signature", "")
        self.signature_method = given.get("oauth_signature_method", "")
        self.client_key = given.get("oauth_consumer_key", "")
        self.resource_owner_key = given.get("oauth_token", "")
        self.nonce = given.get("oauth_nonce", "")
        self.timestamp = given.get("oauth_timestamp", "")
        self.redirect_uri = given.get("oauth_callback", "")
        self.verifier = given.get("oauth_verifier", "")
        # What a validator finds, kept so that each record is read once.
        self.consumer: OAuth1Consumer | None = None
        self.temporary: TemporaryCredentials | None = None
        self.token: TokenCredentials | None = None
        # What oauthlib's endpoints write.
        self.realms: list[str] = []
        self.validator_log: dict[str, Any] = {}

    def base_string(self, origin: str) -> bytes:
        """Return what is signed (RFC 5849 §3.4.1.1).

        Args:
            origin: scheme and authority of this server, as ``origin`` returns them.
        """
        encoded = sorted([(quote(name, safe=""), quote(value, safe="")) for name, value in self.params])
        parameters = "&".join([f"{name}={value}" for name, value in encoded])
        # Encoded once, they hold only unreserved characters and these three: quote() would look at each character again.
        parameters = parameters.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
        uri = quote(origin + (self.request.path or "/"), safe="")
        return f"{quote(self.request.method.upper(), safe='')}&{uri}&{parameters}".encode("ascii")

    def body_hash_holds(self) -> bool:
        """Check the digest of the body, where the client signed one (OAuth Request Body Hash, draft-eaton-oauth-bodyhash-00).

        RFC 5849 §3.4.1.3.1 signs only forms. Clients hash with SHA-1 whatever the signature method, or with the method's own hash.
        """
        if "oauth_body_hash" not in self.oauth_params:
            return True
        given = self.oauth_params["oauth_body_hash"].encode()
        algorithms = {"sha1", HMAC_HASHES.get(self.signature_method.replace("RSA", "HMAC"), "sha1")}
        return any(hmac.compare_digest(base64.b64encode(hashlib.new(name, self.request.body).digest()), given) for name in algorithms)


def origin(issuer: str) -> str:
    """Return scheme and authority for the base string: lower case, and without the default port (RFC 5849 §3.4.1.2)."""
    parts = urlsplit(issuer)
    # The path of an issuer is part of the path of each request.
    return str(base_string_uri(f"{parts.scheme}://{parts.netloc}")).rstrip("/")


def _places(request: Request) -> list[tuple[tuple[str, str], ...]]:
    return [_header(request.headers.get("authorization", "")), _form(request), _query(request)]


def _header(authorization: str) -> tuple[tuple[str, str], ...]:
    """Read ``Authorization: OAuth …`` (RFC 5849 §3.5.1). oauthlib reads it into a dictionary, and so overlooks a repeated parameter."""
    if authorization[:6].lower() != "oauth ":
        return ()
    credentials = authorization[6:]
    if not credentials.isascii() or not _CREDENTIALS.fullmatch(credentials):
        raise BadRequest("the Authorization header is malformed")
    return tuple([(_decoded(name), _decoded(value)) for name, value in _PAIRS.findall(credentials) if name.lower() != "realm"])


def _decoded(text: str) -> str:
    if "%" not in text:
        return text
    try:
        decoded = unquote(text, errors="strict")
    except UnicodeDecodeError as error:
        raise BadRequest("the Authorization header is not percent-encoded UTF-8") from error
    if "\x00" in decoded:
        raise BadRequest("a parameter contains a NUL character")
    return decoded


def _form(request: Request) -> tuple[tuple[str, str], ...]:
    content_type = request.headers.get("content-type", "")
    media_type = content_type.split(";", 1)[0].strip().lower()
    if FORM in content_type.lower() and media_type != FORM:
        # Two types: this server and the application behind it could each believe another one, and fields would go unsigned.
        raise BadRequest("the Content-Type is ambiguous")
    if media_type == FORM and len(request.body) > MAX_FORM_BYTES:
        raise BadRequest("the form is too long")
    return request.form


def _query(request: Request) -> tuple[tuple[str, str], ...]:
    if not request.url.isascii():
        raise BadRequest("the URL is malformed")
    return request.query


def hmac_key(consumer_secret: str, token_secret: str) -> str:
    """Return the key of the HMAC methods, which is also the signature of PLAINTEXT (RFC 5849 §3.4.2, §3.4.4)."""
    return f"{quote(consumer_secret, safe='')}&{quote(token_secret, safe='')}"


def hmac_holds(signed: SignedRequest, base_string: bytes, key: str) -> bool:
    """Check an HMAC signature (RFC 5849 §3.4.2), in constant time."""
    digest = hmac.digest(key.encode(), base_string, HMAC_HASHES[signed.signature_method])
    return hmac.compare_digest(base64.b64encode(digest), signed.signature.encode())


def plaintext_holds(signed: SignedRequest, key: str) -> bool:
    """Check a PLAINTEXT signature (RFC 5849 §3.4.4), in constant time."""
    return hmac.compare_digest(key.encode(), signed.signature.encode())


def rsa_holds(signed: SignedRequest, base_string: bytes, key: RSAPublicKey) -> bool:
    """Check an RSASSA-PKCS1-v1_5 signature (RFC 5849 §3.4.3). Its base64 may hold line breaks: several clients fold it."""
    try:
        key.verify(base64.b64decode(signed.signature), base_string, PKCS1v15(), RSA_HASHES[signed.signature_method])
    except (InvalidSignature, ValueError):
        return False
    return True
