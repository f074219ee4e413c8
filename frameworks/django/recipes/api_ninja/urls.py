"""The provider's URLs, with an API of Django Ninja in place of the project's own."""

from django.urls import include, path

from api_ninja.api import api
from config.urls import handler500

__all__ = ["handler500", "urlpatterns"]

urlpatterns = [path("api/", api.urls), path("", include("authorization.urls"))]
