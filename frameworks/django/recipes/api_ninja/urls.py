"""The provider's URLs, with an API of Django Ninja in place of its own."""

from django.urls import path

from api_ninja.api import api
from authorization.urls import urlpatterns as authorization
from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("api/", api.urls), *authorization]
