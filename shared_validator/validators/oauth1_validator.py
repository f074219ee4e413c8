"""What oauthlib asks about OAuth 1.0a requests (RFC 5849), answered from a Store."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from oauthlib.oauth1.rfc5849.errors import InvalidClientError
from oauthlib.oauth1.rfc5849.errors import OAuth1Error as OAuthlibError
from oauthlib.oauth1.rfc5849.request_validator import RequestValidator

from shared_validator.context import Context
from shared_validator.store import TemporaryCredentials, TokenCredentials
from shared_validator.validators.oauth1_consumer import CONSUMER_SECRET, is_name, load_rsa_public_key
from shared_validator.validators.oauth1_signature import HMAC_HASHES, PLAINTEXT, RSA_HASHES, SignedRequest
from shared_validator.vault import digest, new_secret

TEMPORARY_SECRET = "oauth1 temporary secret"
TOKEN_SECRET = "oauth1 token secret"
"""What the vault seals these secrets for: a signature is computed with them, so a digest would not do (RFC 5849 §4.5)."""

TEMPORARY_CREDENTIALS_SECONDS = 600
UNAUTHENTICATED = "the consumer key, the token or the signature is not valid"

# Verifying against it costs what verifying against a consumer's key costs. A random modulus may have factors that somebody finds, so
# what it seems to verify must not count: see is_registered.
_DUMMY_RSA_KEY = RSAPublicNumbers(65537, secrets.randbits(2048) | 1 << 2047 | 1).public_key()


def unauthenticated(description: str = UNAUTHENTICATED) -> OAuthlibError:
    """Return the refusal of a request that is well formed but not authentic; it does not tell which of its parts is wrong."""
    return InvalidClientError(description, status_code=401)


class OAuth1Validator(RequestValidator):  # type: ignore[misc]  # oauthlib has no annotations
    """Answers oauthlib's questions about OAuth 1.0a requests.

    A consumer or token that does not exist gets dummy secrets, so that a refusal takes the same work and tells nothing.

    Args:
        context: the parts of this server.
    """

    dummy_client = ""
    dummy_request_token = ""
    dummy_access_token = ""
    # Settings accepts http for loopback issuers only.
    enforce_ssl = False

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        purposes = (CONSUMER_SECRET, TEMPORARY_SECRET, TOKEN_SECRET)
        self._dummies: Mapping[str, bytes] = {purpose: context.vault.seal(purpose, new_secret().encode()) for purpose in purposes}
        plaintext = context.settings.oauth1_plaintext and urlsplit(context.settings.issuer).scheme == "https"
        self._methods = frozenset((*HMAC_HASHES, *RSA_HASHES, *((PLAINTEXT,) if plaintext else ())))

    @property
    def allowed_signature_methods(self) -> frozenset[str]:
        """The methods of RFC 5849 §3.4 and their SHA-2 siblings; PLAINTEXT where it is switched on and the issuer is https (§3.4.4)."""
        return self._methods

    # Who is asking --------------------------------------------------------------------------------------------------------------

    def validate_client_key(self, client_key: str, request: SignedRequest) -> bool:
        """Find the consumer."""
        request.consumer = self._context.store.oauth1_consumer(client_key)
        return request.consumer is not None

    def is_registered(self, request: SignedRequest) -> bool:
        """Say whether the consumer exists and has the kind of credential that it signed with.

        One with an RSA key has no shared secret, and an empty one would let anybody sign for it; and the other way round.
        """
        consumer = request.consumer
        if consumer is None:
            return False
        credential = consumer.rsa_public_key if request.signature_method in RSA_HASHES else consumer.sealed_secret
        return credential is not None

    def get_client_secret(self, client_key: str, request: SignedRequest) -> str:
        """Return the shared secret."""
        return self._open(CONSUMER_SECRET, request.consumer.sealed_secret if request.consumer else None)

    def get_rsa_key(self, client_key: str, request: SignedRequest) -> RSAPublicKey:
        """Return the public key."""
        pem = request.consumer.rsa_public_key if request.consumer else None
        return load_rsa_public_key(pem) if pem else _DUMMY_RSA_KEY

    def _open(self, purpose: str, sealed: bytes | None) -> str:
        return self._context.vault.open(purpose, sealed or self._dummies[purpose]).decode()

    # Step 1, temporary credentials (RFC 5849 §2.1) -----------------------------------------------------------------------------

    def get_default_realms(self, client_key: str, request: SignedRequest) -> list[str]:
        """Return none: a realm is not a scope here."""
        return []

    def validate_requested_realms(self, client_key: str, realms: list[str], request: SignedRequest) -> bool:
        """Accept: there are none."""
        return True

    def validate_redirect_uri(self, client_key: str, redirect_uri: str, request: SignedRequest) -> bool:
        """Accept for now: the endpoint answers a callback that is not registered once it knows who asks, with 400 instead of 401."""
        return True

    def save_request_token(self, token: Mapping[str, str], request: SignedRequest) -> None:
        """Save new temporary credentials."""
        self._context.store.save_temporary_credentials(
            TemporaryCredentials(
                token_hash=digest(token["oauth_token"]),
                sealed_secret=self._context.vault.seal(TEMPORARY_SECRET, token["oauth_token_secret"].encode()),
                consumer_key=request.client_key,
                callback=request.redirect_uri,
                expires_at=self._context.now() + TEMPORARY_CREDENTIALS_SECONDS,
            )
        )

    # Step 3, token credentials (RFC 5849 §2.3) ----------------------------------------------------------------------------------

    def check_request_token(self, request_token: str) -> bool:
        """Accept what the store may be asked for."""
        return is_name(request_token)

    def check_verifier(self, verifier: str) -> bool:
        """Accept what may be compared."""
        return is_name(verifier)

    def validate_request_token(self, client_key: str, token: str, request: SignedRequest) -> bool:
        """Find the temporary credentials: of this consumer, unexpired and agreed to."""
        found = self._context.store.temporary_credentials(digest(token))
        if found and found.consumer_key == client_key and found.expires_at > self._context.now() and found.verifier_hash:
            request.temporary = found
        return request.temporary is not None

    def get_request_token_secret(self, client_key: str, token: str, request: SignedRequest) -> str:
        """Return the secret of the temporary credentials."""
        return self._open(TEMPORARY_SECRET, request.temporary.sealed_secret if request.temporary else None)

    def validate_verifier(self, client_key: str, token: str, verifier: str, request: SignedRequest) -> bool:
        """Compare the verifier in constant time; the claim compares it again, with the credentials still there."""
        expected = request.temporary.verifier_hash if request.temporary else None
        return hmac.compare_digest(digest(verifier), expected or bytes(32))

    def invalidate_request_token(self, client_key: str, request_token: str, request: SignedRequest) -> None:
        """Do nothing: they were claimed when the token credentials were saved."""

    def save_access_token(self, token: Mapping[str, str], request: SignedRequest) -> None:
        """Claim the temporary credentials and save token credentials in their place, both or neither.

        Raises:
            InvalidClientError: another request was faster.
        """
        store, now = self._context.store, self._context.now()
        with store.transaction():
            claimed = store.claim_temporary_credentials(
                digest(request.resource_owner_key), request.client_key, digest(request.verifier), now
            )
            if claimed is None or claimed.user_id is None:
                raise unauthenticated()
            store.save_token_credentials(
                TokenCredentials(
                    token_hash=digest(token["oauth_token"]),
                    sealed_secret=self._context.vault.seal(TOKEN_SECRET, token["oauth_token_secret"].encode()),
                    consumer_key=request.client_key,
                    user_id=claimed.user_id,
                    scope=tuple(self._context.scopes),
                    issued_at=now,
                )
            )

    # Signed requests (RFC 5849 §3) ----------------------------------------------------------------------------------------------

    def validate_access_token(self, client_key: str, token: str, request: SignedRequest) -> bool:
        """Find the token credentials, of this consumer."""
        found = self._context.store.token_credentials(digest(token))
        if found and found.consumer_key == client_key:
            request.token = found
        return request.token is not None

    def get_access_token_secret(self, client_key: str, token: str, request: SignedRequest) -> str:
        """Return the secret of the token credentials."""
        return self._open(TOKEN_SECRET, request.token.sealed_secret if request.token else None)

    def validate_timestamp_and_nonce(self, *args: Any, **kwargs: Any) -> bool:
        """Accept for now: a nonce is spent once the signature holds, or whoever overhears a request could spend it first."""
        return True

    def use_nonce(self, request: SignedRequest) -> bool:
        """Record the nonce of an authentic request; ``False`` for a replay (RFC 5849 §3.3).

        It is kept until the timestamp is refused anyway, even if that timestamp was as far ahead as it may be.
        """
        if not request.nonce or not request.timestamp:
            return True  # PLAINTEXT may leave them out (RFC 5849 §3.1).
        # None of the parts holds a line break.
        nonce_hash = digest("\n".join((request.client_key, request.resource_owner_key, request.timestamp, request.nonce)))
        return self._context.store.use_nonce(nonce_hash, self._context.now() + 2 * self._context.settings.oauth1_timestamp_seconds + 1)
