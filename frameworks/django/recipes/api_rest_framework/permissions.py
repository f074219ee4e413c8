"""Authorization: what a token allows, for Django REST Framework."""

from rest_framework.permissions import SAFE_METHODS, BasePermission

from authorization.provider import provider


class TokenHasScope(BasePermission):
    """Requires the scope that a view sets: `read_scope`, or `write_scope` for changes.

    A view without these attributes fails.
    """

    def has_permission(self, request, view):
        scope = view.read_scope if request.method in SAFE_METHODS else view.write_scope
        provider.check_scope(request.auth, scope)
        return True
