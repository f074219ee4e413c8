"""The authorization endpoint of OAuth 2.1 and OpenID Connect: who may ask, who must answer, and where the answer goes."""

from __future__ import annotations

from urllib.parse import urlsplit

from oauthlib.oauth2.rfc6749.errors import (
    AccessDeniedError,
    ConsentRequired,
    FatalClientError,
    LoginRequired,
    OAuth2Error,
)

from shared_validator import pages
from shared_validator.context import Context
from shared_validator.edge.sessions import Visitor
from shared_validator.endpoints.errors import described
from shared_validator.flows import Question, allowed, sign_in_first
from shared_validator.flows.sign_in_again import after_sign_in, must_sign_in, prompts
from shared_validator.http import BadRequest, Refused, Request, Response, redirect, with_parameters
from shared_validator.store import AuthorizationCode
from shared_validator.tokens import TokenSigner
from shared_validator.validators.code_grant import CodeGrant
from shared_validator.validators.oauth2 import OAuth2Validator, new_grant_id
from shared_validator.validators.protocol_request import ProtocolRequest
from shared_validator.vault import digest, new_secret


class AuthorizationFlow:
    """Asks the user whether a client may act for them, and sends the browser back with the answer.

    Args:
        context: what the provider is built from.
        validator: who knows the clients.
        signer: who knows ID tokens, for ``id_token_hint``.
    """

    def __init__(self, context: Context, validator: OAuth2Validator, signer: TokenSigner) -> None:
        self._context = context
        self._validator = validator
        self._signer = signer
        self._grant = CodeGrant(validator)

    def ask(self, request: Request, visitor: Visitor) -> Question:
        """Return what to ask the user about an authorization request (RFC 6749 §4.1.1, OpenID Connect Core §3.1.2.1).

        Args:
            request: ``GET /oauth2/authorize``; or the POST of a form with the field ``decision``, ``allow`` or ``deny``, whose query is
                the authorization request again, and is checked again.
            visitor: who is looking. The application has checked the CSRF token of a POST.

        Raises:
            Refused: with the response that takes the place of the question: sign in first, a redirect to the client, or a refusal. Nobody
                is redirected before the client and its redirect URI are known to be good.
        """
        try:
            asked = ProtocolRequest(request, request.query)
            self._grant.validate_authorization_request(asked)
            self._validator.check_resources(asked.resources)
            if request.method == "POST":
                raise Refused(self._decide(request, asked, visitor))
            return self._question(request, asked, visitor)
        except (BadRequest, FatalClientError) as error:
            raise Refused(pages.refusal(getattr(error, "description", str(error)))) from error
        except OAuth2Error as error:
            raise Refused(self._send_back(asked, list(described(error).items()))) from error

    def _question(self, request: Request, asked: ProtocolRequest, visitor: Visitor) -> Question:
        wanted = prompts(asked)
        user = self._signed_in(asked, visitor)
        if user is None:
            if "none" in wanted:
                raise LoginRequired(request=asked)
            raise sign_in_first(self._context, after_sign_in(request), asked.login_hint)
        if "consent" not in wanted and self._remembered(asked, user):
            raise Refused(self._issue(asked, user, visitor.auth_time))
        if "none" in wanted:
            raise ConsentRequired(request=asked)
        person = self._context.store.user(user)
        if person is None:
            raise sign_in_first(self._context, after_sign_in(request), asked.login_hint)
        return Question(
            client_name=asked.client.client_name,
            redirect_host=urlsplit(asked.redirect_uri).hostname or urlsplit(asked.redirect_uri).scheme,
            scopes=tuple((scope, self._context.scopes[scope]) for scope in asked.scopes),
            user=person,
        )

    def _decide(self, request: Request, asked: ProtocolRequest, visitor: Visitor) -> Response:
        user = self._signed_in(asked, visitor)
        if user is None:
            raise sign_in_first(self._context, after_sign_in(request), asked.login_hint)
        if not allowed(request):
            raise AccessDeniedError("The user said no.", request=asked)
        with self._context.store.transaction():
            self._context.store.save_consent(user, asked.client_id, asked.scopes, self._context.now())
            return self._issue(asked, user, visitor.auth_time)

    def _signed_in(self, asked: ProtocolRequest, visitor: Visitor) -> str | None:
        hint = self._signer.verify_id_token_hint(asked.id_token_hint) if asked.id_token_hint else None
        return None if must_sign_in(asked, visitor, hint, self._context.now()) else visitor.user_id

    def _remembered(self, asked: ProtocolRequest, user_id: str) -> bool:
        # Any program on a device can pose as a public client that has no web address: a person answers each time (RFC 8252 §8.6).
        public = asked.client.token_endpoint_auth_method == "none"
        if public and not asked.redirect_uri.startswith("https://"):
            return False
        return frozenset(asked.scopes) <= frozenset(self._context.store.consent(user_id, asked.client_id))

    def _issue(self, asked: ProtocolRequest, user_id: str, auth_time: int) -> Response:
        code = new_secret()
        self._context.store.save_code(
            AuthorizationCode(
                code_hash=digest(code),
                grant_id=new_grant_id(),
                client_id=asked.client_id,
                user_id=user_id,
                redirect_uri=asked.redirect_uri,
                scope=tuple(asked.scopes),
                resource=asked.resources,
                code_challenge=asked.code_challenge,
                nonce=asked.nonce,
                auth_time=auth_time,
                expires_at=self._context.now() + self._context.settings.code_seconds,
            )
        )
        return self._send_back(asked, [("code", code)])

    def _send_back(self, asked: ProtocolRequest, parameters: list[tuple[str, str]]) -> Response:
        if asked.state:
            parameters.append(("state", asked.state))
        # Which server answers: against mix-up (RFC 9207 §2).
        parameters.append(("iss", self._context.settings.issuer))
        # 303 turns the POST of a decision into a GET, whatever the browser (RFC 9700 §4.12).
        return redirect(with_parameters(asked.redirect_uri, parameters), 303 if asked.http_method == "POST" else 302)
