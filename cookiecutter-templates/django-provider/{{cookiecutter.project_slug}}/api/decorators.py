"""Who may call the API."""

from functools import wraps

from authorization.adapter import ExactResponse, to_request
from authorization.provider import provider
from shared_validator import http


def requires(scope):
    """Let a view be called with a token that has this scope, and hand it the token as `request.token`."""

    def decorate(view):
        @wraps(view)
        def checked(request, *args, **kwargs):
            token = provider.check(to_request(request), scope)
            if isinstance(token, http.Response):
                return ExactResponse(token)
            request.token = token
            return view(request, *args, **kwargs)

        return checked

    return decorate
