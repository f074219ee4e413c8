"""The security policy: the permission of a view is a scope."""

from pyramid.request import RequestLocalCache
from pyramid.security import Allowed


class SecurityPolicy:
    """Identifies the API's caller by a token or a signature, which it checks once."""

    def __init__(self, provider):
        self.provider = provider
        self.tokens = RequestLocalCache(self.authenticate)

    def authenticate(self, request):
        return self.provider.authenticate(request.received)

    def identity(self, request):
        """Return the token of a request. Raises `Refused`."""
        return self.tokens.get_or_create(request)

    def authenticated_userid(self, request):
        return self.identity(request).user_id

    def permits(self, request, context, permission):
        """Allow a view if the token has its scope. Raises `Refused` with the reason."""
        self.provider.check_scope(self.identity(request), permission)
        return Allowed("the token has the scope")
