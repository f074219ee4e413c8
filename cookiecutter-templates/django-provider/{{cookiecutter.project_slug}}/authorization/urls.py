"""The URLs of the authorization server."""

from django.urls import path

from authorization.provider import provider
from authorization.views import ConsentView
from shared_validator.django.login import LoginView
from shared_validator.django.views import endpoint_urls, page_urls

app_name = "authorization"
urlpatterns = [
    path("login", LoginView.as_view(), name="login"),  # overrides the shared page
    path(
        "oauth2/authorize",
        ConsentView.as_view(flow=provider.oauth2, template_name="consent.html"),
        name="authorize",
    ),
    path(
        "oauth1/authorize",
        ConsentView.as_view(flow=provider.oauth1, template_name="oauth1_consent.html"),
        name="authorize_oauth1",
    ),
    path(
        "device",
        ConsentView.as_view(flow=provider.device, template_name="device.html"),
        name="device",
    ),
    *page_urls(provider.pages),
    *endpoint_urls(provider.endpoints),
]
