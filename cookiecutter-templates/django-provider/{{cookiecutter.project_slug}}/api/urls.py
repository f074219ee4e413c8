"""The URLs of the API."""

from django.urls import path

from api.views import MeView, NotesView

app_name = "api"
urlpatterns = [
    path("me", MeView.as_view(), name="me"),
    path("notes", NotesView.as_view(), name="notes"),
]
