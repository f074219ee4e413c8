"""The authorization endpoint of OAuth 2.1 and OpenID Connect."""

from __future__ import annotations

from urllib.parse import urlsplit

from oauthlib.oauth2.rfc6749.errors import (
    AccessDeniedError,
    ConsentRequired,
    FatalClientError,
    InvalidRequestError,
    LoginRequired,
    OAuth2Error,
)

from shared_validator import events
from shared_validator.context import Context
from shared_validator.edge.sessions import Visitor
from shared_validator.endpoints.errors import described
from shared_validator.flows import (
    Question,
    allowed,
    consent_resources,
    named_resources,
    sign_in_first,
    signed_in_user,
)
from shared_validator.flows.sign_in_again import after_sign_in, must_sign_in, prompts
from shared_validator.grants import new_grant_id
from shared_validator.grants.authorization_code import (
    AuthorizationRequest,
    check_request,
    find_client,
)
from shared_validator.http import BadRequest, Refused, Request, Response, redirect, with_parameters
from shared_validator.store import AuthorizationCode, User
from shared_validator.tokens import TokenSigner
from shared_validator.validators.protocol_request import ProtocolRequest
from shared_validator.vault import digest, new_secret


class AuthorizationFlow:
    """Asks the user whether a client may act for them, and sends the browser back with the answer.

    Args:
        context: the parts of the provider.
        signer: verifies ID tokens, for ``id_token_hint``.
    """

    def __init__(self, context: Context, signer: TokenSigner) -> None:
        self._context = context
        self._signer = signer

    def ask(self, request: Request, visitor: Visitor) -> Question:
        """Return the question about an authorization request.

        See RFC 6749 §4.1.1 and OpenID Connect Core §3.1.2.1.

        Args:
            request: ``GET /oauth2/authorize``; or the POST of a form with the field ``decision``,
                ``allow`` or ``deny``. Its query is the authorization request again, and is checked
                again.
            visitor: the visitor. The application has checked the CSRF token of a POST.

        Raises:
            Refused: with the response to send instead of the question: sign in first, or a redirect
                to the client. There is no redirect before the client and its redirect URI are known
                to be valid.
            BadRequest: the request is malformed, or its client or redirect URI cannot be trusted.
        """
        asked = ProtocolRequest.read(request, request.query)
        try:
            client, redirect_uri = find_client(self._context.store, asked)
        except FatalClientError as error:
            events.report(
                "authorization_refused",
                client_id=asked.client_id,
                redirect_uri=asked.redirect_uri,
                reason=events.reason_of(error),
            )
            raise BadRequest(error.description) from error
        try:
            checked = check_request(self._context, asked, client, redirect_uri)
            if request.method == "POST":
                raise Refused(self._decide(request, checked, visitor))
            return self._question(request, checked, visitor)
        except OAuth2Error as error:
            events.report(
                "authorization_error",
                client_id=client.client_id,
                reason=events.reason_of(error),
            )
            raise Refused(
                self._send_back(asked, redirect_uri, list(described(error).items()))
            ) from error

    def _question(
        self, request: Request, asked: AuthorizationRequest, visitor: Visitor
    ) -> Question:
        wanted = prompts(asked.parameters)
        user = self._signed_in(asked, visitor)
        if user is None:
            if "none" in wanted:
                raise LoginRequired
            raise self._sign_in_first(request, asked)
        if "consent" not in wanted and self._remembered(asked, user.user_id):
            raise Refused(self._issue(asked, user.user_id, visitor.auth_time))
        if "none" in wanted:
            raise ConsentRequired
        return Question(
            client_name=asked.client.client_name,
            redirect_host=urlsplit(asked.redirect_uri).hostname
            or urlsplit(asked.redirect_uri).scheme,
            scopes=tuple((scope, self._context.scopes[scope]) for scope in asked.scope),
            user=user,
            resources=named_resources(self._context, asked.parameters.resources),
        )

    def _decide(self, request: Request, asked: AuthorizationRequest, visitor: Visitor) -> Response:
        user = self._signed_in(asked, visitor)
        if user is None:
            raise self._sign_in_first(request, asked)
        if not allowed(request):
            events.report("consent_denied", client_id=asked.client.client_id, user=user.user_id)
            raise AccessDeniedError("The user said no.")

        def agree() -> Response:
            self._context.store.save_consent(
                user.user_id,
                asked.client.client_id,
                asked.scope,
                self._context.now(),
                consent_resources(self._context, asked.parameters.resources),
            )
            return self._issue(asked, user.user_id, visitor.auth_time)

        response = self._context.store.transact(agree)
        events.report("consent_given", client_id=asked.client.client_id, user=user.user_id)
        return response

    def _sign_in_first(self, request: Request, asked: AuthorizationRequest) -> Refused:
        # Who selects an account is not offered one (OpenID Connect Core §3.1.2.1).
        select = "select_account" in prompts(asked.parameters)
        login_hint = None if select else asked.parameters.login_hint
        return sign_in_first(self._context, after_sign_in(request), login_hint)

    def _signed_in(self, asked: AuthorizationRequest, visitor: Visitor) -> User | None:
        hint = None
        if asked.parameters.id_token_hint:
            hint = self._signer.verify_id_token_hint(asked.parameters.id_token_hint)
            # Without the hint, the request could be answered for another user. A hint is about a
            # session with this client, so another client's token is none.
            if hint is None or hint["aud"] != asked.client.client_id:
                raise InvalidRequestError(
                    "The id_token_hint is no ID token of this server for this client."
                )
        if must_sign_in(asked.parameters, visitor, hint, self._context.now()):
            return None
        user = signed_in_user(self._context, visitor)
        return user if user and asked.claims.allows(user.user_id) else None

    def _remembered(self, asked: AuthorizationRequest, user_id: str) -> bool:
        # Any program on a device can pose as a public client without a web address, so ask the user
        # each time (RFC 8252 §8.6).
        public = asked.client.token_endpoint_auth_method == "none"
        if public and not asked.redirect_uri.startswith("https://"):
            return False
        consent, client_id = self._context.store.consent, asked.client.client_id
        return all(
            frozenset(asked.scope) <= frozenset(consent(user_id, client_id, resource))
            for resource in consent_resources(self._context, asked.parameters.resources)
        )

    def _issue(self, asked: AuthorizationRequest, user_id: str, auth_time: int) -> Response:
        code = new_secret()
        self._context.store.save_code(
            AuthorizationCode(
                code_hash=digest(code),
                grant_id=new_grant_id(),
                client_id=asked.client.client_id,
                user_id=user_id,
                redirect_uri=asked.redirect_uri,
                scope=asked.scope,
                resource=asked.parameters.resources,
                code_challenge=asked.code_challenge,
                nonce=asked.parameters.nonce,
                auth_time=auth_time,
                expires_at=self._context.now() + self._context.settings.code_seconds,
            )
        )
        return self._send_back(asked.parameters, asked.redirect_uri, [("code", code)])

    def _send_back(
        self, asked: ProtocolRequest, redirect_uri: str, answer: list[tuple[str, str]]
    ) -> Response:
        if asked.state:
            answer.append(("state", asked.state))
        # The issuer prevents mix-up attacks (RFC 9207 §2).
        answer.append(("iss", self._context.settings.issuer))
        # 303 turns the POST of a decision into a GET, whatever the browser (RFC 9700 §4.12).
        status = 303 if asked.method == "POST" else 302
        return redirect(with_parameters(redirect_uri, answer), status)
