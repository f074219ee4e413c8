"""The authorization endpoint of OAuth 1.0a: the user authorizes a consumer (RFC 5849 §2.2)."""

from __future__ import annotations

import base64
from urllib.parse import urlencode, urlsplit

from shared_validator import events, pages
from shared_validator.context import Context
from shared_validator.edge.sessions import Visitor
from shared_validator.endpoints.oauth1 import OUT_OF_BAND, allows_callback
from shared_validator.flows import Question, allowed, sign_in_first, signed_in_user
from shared_validator.http import (
    BadRequest,
    Refused,
    Request,
    Response,
    redirect,
    single,
    with_parameters,
)
from shared_validator.pages import gettext as _
from shared_validator.store import OAuth1Consumer, TemporaryCredentials, User
from shared_validator.vault import digest, typed_code

# With 20^10 possibilities, ten minutes and a signed request for each guess, guessing is hopeless.
_TYPED_LETTERS = 10

_VERIFIER = "oauth1 verifier"
"""The vault's purpose for verifiers."""


class OAuth1Flow:
    """Asks the user whether a consumer may act for them, and sends the browser back with the answer.

    Args:
        context: the parts of the server.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def ask(self, request: Request, visitor: Visitor) -> Question:
        """Return the question for the user.

        Args:
            request: ``GET /oauth1/authorize?oauth_token=…``, or the POST of a form with the field
                ``decision``, ``allow`` or ``deny``.
            visitor: the visitor. The application has checked the CSRF token of a POST.

        Raises:
            Refused: with the response to send instead of the question: sign in first, or the
                response to the decision.
            BadRequest: the request is malformed, unknown or already answered. There is no client
                yet to send an error to.
        """
        token, pending, consumer = self._pending(request)
        user = signed_in_user(self._context, visitor)
        if user is None:
            back = f"{self._context.path('/oauth1/authorize')}?{urlencode({'oauth_token': token})}"
            raise sign_in_first(self._context, back)
        if request.method == "POST":
            raise Refused(self._decide(token, pending, user, approved=allowed(request)))
        if pending.user_id is not None:
            raise BadRequest(_("The request was answered before."))
        callback = urlsplit(pending.callback)
        return Question(
            client_name=consumer.name,
            redirect_host=None
            if pending.callback == OUT_OF_BAND
            else callback.hostname or callback.scheme,
            scopes=tuple(self._context.oauth1_scopes.items()),
            user=user,
        )

    def _pending(self, request: Request) -> tuple[str, TemporaryCredentials, OAuth1Consumer]:
        token = single(request.query, "oauth_token")
        if not token:
            raise BadRequest(_("the oauth_token is missing"))
        pending = self._context.store.temporary_credentials(digest(token))
        consumer = self._context.store.oauth1_consumer(pending.consumer_key) if pending else None
        if (
            pending is None
            or consumer is None
            or not allows_callback(consumer, pending.callback)
            or pending.expires_at <= self._context.now()
        ):
            raise BadRequest(_("The request is unknown or has expired."))
        return token, pending, consumer

    def _decide(
        self, token: str, pending: TemporaryCredentials, user: User, *, approved: bool
    ) -> Response:
        verifier = self._verifier(token, pending)
        verifier_hash = digest(verifier) if approved else None
        store, now = self._context.store, self._context.now()
        if store.answer_temporary_credentials(pending.token_hash, user.user_id, verifier_hash, now):
            decision = "consent_given" if approved else "consent_denied"
            events.report(decision, client_id=pending.consumer_key, user=user.user_id)
        else:
            # A decision that is sent twice, by a double click for example, ends as it ended.
            answered = store.temporary_credentials(pending.token_hash)
            decided = answered and (answered.user_id, answered.verifier_hash)
            if decided != (user.user_id, verifier_hash):
                raise BadRequest(_("The request was answered before."))
        return self._allowed(token, pending, verifier) if approved else self._denied(token, pending)

    def _verifier(self, token: str, pending: TemporaryCredentials) -> str:
        """Return the verifier, which is the same each time: only its digest is stored."""
        derived = self._context.vault.derive(_VERIFIER, token)
        if pending.callback == OUT_OF_BAND:
            return typed_code(_TYPED_LETTERS, derived)
        return base64.urlsafe_b64encode(derived).decode().rstrip("=")

    def _allowed(self, token: str, pending: TemporaryCredentials, verifier: str) -> Response:
        if pending.callback == OUT_OF_BAND:
            return pages.render("oauth1_verifier.html", verifier=verifier)
        return _send_back(pending, token, ("oauth_verifier", verifier))

    def _denied(self, token: str, pending: TemporaryCredentials) -> Response:
        if pending.callback == OUT_OF_BAND:
            detail = _("The application gets no access. You can close this page.")
            return pages.render("error.html", 200, title=_("You said no"), detail=detail)
        # RFC 5849 has no response for a refusal, but the OAuth Problem Reporting extension does.
        # Providers' own inventions, such as Twitter's "denied", are not specified.
        return _send_back(pending, token, ("oauth_problem", "permission_denied"))


def _send_back(pending: TemporaryCredentials, token: str, outcome: tuple[str, str]) -> Response:
    # 303 turns the POST of a decision into a GET, whatever the browser (RFC 9110 §15.4.4).
    return redirect(with_parameters(pending.callback, [("oauth_token", token), outcome]), 303)
