"""Whether they may: a permission class of Django REST Framework."""

from rest_framework.permissions import SAFE_METHODS, BasePermission

from api_rest_framework.authentication import Refused
from authorization.provider import provider
from shared_validator import http


class TokenHasScope(BasePermission):
    """Asks for the scope that a view names: `read_scope` to look, `write_scope` to change. A view that names none fails."""

    def has_permission(self, request, view):
        scope = view.read_scope if request.method in SAFE_METHODS else view.write_scope
        outcome = provider.require(request.auth, scope)
        if isinstance(outcome, http.Response):
            raise Refused(outcome)
        return True
