"""{{ cookiecutter.description.removesuffix('.') }}.

The URLs of both, and of the admin site.
"""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

admin.site.site_url = "/account"

urlpatterns = [
    # One page to sign in, with one count of wrong passwords, for the admin site too.
    path("admin/login/", RedirectView.as_view(pattern_name="login", query_string=True)),
    path("admin/", admin.site.urls),
    path("", include("authorization.urls")),
    path("api/", include("api.urls")),
]

handler400 = "authorization.views.bad_request"
handler403 = "authorization.views.permission_denied"
handler404 = "authorization.views.not_found"
handler500 = "authorization.views.server_error"
