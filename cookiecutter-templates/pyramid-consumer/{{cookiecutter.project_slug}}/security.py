"""The security policy. Sessions hold only the login's ID; tokens are in the store."""

from pyramid.request import RequestLocalCache
from pyramid.security import Allowed, Denied

from shared_validator.edge.sessions import ConsumerSession


class SecurityPolicy:
    """Identifies a visitor by the login in the session, which it looks up once."""

    def __init__(self, consumer):
        self.consumer = consumer
        self.logins = RequestLocalCache(self.find_login)

    def find_login(self, request):
        return self.consumer.login(ConsumerSession(request.session).login_id)

    def identity(self, request):
        """Return this visitor's login, or `None`."""
        return self.logins.get_or_create(request)

    def authenticated_userid(self, request):
        login = self.identity(request)
        return login.login_id if login else None

    def permits(self, request, context, permission):
        is_signed_in = self.identity(request) is not None
        return Allowed("signed in") if is_signed_in else Denied("not signed in")
