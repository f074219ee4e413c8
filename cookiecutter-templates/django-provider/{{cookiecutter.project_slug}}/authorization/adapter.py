"""What `shared_validator` takes and returns, in Django's terms."""

from django.contrib.auth import logout
from django.http import HttpResponse
from django.middleware.csrf import get_token

from authorization.provider import store
from shared_validator import http


def to_request(request):
    """Return a request as it arrived: Django's own would be decoded, and no longer what was signed."""
    return http.Request.from_wsgi(request.environ, request.body)


class ExactResponse(HttpResponse):
    """A response of `shared_validator`, sent as it stands.

    Django keeps one header of each name, but an answer may hold two challenges (RFC 9110 §11.6.1). And Django's redirects refuse the URL
    schemes of applications on a phone.
    """

    def __init__(self, response):
        super().__init__(response.body, status=response.status, headers=dict(reversed(response.headers)))
        self.repeated = [pair for pair in response.headers if pair not in self.headers.items()]

    def items(self):
        return [*super().items(), *self.repeated]


class Visitor:
    """Who is looking at a page. Signing in is not here: that is `LoginView`."""

    def __init__(self, request):
        self.request = request

    @property
    def user_id(self):
        user = self.request.user
        return store.subject(user) if user.is_authenticated else None

    @property
    def auth_time(self):
        return self.request.session.get("auth_time", 0)

    @property
    def csrf_token(self):
        return get_token(self.request)

    def log_out(self):
        logout(self.request)
