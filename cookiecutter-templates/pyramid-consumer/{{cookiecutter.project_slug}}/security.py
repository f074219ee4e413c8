"""Who is signed in: the session, its CSRF token, and the login that the session names."""

from pyramid.csrf import SessionCSRFStoragePolicy
from pyramid.interfaces import ISecurityPolicy
from pyramid.request import RequestLocalCache
from pyramid.security import Allowed, Denied
from pyramid.session import SignedCookieSessionFactory
from zope.interface import implementer


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Knows a person by the session, which holds only a name for their login: the tokens rest encrypted in the store."""

    def __init__(self):
        self.logins = RequestLocalCache(self.find_login)

    def find_login(self, request):
        login_id = request.session.get("login_id")
        return request.registry["consumer"].login(login_id) if login_id else None

    def identity(self, request):
        """Return the login of whoever is signed in, or `None`."""
        return self.logins.get_or_create(request)

    def authenticated_userid(self, request):
        login = self.identity(request)
        return login.login_id if login else None

    def permits(self, request, context, permission):
        return Allowed("signed in") if self.identity(request) else Denied("not signed in")

    def remember(self, request, userid, **kw):
        """Begin a new session, so that nobody goes on in one that somebody else has prepared (session fixation)."""
        browser = request.session.get("browser")  # a second tab may still be under way
        self.forget(request)
        request.session.update(browser=browser, login_id=userid)
        return []

    def forget(self, request, **kw):
        self.logins.clear(request)
        request.session.invalidate()
        return []


def includeme(config):
    settings = config.get_settings()
    session_factory = SignedCookieSessionFactory(
        settings["session.secret"],
        cookie_name="consumer_session",  # cookies ignore ports: a provider on this host needs another name
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
