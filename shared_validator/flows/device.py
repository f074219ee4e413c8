"""The page where a person types the code that a device shows, and decides (RFC 8628 §3.3)."""

from __future__ import annotations

from urllib.parse import urlencode

from shared_validator import pages
from shared_validator.context import Context, Visitor
from shared_validator.endpoints.device_authorization import normalised, shown
from shared_validator.flows import Question, allowed, sign_in_first
from shared_validator.http import BadRequest, Request, Response, single
from shared_validator.pages import gettext as _
from shared_validator.store import DeviceCode
from shared_validator.vault import digest


class DeviceFlow:
    """Asks the user whether a device may act for them."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def question(self, request: Request, visitor: Visitor) -> Question | Response:
        """Return what to ask, or a response: sign in first, or the form that asks for the code.

        Args:
            request: ``GET /device``, with ``user_code`` when the device showed a complete link (§3.3.1).
            visitor: who is looking.
        """
        try:
            user_code = single(request.query, "user_code")
        except BadRequest as error:
            return self._form(visitor, "", str(error), 400)
        if visitor.user_id is None:
            return sign_in_first(f"{request.path}?{urlencode({'user_code': user_code})}" if user_code else request.path)
        return self._about(user_code, visitor) if user_code else self._form(visitor, "", None, 200)

    def answer(self, request: Request, visitor: Visitor) -> Question | Response:
        """Return what to ask about the code that was typed, or the response to the decision about it.

        Args:
            request: ``POST /device`` with ``user_code``, and ``decision`` (``allow`` or ``deny``) once the question was shown.
            visitor: who has typed. The application has checked the CSRF token.
        """
        if visitor.user_id is None:
            return sign_in_first(request.path)
        try:
            user_code = single(request.form, "user_code") or ""
            if single(request.form, "decision") is None:
                return self._about(user_code, visitor)
            return self._decided(user_code, visitor, visitor.user_id, approved=allowed(request))
        except BadRequest as error:
            return self._form(visitor, "", str(error), 400)

    def _about(self, user_code: str, visitor: Visitor) -> Question | Response:
        user = self._context.store.user(visitor.user_id or "")
        if user is None:
            return sign_in_first("/device")
        record = self._look_up(user_code, visitor, user.user_id)
        if isinstance(record, Response):
            return record
        client = self._context.store.client(record.client_id)
        return Question(
            client_name=client.client_name if client else record.client_id,
            redirect_host=None,
            scopes=tuple((scope, self._context.scopes[scope]) for scope in record.scope),
            user=user,
            user_code=shown(user_code),
        )

    def _decided(self, user_code: str, visitor: Visitor, user_id: str, *, approved: bool) -> Response:
        record = self._look_up(user_code, visitor, user_id)
        if isinstance(record, Response):
            return record
        store, now = self._context.store, self._context.now()
        with store.transaction():
            answered = store.answer_device_code(record.user_code_hash, user_id, visitor.auth_time, approved, now)
            if answered and approved:
                # So that the device stands among the applications that the person let in, and can be shut out again.
                store.save_consent(user_id, record.client_id, record.scope, now)
        if not answered:
            return self._form(visitor, user_code, _("This code is unknown or has expired. Look at the device again."), 400)
        return pages.render("device_done.html", approved=approved)

    def _look_up(self, user_code: str, visitor: Visitor, user_id: str) -> DeviceCode | Response:
        # A user code is short, so one person has only so many wrong tries (RFC 8628 §5.1).
        store, settings, now = self._context.store, self._context.settings, self._context.now()
        counter = f"device:{user_id}"
        if store.count(counter, settings.login_window_seconds, now) > settings.login_failures_per_user:
            return self._form(visitor, user_code, _("Too many wrong codes. Try again later."), 429)
        record = store.device_code_by_user_code(digest(normalised(user_code)), now)
        if record is None:
            return self._form(visitor, user_code, _("This code is unknown or has expired. Look at the device again."), 400)
        store.forget_count(counter)
        return record

    def _form(self, visitor: Visitor, user_code: str, error: str | None, status: int) -> Response:
        csrf_input = pages.csrf_input(visitor.csrf_token)
        return pages.render("device.html", status, question=None, user_code=user_code, error=error, csrf_input=csrf_input)
