"""Codes and tokens of OAuth 2."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import replace

from shared_validator.store.records import AccessToken, AuthorizationCode, DeviceCode, RefreshToken

_OF_CLIENT_ITSELF = "client_credentials"


def limited(
    token: AccessToken, scope: Collection[str], grant_types: Collection[str]
) -> AccessToken | None:
    """Return an access token with what its client may have now (RFC 6749 §3.3, §4).

    Args:
        token: the token as it was issued.
        scope: the scope that its client has registered now.
        grant_types: the grant types that its client has registered now. Without one that could
            have issued the token, the result is ``None``.
    """
    of_users = set(grant_types) - {_OF_CLIENT_ITSELF}
    if not (of_users if token.user_id is not None else _OF_CLIENT_ITSELF in grant_types):
        return None
    left = tuple(name for name in token.scope if name in scope)
    return token if left == token.scope else replace(token, scope=left)


class OAuth2Store(ABC):
    """Authorization codes, access tokens and refresh tokens."""

    @abstractmethod
    def save_code(self, code: AuthorizationCode) -> None:
        """Insert an authorization code."""

    @abstractmethod
    def claim_code(self, code_hash: bytes, client_id: str, now: int) -> AuthorizationCode | None:
        """Use up an unused, unexpired code of ``client_id``. Return ``None`` if there is none."""

    @abstractmethod
    def code_grant(self, code_hash: bytes, client_id: str) -> bytes | None:
        """Return the ``grant_id`` of a claimed code of ``client_id``, to revoke on a replay."""

    @abstractmethod
    def save_access_token(self, token: AccessToken) -> None:
        """Insert an access token."""

    @abstractmethod
    def access_token(
        self, token_hash: bytes, *, include_disabled: bool = False
    ) -> AccessToken | None:
        """Return an access token that has not been revoked, expired or not.

        It has only what its client may have now: see ``limited``. With ``include_disabled`` it is as
        it was issued, whatever its user and its client may do now, to revoke it.
        """

    @abstractmethod
    def save_refresh_token(self, token: RefreshToken) -> None:
        """Insert a refresh token."""

    @abstractmethod
    def rotate_refresh_token(
        self, token_hash: bytes, client_id: str, now: int
    ) -> RefreshToken | None:
        """Use up an unused, unrevoked, unexpired refresh token of ``client_id``.

        Return ``None`` if there is none.
        """

    @abstractmethod
    def refresh_token(
        self, token_hash: bytes, *, include_disabled: bool = False
    ) -> RefreshToken | None:
        """Return a refresh token that has not been revoked, rotated or not, expired or not.

        That of a disabled user or client is only returned with ``include_disabled``, to revoke it.
        """

    @abstractmethod
    def successor(self, token_hash: bytes) -> RefreshToken | None:
        """Return the refresh token that replaced this one, unless it has been revoked."""

    @abstractmethod
    def revoke_access_token(self, token_hash: bytes) -> None:
        """Revoke one access token."""

    @abstractmethod
    def revoke_grant(self, grant_id: bytes) -> None:
        """Revoke every access and refresh token of a grant."""


class DeviceCodes(ABC):
    """Devices that wait for a user (RFC 8628)."""

    @abstractmethod
    def save_device_code(self, code: DeviceCode) -> None:
        """Insert a device code."""

    @abstractmethod
    def device_code_by_user_code(self, user_code_hash: bytes, now: int) -> DeviceCode | None:
        """Return the unexpired device code that shows this user code, answered or not."""

    @abstractmethod
    def answer_device_code(
        self, user_code_hash: bytes, user_id: str, auth_time: int, approved: bool, now: int
    ) -> bool:
        """Record a user's answer to a pending, unexpired device code.

        Return ``False`` if there is none, for example because it has already been answered.
        """

    @abstractmethod
    def claim_device_code(
        self, device_code_hash: bytes, client_id: str, now: int
    ) -> DeviceCode | None:
        """Use up an approved, unexpired device code of ``client_id``.

        Return ``None`` if there is none.
        """

    @abstractmethod
    def poll_device_code(
        self, device_code_hash: bytes, client_id: str, now: int
    ) -> DeviceCode | None:
        """Record the time of a poll, and return the previous record.

        Its ``polled_at`` is the time of the previous poll.
        """

    @abstractmethod
    def slow_down_device_code(self, device_code_hash: bytes, seconds: int) -> None:
        """Lengthen the interval of a device that polls too fast by ``seconds`` (RFC 8628 §3.5)."""
