"""What a token opens: the permission of a view is a scope."""

from pyramid.request import RequestLocalCache
from pyramid.security import Allowed


class SecurityPolicy:
    """Knows the caller of the API by a token or a signature, which is checked once."""

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
        """Allow what the token has the scope for. Raises `Refused`, which says why."""
        self.provider.check_scope(self.identity(request), permission)
        return Allowed("the token has the scope")
