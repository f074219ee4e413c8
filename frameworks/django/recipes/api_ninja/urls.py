"""The provider's URLs, with an API of Django Ninja in place of the project's own."""

from django.urls import include, path

from api_ninja.api import api

urlpatterns = [path("api/", api.urls), path("", include("authorization.urls"))]
