"""Who calls: an authentication class of Django REST Framework."""

import json

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException

from authorization.adapter import to_request
from authorization.provider import provider
from shared_validator import http


class Refused(APIException):
    """Answers with what `shared_validator` says: the status, the error, and the challenges in one header (RFC 9110 §11.6.1)."""

    def __init__(self, response):
        super().__init__(json.loads(response.body))
        self.status_code = response.status
        self.auth_header = ", ".join(value for name, value in response.headers if name == "WWW-Authenticate")


class OAuthAuthentication(BaseAuthentication):
    """Takes a bearer token or an OAuth 1.0a signature: `request.auth` is the token, `request.user` the user who gave it away."""

    def authenticate(self, request):
        token = provider.authenticate(to_request(request._request))
        if isinstance(token, http.Response):
            raise Refused(token)
        return user_of(token), token


def user_of(token):
    """Return the user of a token; a client that acts for itself has none."""
    if token.user_id is None:
        return AnonymousUser()
    return get_user_model().objects.filter(is_active=True, oauth_subject__sub=token.user_id).first() or AnonymousUser()
