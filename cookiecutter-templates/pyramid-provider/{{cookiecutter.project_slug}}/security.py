"""Who is looking at a page: the session, its CSRF token, and what the shared pages ask about them."""

import time

from pyramid.csrf import SessionCSRFStoragePolicy, get_csrf_token
from pyramid.interfaces import ISecurityPolicy
from pyramid.security import Allowed, Denied, forget, remember
from pyramid.session import SignedCookieSessionFactory
from zope.interface import implementer


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Knows a person by the session. What a token may do is the option `scope` of a view."""

    def identity(self, request):
        """Return the user's identifier and when they signed in, or `None`."""
        return request.session.get("identity")

    def authenticated_userid(self, request):
        identity = self.identity(request)
        return identity["user_id"] if identity else None

    def permits(self, request, context, permission):
        """Open a view with a `permission` to whoever is signed in; the flows of OAuth know by themselves who has to be."""
        return Allowed("signed in") if self.identity(request) else Denied("not signed in")

    def remember(self, request, userid, **kw):
        """Begin a new session, so that nobody goes on in one that somebody else has prepared (session fixation)."""
        request.session.invalidate()
        request.session["identity"] = {"user_id": userid, "auth_time": int(time.time())}
        return []

    def forget(self, request, **kw):
        request.session.invalidate()
        return []


class Visitor:
    """Who is looking at a page, as the security policy knows them."""

    def __init__(self, request):
        self.request = request

    user_id = property(lambda self: self.request.authenticated_userid)
    auth_time = property(lambda self: self.request.identity["auth_time"] if self.request.identity else 0)
    csrf_token = property(lambda self: get_csrf_token(self.request))

    def log_in(self, user):
        remember(self.request, user.user_id)  # the headers that it returns are none: the session brings its own cookie

    def log_out(self):
        forget(self.request)


def includeme(config):
    settings = config.get_settings()
    session_factory = SignedCookieSessionFactory(
        settings["session.secret"],
        cookie_name="provider_session",  # cookies ignore ports: a consumer on this host needs another name
        httponly=True,
        secure=settings["session.secure"],
        samesite="Lax",
        set_on_exception=False,  # a form of another site comes without the cookie; the answer that refuses it must not replace it
        timeout=8 * 3600,
        reissue_time=3600,  # with 0, the default, every answer sets the cookie, and a slow one would undo a sign-out
    )
    config.set_session_factory(session_factory)
    config.set_security_policy(SecurityPolicy())
    config.set_csrf_storage_policy(SessionCSRFStoragePolicy())
    config.set_default_csrf_options(require_csrf=True)
    config.add_request_method(Visitor, "visitor", reify=True)
