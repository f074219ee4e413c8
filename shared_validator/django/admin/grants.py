"""Admin pages to view and revoke what users have let applications do."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.formats import date_format
from django.utils.timezone import localtime

from shared_validator.store.django import models
from shared_validator.store.django.store import DjangoStore

_USERNAME = f"user__user__{get_user_model().USERNAME_FIELD}"


class UnexpiredFilter(admin.SimpleListFilter):
    """Filters records by whether they have expired."""

    title = "end"
    parameter_name = "expired"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the choices."""
        return [("no", "Not expired"), ("yes", "Expired")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the filtered records."""
        now = int(datetime.now(UTC).timestamp())
        conditions = {"no": {"expires_at__gt": now}, "yes": {"expires_at__lte": now}}
        return queryset.filter(**conditions.get(self.value() or "", {}))


def _moment(seconds: int | None) -> str:
    return (
        "-"
        if seconds is None
        else date_format(localtime(datetime.fromtimestamp(seconds, UTC)), "DATETIME_FORMAT")
    )


class GivenAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Pages to view and revoke what users have let applications do.

    There may be millions. A client is found by searching, because a filter would list all clients.
    """

    actions = ("revoke",)
    show_full_result_count = False  # counts what is found, not the whole table as well
    list_select_related = ("client", "user__user")
    search_fields = (_USERNAME, "client__client_name", "client__client_id")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return ``False``: only applications can get them, by asking the user."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Return ``False``: they stay as the user gave them."""
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Offer to revoke, with everything that belongs to it, instead of Django's own deletion."""
        return {
            name: action
            for name, action in super().get_actions(request).items()
            if name != "delete_selected"
        }

    @admin.action(
        permissions=("delete",), description="Revoke the selected %(verbose_name_plural)s"
    )
    def revoke(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Revoke the selected records at once."""
        self.log_deletions(request, queryset)
        number = len(queryset)
        self.delete_queryset(request, queryset)
        self.message_user(request, f"Revoked {number}.", messages.SUCCESS)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Revoke one record."""
        self.end(DjangoStore(obj._state.db), obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Revoke several records."""
        for record in queryset:
            self.delete_model(request, record)

    def end(self, store: DjangoStore, record: Any) -> None:
        """Revoke a record and everything that belongs to it."""
        raise NotImplementedError

    @admin.display(description="granted", ordering="granted_at")
    def granted(self, record: models.Consent) -> str:
        """Return when the user agreed."""
        return _moment(record.granted_at)

    @admin.display(description="issued", ordering="issued_at")
    def issued(self, record: Any) -> str:
        """Return when it was issued."""
        return _moment(record.issued_at)

    @admin.display(description="expires", ordering="expires_at")
    def expires(self, record: Any) -> str:
        """Return when it expires."""
        return _moment(record.expires_at)

    @admin.display(description="used", ordering="rotated_at")
    def used(self, record: models.RefreshToken) -> str:
        """Return when it was replaced."""
        return _moment(record.rotated_at)

    @admin.display(description="scope")
    def scopes(self, record: Any) -> str:
        """Return the scope as one string."""
        return " ".join(record.scope)


@admin.register(models.Consent)
class ConsentAdmin(GivenAdmin):
    """Consents of users."""

    list_display = fields = ("user", "client", "resource", "scope", "granted")

    def end(self, store: DjangoStore, record: models.Consent) -> None:
        """Delete the user's consent to the client, and revoke all its tokens."""
        store.revoke_client(record.user_id, record.client_id)


@admin.register(models.AccessToken)
class AccessTokenAdmin(GivenAdmin):
    """Access tokens."""

    list_display = fields = ("user", "client", "scopes", "issued", "expires")
    list_filter = (UnexpiredFilter,)

    def end(self, store: DjangoStore, record: models.AccessToken) -> None:
        """Revoke this token only."""
        store.revoke_access_token(bytes(record.token_hash))


@admin.register(models.RefreshToken)
class RefreshTokenAdmin(GivenAdmin):
    """Refresh tokens."""

    list_display = fields = ("user", "client", "scopes", "issued", "expires", "used")
    list_filter = (UnexpiredFilter,)

    def end(self, store: DjangoStore, record: models.RefreshToken) -> None:
        """Revoke the token, its family and their access tokens."""
        store.revoke_grant(bytes(record.grant_id))


@admin.register(models.TokenCredentials)
class TokenCredentialsAdmin(GivenAdmin):
    """OAuth 1.0a token credentials."""

    list_display = fields = ("user", "consumer", "scopes", "issued")
    list_select_related = ("consumer", "user__user")
    search_fields = (_USERNAME, "consumer__name", "consumer__consumer_key")

    def end(self, store: DjangoStore, record: models.TokenCredentials) -> None:
        """Revoke these credentials."""
        record.delete()
