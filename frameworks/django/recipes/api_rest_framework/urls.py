"""The provider's URLs, with the notes served by Django REST Framework."""

from django.urls import path

from api_rest_framework.views import NotesView
from config import urls

urlpatterns = [path("api/notes", NotesView.as_view()), *urls.urlpatterns]
handler500 = urls.handler500
