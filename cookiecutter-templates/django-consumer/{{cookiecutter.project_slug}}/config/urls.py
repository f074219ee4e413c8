"""The URLs of the consumer."""

from django.urls import include, path

urlpatterns = [path("", include("accounts.urls"))]

handler400 = "accounts.views.bad_request"
handler403 = "accounts.views.permission_denied"
handler404 = "accounts.views.not_found"
handler500 = "accounts.views.server_error"
