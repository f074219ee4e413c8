"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in Django, and its API.

These are the URLs of both and of the admin site.
"""

from django.contrib import admin
from django.urls import include, path, reverse_lazy
from django.views.generic import RedirectView

admin.site.site_url = reverse_lazy("authorization:account")

urlpatterns = [
    # One sign-in page, with one count of wrong passwords, for the admin site too.
    path(
        "admin/login/",
        RedirectView.as_view(pattern_name="authorization:login", query_string=True),
    ),
    path("admin/", admin.site.urls),
    path("", include("authorization.urls")),
    path("api/", include("api.urls")),
]

handler500 = "shared_validator.django.views.server_error"
