"""The provider's URLs, with the notes served by Django REST Framework."""

from django.urls import path

from api_rest_framework.views import NotesView
from config import urls
from config.urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [path("api/notes", NotesView.as_view()), *urls.urlpatterns]
