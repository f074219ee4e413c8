"""Authentication: who calls the API, for Django REST Framework."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication

from authorization.provider import provider
from shared_validator.django.views import to_request


class OAuthAuthentication(BaseAuthentication):
    """Takes a bearer token or an OAuth 1.0a signature.

    `request.auth` is the token, `request.user` the user who let the client in. A
    refusal passes through to `PageMiddleware`, which sends it with every challenge.
    """

    def authenticate(self, request):
        token = provider.authenticate(to_request(request._request))
        return user_of(token), token


def user_of(token):
    """Return the user of a token; a client that acts for itself has none."""
    if token.user_id is None:
        return AnonymousUser()
    users = get_user_model().objects.filter(
        is_active=True, oauth_subject__sub=token.user_id
    )
    return users.first() or AnonymousUser()
