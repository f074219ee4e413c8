"""Authenticating signed requests (RFC 5849 §3), in three steps.

1. ``SignatureCheck.read`` parses a request and refuses it if it is malformed or too old. This needs
   no store and no secret, and happens before a long form is decoded.
2. The caller looks up the credentials that the request names: token credentials for the API
   (``OAuth1Resource``), temporary ones for their exchange (``endpoints.oauth1``), or none.
3. ``SignatureCheck.authenticate`` looks up the consumer, verifies the signature and the digest of
   the body, and only then uses up the nonce.
"""

from __future__ import annotations

import logging
import secrets
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from oauthlib.oauth1.rfc5849.errors import (
    InvalidClientError,
    InvalidRequestError,
    InvalidSignatureMethodError,
)
from oauthlib.oauth1.rfc5849.errors import OAuth1Error as OAuthlibError

from shared_validator import events
from shared_validator.context import Context
from shared_validator.events import because
from shared_validator.http import FORM, NO_STORE, BadRequest, Refused, Request, Response
from shared_validator.store import OAuth1Consumer, TemporaryCredentials, TokenCredentials
from shared_validator.validators.oauth1_consumer import (
    CONSUMER_SECRET,
    is_name,
    load_rsa_public_key,
    new_consumer,
)
from shared_validator.validators.oauth1_signature import (
    HMAC_HASHES,
    PLAINTEXT,
    RSA_HASHES,
    SignedRequest,
    hmac_holds,
    hmac_key,
    origin,
    plaintext_holds,
    rsa_holds,
)
from shared_validator.vault import digest, new_secret

__all__ = [
    "CONSUMER_SECRET",
    "TEMPORARY_SECRET",
    "TOKEN_SECRET",
    "OAuth1Refused",
    "OAuth1Resource",
    "SignatureCheck",
    "new_consumer",
    "unauthenticated",
]

TEMPORARY_SECRET = "oauth1 temporary secret"
TOKEN_SECRET = "oauth1 token secret"
"""The vault's purposes for these secrets. They are encrypted and not digested, because signatures
are computed with them (RFC 5849 §4.5)."""

_log = logging.getLogger("shared_validator.provider")

UNAUTHENTICATED = "the consumer key, the token or the signature is not valid"

# Verifying with it takes as long as with a consumer's key. Anyone may be able to factor a random
# modulus, so a signature that it verifies does not count: see ``can_sign_with``.
_DUMMY_RSA_KEY = RSAPublicNumbers(65537, secrets.randbits(2048) | 1 << 2047 | 1).public_key()


class OAuth1Refused(Refused):
    """A refusal of a signed request, form-encoded and with the challenge of RFC 5849 §3.5.1.

    Args:
        status: 400 for a malformed request, 401 for one that is not authentic (RFC 5849 §3.2).
        error: oauthlib's name for the error.
        description: the reason. It is safe to show, because it never repeats the client's input.
        realm: the issuer.
    """

    def __init__(self, status: int, error: str, description: str, realm: str) -> None:
        body = urlencode({"error": error, "error_description": description}).encode()
        challenge = ("WWW-Authenticate", f'OAuth realm="{realm}"')
        headers = (("Content-Type", FORM), challenge, *NO_STORE)
        super().__init__(Response(status, headers, body), description)


def unauthenticated(description: str = UNAUTHENTICATED, reason: str = "") -> OAuthlibError:
    """Return the error for a request that is well formed but not authentic.

    Args:
        description: it does not say which part is wrong.
        reason: the part that is wrong, for the log; defaults to the description.
    """
    return because(InvalidClientError(description, status_code=401), reason or description)


class SignatureCheck:
    """Reads and authenticates signed requests.

    Args:
        context: the parts of this server.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._origin = origin(context.settings.issuer)
        self._methods = _allowed_methods(context)
        seal = context.vault.seal
        purposes = (CONSUMER_SECRET, TEMPORARY_SECRET, TOKEN_SECRET)
        self._dummies = {purpose: seal(purpose, "", new_secret().encode()) for purpose in purposes}

    def refusal(self, error: OAuthlibError, signed: SignedRequest | None) -> OAuth1Refused:
        """Return an error of oauthlib as an ``OAuth1Refused``, and log it.

        Args:
            error: the error.
            signed: the request, if it is well formed.
        """
        events.report(
            "signature_refused",
            client_id=signed.consumer_key if signed else None,
            reason=events.reason_of(error),
        )
        realm = self._context.settings.issuer
        return OAuth1Refused(error.status_code, error.error, error.description, realm)

    # 1. Checks without any credentials ---------------------------------------------------------

    def read(self, request: Request) -> SignedRequest:
        """Return a request with well-formed protocol parameters and a current timestamp.

        Raises:
            OAuth1Error: oauthlib's, 400 for a malformed request, 401 for a wrong timestamp.
        """
        try:
            signed = SignedRequest(request)
            self._check_mandatory_parameters(signed)
            self._check_timestamp_and_nonce(signed)
            signed.decode()
        except BadRequest as error:
            raise InvalidRequestError(str(error)) from error
        return signed

    def _check_mandatory_parameters(self, signed: SignedRequest) -> None:
        """Refuse malformed requests (RFC 5849 §3.2)."""
        if not (signed.signature and signed.consumer_key and signed.signature_method):
            raise InvalidRequestError("a mandatory protocol parameter is missing")
        if signed.signature_method not in self._methods:
            raise InvalidSignatureMethodError("the signature method is not supported")
        if signed.oauth_params.get("oauth_version", "1.0") != "1.0":
            raise InvalidRequestError("oauth_version is not 1.0")
        if not is_name(signed.consumer_key):
            raise InvalidRequestError("oauth_consumer_key is malformed")
        if signed.token and not is_name(signed.token):
            raise InvalidRequestError("oauth_token is malformed")

    def _check_timestamp_and_nonce(self, signed: SignedRequest) -> None:
        # PLAINTEXT may leave them out (RFC 5849 §3.1).
        if signed.signature_method != PLAINTEXT and not (signed.timestamp and signed.nonce):
            raise InvalidRequestError("oauth_timestamp or oauth_nonce is missing")
        # Uniqueness is all that RFC 5849 §3.3 asks of a nonce. Its own examples have six characters.
        if signed.nonce and not is_name(signed.nonce):
            raise InvalidRequestError("oauth_nonce is not 1 to 255 printable characters")
        time = signed.timestamp
        if not time:
            return
        if not (time.isascii() and time.isdigit() and len(time) <= 12):
            raise InvalidRequestError("oauth_timestamp is not a number of seconds")
        window = self._context.settings.oauth1_timestamp_seconds
        if abs(self._context.now() - int(time)) > window:
            raise unauthenticated(f"oauth_timestamp is more than {window} seconds off")

    # 2. The secret of the caller's credentials -------------------------------------------------

    def token_secret(
        self,
        purpose: str,
        credentials: TemporaryCredentials | TokenCredentials | None,
    ) -> str:
        """Return the secret of credentials, or a dummy if there are none.

        Args:
            purpose: the vault's purpose for the secret.
            credentials: the credentials from the store.
        """
        if credentials is None:
            return self._dummy(purpose)
        return self._open(purpose, credentials.token_hash, credentials.sealed_secret)

    def _open(self, purpose: str, row: str | bytes, sealed: bytes) -> str:
        return self._context.vault.open(purpose, row, sealed).decode()

    def _secrets(self, consumer: OAuth1Consumer | None) -> list[str]:
        """Return the secrets of a consumer: two while one replaces another. A dummy if there is none."""
        known = (consumer.sealed_secret, consumer.previous_sealed_secret) if consumer else ()
        return [
            self._open(CONSUMER_SECRET, consumer.consumer_key, sealed)
            for sealed in known
            if consumer and sealed
        ] or [self._dummy(CONSUMER_SECRET)]

    def _dummy(self, purpose: str) -> str:
        return self._open(purpose, "", self._dummies[purpose])

    # 3. The consumer that signed ---------------------------------------------------------------

    def authenticate(
        self, signed: SignedRequest, token_secret: str, *, token_known: bool = True
    ) -> OAuth1Consumer:
        """Return the consumer that signed a request (RFC 5849 §3.2).

        Args:
            signed: the request, as ``read`` returned it.
            token_secret: the secret of its token; a dummy for an unknown token, empty without a
                token.
            token_known: whether the request's token exists.

        Raises:
            OAuth1Error: oauthlib's, with 401.
        """
        consumer = self._context.store.oauth1_consumer(signed.consumer_key)
        # Compute it for unknown consumers and tokens too, so that the time reveals nothing.
        holds = self._signature_holds(signed, consumer, token_secret)
        if consumer is None:
            raise unauthenticated(reason="the consumer is unknown")
        if not can_sign_with(consumer, signed.signature_method):
            raise unauthenticated(reason=f"the consumer cannot sign with {signed.signature_method}")
        if not token_known:  # an RSA signature does not use the token's secret
            raise unauthenticated(reason="the token is unknown or expired")
        if not holds:
            if signed.signature_method != PLAINTEXT:
                _log.debug("base string: %s", signed.base_string(self._origin).decode())
            raise unauthenticated(reason="the signature is wrong")
        if not signed.body_hash_holds():
            raise unauthenticated(reason="oauth_body_hash is wrong")
        self._spend_nonce(signed)
        return consumer

    def _signature_holds(
        self,
        signed: SignedRequest,
        consumer: OAuth1Consumer | None,
        token_secret: str,
    ) -> bool:
        if signed.signature_method in RSA_HASHES:
            return rsa_holds(signed, signed.base_string(self._origin), _public_key(consumer))
        keys = [hmac_key(secret, token_secret) for secret in self._secrets(consumer)]
        if signed.signature_method == PLAINTEXT:
            return any(plaintext_holds(signed, key) for key in keys)
        base_string = signed.base_string(self._origin)
        return any(hmac_holds(signed, base_string, key) for key in keys)

    def _spend_nonce(self, signed: SignedRequest) -> None:
        """Record the nonce of an authentic request, or refuse a replay (RFC 5849 §3.3).

        The nonce is kept until its timestamp, which may be ahead of our clock, is refused anyway.
        """
        if not signed.nonce or not signed.timestamp:
            return  # PLAINTEXT may leave them out (RFC 5849 §3.1).
        # None of the parts contains a line break.
        parts = (signed.consumer_key, signed.token, signed.timestamp, signed.nonce)
        lifetime = 2 * self._context.settings.oauth1_timestamp_seconds + 1
        expires_at = self._context.now() + lifetime
        if not self._context.store.use_nonce(digest("\n".join(parts)), expires_at):
            raise unauthenticated("oauth_nonce was used before")


def _allowed_methods(context: Context) -> frozenset[str]:
    """Return the methods of RFC 5849 §3.4 and their SHA-2 variants; PLAINTEXT only over TLS."""
    https = urlsplit(context.settings.issuer).scheme == "https"
    plaintext = (PLAINTEXT,) if context.settings.oauth1_plaintext and https else ()
    return frozenset((*HMAC_HASHES, *RSA_HASHES, *plaintext))


def can_sign_with(consumer: OAuth1Consumer, signature_method: str) -> bool:
    """Return whether a consumer has the kind of credential that it signed with.

    A consumer with an RSA key has no shared secret, and with an empty secret anyone could sign for
    it. A consumer with a secret has no key, and the dummy key proves nothing.
    """
    if signature_method in RSA_HASHES:
        return consumer.rsa_public_key is not None
    return consumer.sealed_secret is not None


def _public_key(consumer: OAuth1Consumer | None) -> RSAPublicKey:
    pem = consumer.rsa_public_key if consumer else None
    return load_rsa_public_key(pem) if pem else _DUMMY_RSA_KEY


class OAuth1Resource:
    """Checks signed requests to protected resources: two reads and one write on the store.

    Args:
        context: the parts of this server.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._signatures = SignatureCheck(context)

    def check(self, request: Request) -> TokenCredentials:
        """Return the token credentials that signed ``request`` (RFC 5849 §3.2).

        Raises:
            OAuth1Refused: the request is malformed or not authentic.
        """
        signed = None
        try:
            signed = self._signatures.read(request)
            return self._authenticated(signed)
        except OAuthlibError as error:
            raise self._signatures.refusal(error, signed) from error

    def _authenticated(self, signed: SignedRequest) -> TokenCredentials:
        if not signed.token:
            raise InvalidRequestError("oauth_token is missing")
        found = self._context.store.token_credentials(digest(signed.token))
        token = found if found and found.consumer_key == signed.consumer_key else None
        secret = self._signatures.token_secret(TOKEN_SECRET, token)
        self._signatures.authenticate(signed, secret, token_known=token is not None)
        if token is None:  # unreachable: authenticate refuses it
            raise unauthenticated()
        return token
