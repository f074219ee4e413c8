"""Admin pages to register clients and consumers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from shared_validator.django.forms import ClientForm, OAuth1ConsumerForm
from shared_validator.settings import Settings, SettingsError
from shared_validator.store.django import models
from shared_validator.validators.oauth1 import CONSUMER_SECRET
from shared_validator.vault import Vault, digest, new_secret


class RegistrationAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # only the stubs know it as generic
    """Pages for records that have a secret.

    The secret is shown only once, on the page after it is created. It is not stored in readable
    form.
    """

    actions = ("make_new_secret",)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        """Show the identifier, which is created with the record."""
        return () if obj is None else (self.opts.pk.name,)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save the record, and remember the secret for the next page."""
        obj.new_secret = form.secret
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the secret instead of redirecting."""
        return (
            self._secrets(request, [(obj, obj.new_secret)])
            if obj.new_secret
            else super().response_add(request, obj, post_url_continue)
        )

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """Show the secret of a client that had none before."""
        return (
            self._secrets(request, [(obj, obj.new_secret)])
            if obj.new_secret
            else super().response_change(request, obj)
        )

    @admin.action(
        permissions=("change",),
        description="Make new secrets for the selected %(verbose_name_plural)s",
    )
    def make_new_secret(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse | None:
        """Replace the secrets of the records that have one."""
        made = []
        try:
            for record in queryset:
                if secret := self.renew(record):
                    self.log_change(request, record, "Made a new secret.")
                    made.append((record, secret))
        except SettingsError as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        if not made:
            self.message_user(request, "None of them has a secret.", messages.WARNING)
            return None
        return self._secrets(request, made)

    def renew(self, record: Any) -> str | None:
        """Give a record a new secret and return it, or ``None`` if it has no secret.

        Raises:
            SettingsError: the settings, which encrypt the secret, are not accepted.
        """
        raise NotImplementedError

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """List only the clients. Their consents and tokens can be too many for a page."""
        return (
            [f"{record}, and all that users have let it do" for record in objs],
            {str(self.opts.verbose_name_plural): len(objs)},
            set(),
            [],
        )

    def _secrets(self, request: HttpRequest, secrets: Iterable[tuple[Any, str]]) -> HttpResponse:
        # Not a message: messages are stored in a cookie or a session until the next page.
        context = {
            **self.admin_site.each_context(request),
            "title": "Secrets",
            "opts": self.opts,
            "identifier_name": self.opts.pk.verbose_name,
            "secrets": secrets,
        }
        return TemplateResponse(request, "admin/oauth/secrets.html", context)


@admin.register(models.Client)
class ClientAdmin(RegistrationAdmin):
    """OAuth 2 clients."""

    form = ClientForm
    list_display = ("client_name", "client_id", "token_endpoint_auth_method", "grants", "disabled")
    list_filter = ("token_endpoint_auth_method", "disabled")
    search_fields = ("client_name", "client_id", "redirect_uris")
    ordering = ("client_name",)

    @admin.display(description="grant types")
    def grants(self, client: models.Client) -> str:
        """Return the grant types as one string."""
        return ", ".join(client.grant_types)

    def renew(self, record: models.Client) -> str | None:
        """Replace the secret of a confidential client."""
        if record.client_secret_hash is None:
            return None
        secret = new_secret()
        record.client_secret_hash = digest(secret)
        record.previous_secret_hash = None
        record.save(update_fields=("client_secret_hash", "previous_secret_hash"))
        return secret


@admin.register(models.OAuth1Consumer)
class OAuth1ConsumerAdmin(RegistrationAdmin):
    """OAuth 1.0a consumers."""

    form = OAuth1ConsumerForm
    list_display = ("name", "consumer_key", "signs_with_rsa", "disabled")
    list_filter = (("rsa_public_key", admin.EmptyFieldListFilter), "disabled")
    search_fields = ("name", "consumer_key", "callbacks")
    ordering = ("name",)

    @admin.display(description="signs with RSA", boolean=True)
    def signs_with_rsa(self, consumer: models.OAuth1Consumer) -> bool:
        """Return whether the consumer signs with RSA."""
        return consumer.rsa_public_key is not None

    def renew(self, record: models.OAuth1Consumer) -> str | None:
        """Replace the shared secret of a consumer that has one."""
        if record.sealed_secret is None:
            return None
        secret = new_secret()
        record.sealed_secret = Vault(Settings.from_environ().secret_keys).seal(
            CONSUMER_SECRET, record.consumer_key, secret.encode()
        )
        record.previous_sealed_secret = None
        record.save(update_fields=("sealed_secret", "previous_sealed_secret"))
        return secret
