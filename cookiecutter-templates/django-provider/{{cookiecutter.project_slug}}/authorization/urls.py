"""The URLs of the authorization server, as every framework's example serves them."""

from django.urls import path

from authorization.provider import provider
from authorization.views import ConsentView, LoginView, SharedPageView, machine

urlpatterns = [
    *(path(endpoint.path[1:], machine(endpoint), name=endpoint.name) for endpoint in provider.endpoints),
    path("login", LoginView.as_view(), name="login"),
    *(path(page.path[1:], SharedPageView.as_view(page=page), name=page.name) for page in provider.pages if page.name != "login"),
    path("oauth2/authorize", ConsentView.as_view(flow=provider.oauth2, template_name="consent.html"), name="authorize"),
    path("oauth1/authorize", ConsentView.as_view(flow=provider.oauth1, template_name="oauth1_consent.html"), name="authorize_oauth1"),
    path("device", ConsentView.as_view(flow=provider.device, template_name="device.html"), name="device"),
]
