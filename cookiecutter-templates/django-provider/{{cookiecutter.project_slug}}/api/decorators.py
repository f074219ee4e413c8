"""Access control for the API."""

from functools import wraps

from authorization.provider import provider
from shared_validator.django.views import to_request


def requires(scope):
    """Require a token with this scope, as `request.token`."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            request.token = provider.require(to_request(request), scope)
            return view(request, *args, **kwargs)

        return checked

    return decorate
