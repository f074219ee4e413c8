"""Who calls, and whether they may: an auth class of Django Ninja."""

from ninja.security.http import HttpAuthBase

from authorization.adapter import to_request
from authorization.provider import provider
from shared_validator import http


class Refused(Exception):
    """Carries what `shared_validator` answers to whoever may not call."""

    def __init__(self, response):
        super().__init__(response.status)
        self.response = response


class OAuth(HttpAuthBase):
    """Takes a bearer token or an OAuth 1.0a signature that has a scope: `request.auth` is the token."""

    openapi_scheme = "bearer"

    def __init__(self, scope):
        super().__init__()
        self.scope = scope

    def __call__(self, request):
        token = provider.check(to_request(request), self.scope)
        if isinstance(token, http.Response):
            raise Refused(token)
        return token
