"""A signed request (RFC 5849 §3): its parameters, its base string, its signature."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from dataclasses import replace
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from oauthlib.oauth1.rfc5849.signature import base_string_uri

from shared_validator.http import FORM, BadRequest, Request

PLAINTEXT = "PLAINTEXT"
HMAC_HASHES = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256", "HMAC-SHA512": "sha512"}
RSA_HASHES: dict[str, hashes.HashAlgorithm] = {
    # RFC 5849 §3.4.3 defines it. A forger would need a second preimage, not a collision.
    "RSA-SHA1": hashes.SHA1(),  # noqa: S303
    "RSA-SHA256": hashes.SHA256(),
    "RSA-SHA512": hashes.SHA512(),
}

MAX_FORM_BYTES = 1 << 20
"""A longer form is refused without decoding it, so that a stranger cannot cause much work."""

_PAIR = r'[^\s=",]+="[^"\\]*(?:\\.[^"\\]*)*"'
_CREDENTIALS = re.compile(rf"\s*{_PAIR}(?:\s*,\s*{_PAIR})*[\s,]*")
_PAIRS = re.compile(r'([^\s=",]+)="([^"\\]*(?:\\.[^"\\]*)*)"')


class SignedRequest:
    """A request with its protocol parameters. The rest of a form is decoded when needed.

    Args:
        request: the request as it arrived.

    Raises:
        BadRequest: protocol parameters that cannot be decoded, are in more than one place or given
            twice, or are missing (RFC 5849 §3.5, §3.2).
    """

    def __init__(self, request: Request) -> None:
        self._header = _header(request.headers.get("authorization", ""))
        places = (self._header, _protocol_fields(request), _query(request))
        protocol = [[pair for pair in place if pair[0].startswith("oauth_")] for place in places]
        signed = [place for place in protocol if place]
        if not signed:
            raise BadRequest("the protocol parameters are missing")
        if len(signed) > 1:
            raise BadRequest("the protocol parameters are in more than one place")
        self.oauth_params = given = dict(signed[0])
        if len(given) != len(signed[0]):
            raise BadRequest("a protocol parameter is given twice")
        self.request = request
        self.signature = given.get("oauth_signature", "")
        self.signature_method = given.get("oauth_signature_method", "")
        self.consumer_key = given.get("oauth_consumer_key", "")
        self.token = given.get("oauth_token", "")
        self.nonce = given.get("oauth_nonce", "")
        self.timestamp = given.get("oauth_timestamp", "")
        self.callback = given.get("oauth_callback", "")
        self.verifier = given.get("oauth_verifier", "")

    def decode(self) -> None:
        """Decode the whole form. Raises ``BadRequest`` if it cannot be decoded."""
        self.request.form  # noqa: B018 - the request remembers it

    @property
    def params(self) -> list[tuple[str, str]]:
        """The signed parameters (RFC 5849 §3.4.1.3.1). Raises ``BadRequest``."""
        places = (self._header, self.request.form, self.request.query)
        return [pair for place in places for pair in place if pair[0] != "oauth_signature"]

    def base_string(self, origin: str) -> bytes:
        """Return the string that is signed (RFC 5849 §3.4.1.1).

        Args:
            origin: scheme and authority of this server, from ``origin``.
        """
        encoded = [(quote(name, safe=""), quote(value, safe="")) for name, value in self.params]
        encoded.sort()
        parameters = "&".join([f"{name}={value}" for name, value in encoded])
        # After the first encoding, only these three characters need another. quote() would check
        # each character again.
        parameters = parameters.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
        uri = quote(origin + (self.request.path or "/"), safe="")
        return f"{quote(self.request.method.upper(), safe='')}&{uri}&{parameters}".encode("ascii")

    def body_hash_holds(self) -> bool:
        """Check the digest of the body, if the client signed one (draft-eaton-oauth-bodyhash-00).

        RFC 5849 §3.4.1.3.1 only signs forms. Some clients hash with SHA-1 whatever the signature
        method, others with the method's own hash.
        """
        if "oauth_body_hash" not in self.oauth_params:
            return True
        given = self.oauth_params["oauth_body_hash"].encode()
        algorithms = {"sha1", HMAC_HASHES.get(self.signature_method.replace("RSA", "HMAC"), "sha1")}
        digests = (hashlib.new(name, self.request.body).digest() for name in algorithms)
        return any(hmac.compare_digest(base64.b64encode(digest), given) for digest in digests)


def origin(issuer: str) -> str:
    """Return scheme and authority in lower case, without a default port (RFC 5849 §3.4.1.2)."""
    parts = urlsplit(issuer)
    # The path of an issuer is part of the path of each request.
    return str(base_string_uri(f"{parts.scheme}://{parts.netloc}")).rstrip("/")


def _header(authorization: str) -> tuple[tuple[str, str], ...]:
    """Read ``Authorization: OAuth …`` (RFC 5849 §3.5.1).

    oauthlib reads it into a dictionary, which hides repeated parameters.
    """
    if authorization[:6].lower() != "oauth ":
        return ()
    credentials = authorization[6:]
    if not credentials.isascii() or not _CREDENTIALS.fullmatch(credentials):
        raise BadRequest("the Authorization header is malformed")
    pairs = [pair for pair in _PAIRS.findall(credentials) if pair[0].lower() != "realm"]
    return tuple([(_decoded(name), _decoded(value)) for name, value in pairs])


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


def _protocol_fields(request: Request) -> tuple[tuple[str, str], ...]:
    """Return the protocol parameters of a form, without decoding the rest of it.

    Decoding a megabyte takes a fifth of a second. Method, consumer key and timestamp are checked
    before that, so that an unsigned form costs next to nothing.
    """
    content_type = request.headers.get("content-type", "")
    if FORM in content_type.lower() and not request.is_form:
        # With two types, this server and the application behind it could each use a different one,
        # and fields would go unsigned.
        raise BadRequest("the Content-Type is ambiguous")
    if not request.is_form or not request.body:
        return ()
    if len(request.body) > MAX_FORM_BYTES:
        raise BadRequest("the form is too long")
    # Each of the six characters may be percent-encoded. There are at most 200 fields.
    fields = request.body.split(b"&", 200)
    named = [field for field in fields if unquote_to_bytes(field[:18]).startswith(b"oauth_")]
    return replace(request, body=b"&".join(named)).form if named else ()


def _query(request: Request) -> tuple[tuple[str, str], ...]:
    if not request.url.isascii():
        raise BadRequest("the URL is malformed")
    return request.query


def hmac_key(consumer_secret: str, token_secret: str) -> str:
    """Return the key of HMAC, which is also the PLAINTEXT signature (RFC 5849 §3.4.2, §3.4.4)."""
    return f"{quote(consumer_secret, safe='')}&{quote(token_secret, safe='')}"


def hmac_holds(signed: SignedRequest, base_string: bytes, key: str) -> bool:
    """Check an HMAC signature (RFC 5849 §3.4.2), in constant time."""
    digest = hmac.digest(key.encode(), base_string, HMAC_HASHES[signed.signature_method])
    return hmac.compare_digest(base64.b64encode(digest), signed.signature.encode())


def plaintext_holds(signed: SignedRequest, key: str) -> bool:
    """Check a PLAINTEXT signature (RFC 5849 §3.4.4), in constant time."""
    return hmac.compare_digest(key.encode(), signed.signature.encode())


def rsa_holds(signed: SignedRequest, base_string: bytes, key: RSAPublicKey) -> bool:
    """Check an RSASSA-PKCS1-v1_5 signature (RFC 5849 §3.4.3).

    Its base64 may contain line breaks, which several clients add.
    """
    try:
        signature = base64.b64decode(signed.signature)
        key.verify(signature, base_string, PKCS1v15(), RSA_HASHES[signed.signature_method])
    except (InvalidSignature, ValueError):
        return False
    return True
