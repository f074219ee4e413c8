"""The device authorization endpoint (RFC 8628 §3.1)."""

from __future__ import annotations

import secrets

from shared_validator import events
from shared_validator.accounts.tries import Limits, network
from shared_validator.context import Context
from shared_validator.grants import DEVICE_GRANT, new_grant_id
from shared_validator.grants.limits import (
    allowed_scope,
    audience_of_new_grant,
    client_for,
)
from shared_validator.http import NO_STORE, HTTPProblem, Request, Response, json_response
from shared_validator.store import Client, DeviceCode
from shared_validator.validators.protocol_request import ProtocolRequest, token_request
from shared_validator.vault import TYPED_ALPHABET, digest, new_secret, typed_code

_LETTERS = 8

CODES_PER_CLIENT = 10_000
"""How many device codes a client gets in the time that one lives."""

CODES_PER_ADDRESS = 100
"""How many of them public clients get for one network address. Anyone can name a public client."""


class TooManyDeviceCodes(HTTPProblem):
    """The client or the address has begun too many devices lately (RFC 6585 §4).

    Args:
        seconds: after this time, there is room again.
    """

    status = 429
    error = "temporarily_unavailable"

    def __init__(self, seconds: int) -> None:
        super().__init__("Too many device codes were requested. Try again later.")
        self.headers = (("Retry-After", str(seconds)),)


def normalised(user_code: str) -> str:
    """Return the letters of a user code, whatever its case and punctuation (RFC 8628 §6.1)."""
    return "".join(letter for letter in user_code.upper() if letter in TYPED_ALPHABET)


def shown(user_code: str) -> str:
    """Return a user code as the device and the consent page show it (RFC 8628 §5.4)."""
    letters = normalised(user_code)
    return f"{letters[:4]}-{letters[4:]}"


class DeviceAuthorization:
    """Issues the device code and the user code, which the user types.

    The user code has 8 letters without vowels: 34 bits (RFC 8628 §6.1). The more codes are open, the
    easier one is to guess (§5.1), so their number is limited.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def __call__(self, request: Request) -> Response:
        """Answer a device.

        Raises:
            OAuth2Error: the request is refused.
            TooManyDeviceCodes: the client or the address has no more codes left.
        """
        asked = token_request(request)
        client = client_for(DEVICE_GRANT, asked, self._context.store)
        device_code, user_code = new_secret(), typed_code(_LETTERS, secrets.token_bytes(32))
        record = self._record(asked, client, device_code, user_code)
        self._check_limits(client, request.remote_addr)
        self._context.store.save_device_code(record)
        settings = self._context.settings
        page = f"{settings.issuer}/device"
        return json_response(
            {
                "device_code": device_code,
                "user_code": shown(user_code),
                "verification_uri": page,
                "verification_uri_complete": f"{page}?user_code={shown(user_code)}",
                "expires_in": settings.device_code_seconds,
                "interval": settings.device_interval_seconds,
            },
            headers=NO_STORE,
        )

    def _check_limits(self, client: Client, address: str) -> None:
        seconds = self._context.settings.device_code_seconds
        limits = {"client": (client.client_id, CODES_PER_CLIENT)}
        # A client that authenticates may ask from one address for all of its devices.
        if client.token_endpoint_auth_method == "none":
            limits = {"address": (network(address), CODES_PER_ADDRESS)} | limits
        limited = Limits(self._context, "device_authorization", seconds, limits).take()
        if limited is not None:
            events.report(
                "device_authorization_limited",
                client_id=client.client_id,
                reason=f"too many device codes for this {limited}",
            )
            raise TooManyDeviceCodes(seconds)

    def _record(
        self,
        asked: ProtocolRequest,
        client: Client,
        device_code: str,
        user_code: str,
    ) -> DeviceCode:
        settings = self._context.settings
        scope = allowed_scope(self._context, client, (asked.scope or "").split())
        audience_of_new_grant(settings, asked.resources)
        return DeviceCode(
            device_code_hash=digest(device_code),
            user_code_hash=digest(user_code),
            grant_id=new_grant_id(),
            client_id=client.client_id,
            scope=tuple(dict.fromkeys(scope)),
            resource=asked.resources,
            interval=settings.device_interval_seconds,
            expires_at=self._context.now() + settings.device_code_seconds,
        )
