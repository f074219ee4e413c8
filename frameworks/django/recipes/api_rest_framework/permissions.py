"""Whether they may: a permission class of Django REST Framework."""

from rest_framework.permissions import SAFE_METHODS, BasePermission

from authorization.provider import provider


class TokenHasScope(BasePermission):
    """Asks for the scope that a view names: `read_scope`, or `write_scope` to change.

    A view that names none fails.
    """

    def has_permission(self, request, view):
        scope = view.read_scope if request.method in SAFE_METHODS else view.write_scope
        provider.check_scope(request.auth, scope)
        return True
