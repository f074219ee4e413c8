"""Authentication and authorization for Django Ninja, in one auth class."""

from ninja.security.http import HttpAuthBase

from authorization.provider import provider
from shared_validator.django.views import to_request


class OAuth(HttpAuthBase):
    """Takes a bearer token or an OAuth 1.0a signature: `request.auth` is the token."""

    openapi_scheme = "bearer"

    def __init__(self, scope):
        super().__init__()
        self.scope = scope

    def __call__(self, request):
        return provider.require(to_request(request), self.scope)
