"""The URLs of the consumer."""

from django.urls import include, path

urlpatterns = [path("", include("accounts.urls"))]

handler500 = "shared_validator.django.views.server_error"
