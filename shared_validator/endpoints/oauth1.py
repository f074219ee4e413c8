"""The machine endpoints of OAuth 1.0a: temporary and token credentials (RFC 5849 §2.1, §2.3)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import urlencode

from oauthlib.oauth1.rfc5849.errors import InvalidRequestError
from oauthlib.oauth1.rfc5849.errors import OAuth1Error as OAuthlibError

from shared_validator import events
from shared_validator.context import Context
from shared_validator.edge.routes import Endpoint
from shared_validator.events import because
from shared_validator.http import FORM, NO_STORE, Request, Response
from shared_validator.store import OAuth1Consumer, TemporaryCredentials, TokenCredentials
from shared_validator.validators.oauth1 import (
    TEMPORARY_SECRET,
    TOKEN_SECRET,
    SignatureCheck,
    unauthenticated,
)
from shared_validator.validators.oauth1_consumer import is_name
from shared_validator.validators.oauth1_signature import SignedRequest
from shared_validator.vault import digest, new_secret

OUT_OF_BAND = "oob"
TEMPORARY_CREDENTIALS_SECONDS = 600


def allows_callback(consumer: OAuth1Consumer, callback: str) -> bool:
    """Return whether a consumer may use a callback: one that it has registered now, or ``oob``.

    It is compared byte for byte: only OAuth 2 lets the port of a loopback address vary (RFC 8252
    §7.3). OAuth 1.0a has ``oob`` for consumers that cannot name a callback (RFC 5849 §2.1).
    """
    return callback in (OUT_OF_BAND, *consumer.callbacks)


def oauth1_endpoints(context: Context) -> tuple[Endpoint, ...]:
    """Return the routes that an OAuth 1.0a consumer calls.

    Args:
        context: the parts of the server.
    """
    credentials = CredentialEndpoints(context)
    # POST only: the requests create credentials, and RFC 5849 §2.1 and §2.3 show no other method.
    return (
        Endpoint(
            "oauth1_request_token",
            "/oauth1/request_token",
            ("POST",),
            credentials.answering(credentials.request_token),
        ),
        Endpoint(
            "oauth1_access_token",
            "/oauth1/access_token",
            ("POST",),
            credentials.answering(credentials.access_token),
        ),
    )


class CredentialEndpoints:
    """Issues temporary credentials, and exchanges authorized ones for token credentials."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._signatures = SignatureCheck(context)

    def answering(
        self,
        issue: Callable[[SignedRequest], dict[str, str]],
    ) -> Callable[[Request], Response]:
        """Return a handler that responds with the credentials from ``issue``, or refuses."""

        def answer(request: Request) -> Response:
            signed = None
            try:
                signed = self._signatures.read(request)
                credentials = issue(signed)
            except OAuthlibError as error:
                return self._signatures.refusal(error, signed).response
            headers = (("Content-Type", FORM), *NO_STORE)
            return Response(200, headers, urlencode(credentials).encode())

        return answer

    def request_token(self, signed: SignedRequest) -> dict[str, str]:
        """Return new temporary credentials (RFC 5849 §2.1).

        Raises:
            OAuth1Error: oauthlib's: the request is malformed or not authentic.
        """
        if not signed.callback:
            raise InvalidRequestError("Missing callback URI.")
        consumer = self._signatures.authenticate(signed, token_secret="")  # there is no token yet
        if not allows_callback(consumer, signed.callback):
            error = InvalidRequestError("oauth_callback is not registered for this consumer")
            raise because(error, f"{error.description}: {signed.callback}")
        token, secret = new_secret(), new_secret()
        self._context.store.save_temporary_credentials(
            TemporaryCredentials(
                token_hash=digest(token),
                sealed_secret=self._context.vault.seal(
                    TEMPORARY_SECRET, digest(token), secret.encode()
                ),
                consumer_key=consumer.consumer_key,
                callback=signed.callback,
                expires_at=self._context.now() + TEMPORARY_CREDENTIALS_SECONDS,
            )
        )
        return {
            "oauth_token": token,
            "oauth_token_secret": secret,
            "oauth_callback_confirmed": "true",
        }

    def access_token(self, signed: SignedRequest) -> dict[str, str]:
        """Return token credentials in exchange for temporary ones (RFC 5849 §2.3).

        oauthlib would add ``oauth_authorized_realms``, which that section does not have and which
        some clients cannot read.

        Raises:
            OAuth1Error: oauthlib's: the request is malformed or not authentic.
        """
        if not signed.token:
            raise InvalidRequestError("Missing resource owner.")
        if not signed.verifier:
            raise InvalidRequestError("Missing verifier.")
        if not is_name(signed.verifier):
            raise InvalidRequestError("Invalid verifier format.")
        temporary = self._temporary_credentials(signed)
        secret = self._signatures.token_secret(TEMPORARY_SECRET, temporary)
        consumer = self._signatures.authenticate(signed, secret, token_known=temporary is not None)
        # The registration may have changed since the consumer asked.
        if temporary and not allows_callback(consumer, temporary.callback):
            raise unauthenticated(
                reason=f"oauth_callback is no longer registered: {temporary.callback}"
            )
        expected = temporary.verifier_hash if temporary else None
        if not hmac.compare_digest(digest(signed.verifier), expected or bytes(32)):
            raise unauthenticated(reason="oauth_verifier is wrong")
        return self._exchange(signed)

    def _temporary_credentials(self, signed: SignedRequest) -> TemporaryCredentials | None:
        """Return the consumer's temporary credentials if they are authorized and not expired."""
        found = self._context.store.temporary_credentials(digest(signed.token))
        if found is None or found.consumer_key != signed.consumer_key:
            return None
        agreed = found.verifier_hash is not None and found.expires_at > self._context.now()
        return found if agreed else None

    def _exchange(self, signed: SignedRequest) -> dict[str, str]:
        """Claim the temporary credentials and save token credentials in their place.

        The claim compares the verifier again, so only one of several simultaneous requests
        succeeds.
        """
        store, now = self._context.store, self._context.now()
        token, secret = new_secret(), new_secret()

        def exchange() -> str:
            claimed = store.claim_temporary_credentials(
                digest(signed.token),
                signed.consumer_key,
                digest(signed.verifier),
                now,
            )
            if claimed is None or claimed.user_id is None:
                raise unauthenticated(reason="the token was exchanged already")
            store.save_token_credentials(
                TokenCredentials(
                    token_hash=digest(token),
                    sealed_secret=self._context.vault.seal(
                        TOKEN_SECRET, digest(token), secret.encode()
                    ),
                    consumer_key=claimed.consumer_key,
                    user_id=claimed.user_id,
                    scope=tuple(self._context.oauth1_scopes),
                    issued_at=now,
                )
            )
            return claimed.user_id

        user_id = store.transact(exchange)
        events.report("tokens_issued", client_id=signed.consumer_key, user=user_id)
        return {"oauth_token": token, "oauth_token_secret": secret}
