"""The authorization endpoint of OAuth 1.0a: the user authorizes a consumer (RFC 5849 §2.2)."""

from __future__ import annotations

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
from shared_validator.vault import digest, new_secret, new_typed_code

# With 20^10 possibilities, ten minutes and a signed request for each guess, guessing is hopeless.
_TYPED_LETTERS = 10


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
            raise Refused(
                self._allow(token, pending, user)
                if allowed(request)
                else self._deny(token, pending, user)
            )
        callback = urlsplit(pending.callback)
        return Question(
            client_name=consumer.name,
            redirect_host=None
            if pending.callback == OUT_OF_BAND
            else callback.hostname or callback.scheme,
            scopes=tuple(self._context.scopes.items()),
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
            or pending.user_id is not None
            or pending.expires_at <= self._context.now()
        ):
            raise BadRequest(_("The request is unknown, has expired, or was answered before."))
        return token, pending, consumer

    def _allow(self, token: str, pending: TemporaryCredentials, user: User) -> Response:
        by_hand = pending.callback == OUT_OF_BAND
        verifier = new_typed_code(_TYPED_LETTERS) if by_hand else new_secret()
        store, now = self._context.store, self._context.now()
        if not store.authorize_temporary_credentials(
            pending.token_hash, user.user_id, digest(verifier), now
        ):
            raise BadRequest(_("The request was answered before."))
        events.report("consent_given", client_id=pending.consumer_key, user=user.user_id)
        if by_hand:
            return pages.render("oauth1_verifier.html", verifier=verifier)
        return _send_back(pending, token, ("oauth_verifier", verifier))

    def _deny(self, token: str, pending: TemporaryCredentials, user: User) -> Response:
        self._context.store.delete_temporary_credentials(pending.token_hash)
        events.report("consent_denied", client_id=pending.consumer_key, user=user.user_id)
        if pending.callback == OUT_OF_BAND:
            detail = _("The application gets no access. You can close this page.")
            return pages.render("error.html", 200, title=_("You said no"), detail=detail)
        # RFC 5849 has no response for a refusal, but the OAuth Problem Reporting extension does.
        # Providers' own inventions, such as Twitter's "denied", are not specified.
        return _send_back(pending, token, ("oauth_problem", "permission_denied"))


def _send_back(pending: TemporaryCredentials, token: str, outcome: tuple[str, str]) -> Response:
    # 303 turns the POST of a decision into a GET, whatever the browser (RFC 9110 §15.4.4).
    return redirect(with_parameters(pending.callback, [("oauth_token", token), outcome]), 303)
