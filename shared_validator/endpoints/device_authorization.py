"""The device authorization endpoint (RFC 8628 §3.1)."""

from __future__ import annotations

from oauthlib.oauth2.rfc6749.errors import InvalidScopeError, UnauthorizedClientError

from shared_validator.context import Context
from shared_validator.http import NO_STORE, Request, Response, json_response
from shared_validator.store import DeviceCode
from shared_validator.validators.oauth2 import DEVICE_GRANT, OAuth2Validator, new_grant_id
from shared_validator.validators.protocol_request import ProtocolRequest, token_request
from shared_validator.vault import TYPED_ALPHABET, digest, new_secret, new_typed_code

_LETTERS = 8


def normalised(user_code: str) -> str:
    """Return the letters of a user code as a person typed it, in any case and with any punctuation (RFC 8628 §6.1)."""
    return "".join(letter for letter in user_code.upper() if letter in TYPED_ALPHABET)


def shown(user_code: str) -> str:
    """Return a user code as the device shows it, and as the person finds it again beside the question (RFC 8628 §5.4)."""
    letters = normalised(user_code)
    return f"{letters[:4]}-{letters[4:]}"


class DeviceAuthorization:
    """Hands a device its code, and the one that a person types: 8 letters without vowels, 34 bits (RFC 8628 §6.1)."""

    def __init__(self, context: Context, validator: OAuth2Validator) -> None:
        self._context = context
        self._validator = validator

    def __call__(self, request: Request) -> Response:
        """Answer a device. Raises ``OAuth2Error``."""
        parsed = token_request(request)
        self._validator.authenticate_client(parsed)
        if not self._validator.validate_grant_type(parsed.client_id, DEVICE_GRANT, parsed.client, parsed):
            raise UnauthorizedClientError
        device_code, user_code = new_secret(), new_typed_code(_LETTERS)
        self._context.store.save_device_code(self._record(parsed, device_code, user_code))
        settings = self._context.settings
        return json_response(
            {
                "device_code": device_code,
                "user_code": shown(user_code),
                "verification_uri": f"{settings.issuer}/device",
                "verification_uri_complete": f"{settings.issuer}/device?user_code={shown(user_code)}",
                "expires_in": settings.device_code_seconds,
                "interval": settings.device_interval_seconds,
            },
            headers=NO_STORE,
        )

    def _record(self, parsed: ProtocolRequest, device_code: str, user_code: str) -> DeviceCode:
        scope = (parsed.scope or "").split() or self._validator.get_default_scopes(parsed.client_id, parsed)
        if not self._validator.validate_scopes(parsed.client_id, scope, parsed.client, parsed):
            raise InvalidScopeError
        self._validator.check_resources(parsed.resources)
        settings = self._context.settings
        return DeviceCode(
            device_code_hash=digest(device_code),
            user_code_hash=digest(user_code),
            grant_id=new_grant_id(),
            client_id=parsed.client_id,
            scope=tuple(dict.fromkeys(scope)),
            resource=parsed.resources,
            interval=settings.device_interval_seconds,
            expires_at=self._context.now() + settings.device_code_seconds,
        )
