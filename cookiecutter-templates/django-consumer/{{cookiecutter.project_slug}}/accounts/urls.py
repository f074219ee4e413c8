"""The URLs of the consumer's pages."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.HomeView.as_view(), name="home"),
    path("login/<provider>", views.LoginView.as_view(), name="login"),
    path("callback/<provider>", views.CallbackView.as_view(), name="callback"),
    path("profile", views.ProfileView.as_view(), name="profile"),
{% if " own " in cookiecutter.__providers %}    path("notes", views.NotesView.as_view(), name="notes"),
{% endif %}    path("logout", views.LogoutView.as_view(), name="logout"),
]
