"""The page where the user types the code that a device shows, and decides (RFC 8628 §3.3)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlencode

from shared_validator import events, pages
from shared_validator.accounts.tries import Tries
from shared_validator.context import Context
from shared_validator.edge.sessions import Visitor
from shared_validator.endpoints.device_authorization import normalised, shown
from shared_validator.flows import (
    Question,
    allowed,
    consent_resources,
    named_resources,
    sign_in_first,
    signed_in_user,
)
from shared_validator.grants import DEVICE_GRANT
from shared_validator.grants.limits import scope_left
from shared_validator.http import BadRequest, Refused, Request, single
from shared_validator.pages import gettext as _
from shared_validator.store import DeviceCode
from shared_validator.vault import digest


class DeviceFlow:
    """Asks the user whether a device may act for them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def ask(self, request: Request, visitor: Visitor) -> Question:
        """Return the question about a code that was typed or is in the link (RFC 8628 §3.3.1).

        Args:
            request: ``GET /device``, with or without ``user_code``; or a POST with ``user_code``,
                and with ``decision`` (``allow`` or ``deny``) once the question has been shown.
            visitor: the visitor. The application has checked the CSRF token of a POST.

        Raises:
            Refused: with the response to send instead of the question: sign in first, the form that
                asks for the code, the response to the decision, or a refusal.
        """
        posted = request.method == "POST"
        try:
            user_code = single(request.form if posted else request.query, "user_code") or ""
            decision = (
                allowed(request)
                if posted and single(request.form, "decision") is not None
                else None
            )
        except BadRequest as error:
            raise self._form(visitor, "", str(error), 400) from error
        user = signed_in_user(self._context, visitor)
        if user is None:
            query = f"?{urlencode({'user_code': user_code})}" if user_code and not posted else ""
            raise sign_in_first(self._context, self._context.path("/device") + query)
        if not user_code and not posted:
            raise self._form(visitor, "", None, 200)
        record = self._look_up(user_code, visitor, user.user_id, request.remote_addr, decision)
        client = self._context.store.client(record.client_id)
        # The registration may have changed since the device asked.
        scope = scope_left(self._context, client, record.scope) if client else ()
        if client is None or DEVICE_GRANT not in client.grant_types or not scope:
            raise self._unknown(visitor, user_code)
        record = replace(record, scope=scope)
        if decision is not None:
            raise self._decided(record, user_code, visitor, user.user_id, approved=decision)
        return Question(
            client_name=client.client_name,
            redirect_host=None,
            scopes=tuple((name, self._context.scopes[name]) for name in scope),
            user=user,
            resources=named_resources(self._context, record.resource),
            user_code=shown(user_code),
        )

    def _decided(
        self, record: DeviceCode, user_code: str, visitor: Visitor, user_id: str, *, approved: bool
    ) -> Refused:
        store, now = self._context.store, self._context.now()

        def answer() -> bool:
            answered = store.answer_device_code(
                record.user_code_hash, user_id, visitor.auth_time, approved, now
            )
            if answered and approved:
                # List the device among the user's applications, so that it can be removed.
                resources = consent_resources(self._context, record.resource)
                store.save_consent(user_id, record.client_id, record.scope, now, resources)
            return answered

        if store.transact(answer):
            decision = "consent_given" if approved else "consent_denied"
            events.report(decision, client_id=record.client_id, user=user_id)
        else:
            answered = store.device_code_by_user_code(record.user_code_hash, now)
            if answered is None or not _was_decided(answered, user_id, approved):
                return self._unknown(visitor, user_code)
        return Refused(pages.render("device_done.html", approved=approved))

    def _look_up(
        self,
        user_code: str,
        visitor: Visitor,
        user_id: str,
        address: str,
        decision: bool | None,
    ) -> DeviceCode:
        # A user code is short, so limit wrong tries (RFC 8628 §5.1).
        tries = Tries(self._context, "device", user_id, address)
        if limited := tries.take():
            reason = f"too many tries for this {limited}"
            events.report("device_code_limited", user=user_id, reason=reason)
            raise self._form(visitor, user_code, _("Too many wrong codes. Try again later."), 429)
        record = self._context.store.device_code_by_user_code(
            digest(normalised(user_code)), self._context.now()
        )
        if record is None or (
            record.status != "pending" and not _was_decided(record, user_id, decision)
        ):
            raise self._unknown(visitor, user_code)
        tries.give_back()
        return record

    def _unknown(self, visitor: Visitor, user_code: str) -> Refused:
        error = _("This code is unknown or has expired. Look at the device again.")
        return self._form(visitor, user_code, error, 400)

    def _form(self, visitor: Visitor, user_code: str, error: str | None, status: int) -> Refused:
        csrf_input = pages.csrf_input(visitor.csrf_token)
        return Refused(
            pages.render(
                "device.html",
                status,
                question=None,
                user_code=user_code,
                error=error,
                csrf_input=csrf_input,
            )
        )


def _was_decided(record: DeviceCode, user_id: str, decision: bool | None) -> bool:
    """Return whether this user made this decision, which a double click sends twice."""
    statuses = {True: ("approved", "claimed"), False: ("denied",), None: ()}
    return record.user_id == user_id and record.status in statuses[decision]
