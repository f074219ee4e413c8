"""The forms of the admin site for clients and consumers.

The rules for registration are the same as everywhere else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from shared_validator.clients import client_from_metadata
from shared_validator.django.provider import offered_scopes
from shared_validator.grants import GRANT_TYPES
from shared_validator.keys import ALGORITHMS
from shared_validator.settings import Settings
from shared_validator.store import Client, OAuth1Consumer
from shared_validator.store.django import models
from shared_validator.store.django.rows import check
from shared_validator.validators.client_authentication import METHODS
from shared_validator.validators.oauth1 import new_consumer
from shared_validator.vault import Vault, new_identifier, new_secret


class WordsFormField(forms.CharField):
    """Words without spaces, one per line."""

    widget = forms.Textarea(attrs={"rows": 4, "cols": 80})

    def prepare_value(self, value: Any) -> Any:
        """Return the lines that the form shows."""
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        """Return the words of the lines."""
        return (
            tuple(value)
            if isinstance(value, list | tuple)
            else tuple((super().to_python(value) or "").split())
        )


class RegistrationForm(forms.ModelForm):  # type: ignore[type-arg]  # only the stubs know it as generic
    """A form for a record that gets a secret.

    ``secret`` is the new secret after saving the form, or ``None``.
    """

    secret: str | None = None

    def clean(self) -> dict[str, Any]:
        """Refuse invalid registrations, and set the remaining fields of the record."""
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            registered = self.registered(cleaned)
            values = {
                field.attname: getattr(registered, field.attname)
                for field in self.instance._meta.concrete_fields
            }
            check(type(self.instance), values)
        except ValueError as error:
            raise ValidationError(str(error)) from error
        for name, value in values.items():
            setattr(self.instance, name, value)
        return {name: values[name] for name in cleaned}

    def registered(self, cleaned: Mapping[str, Any]) -> Client | OAuth1Consumer:
        """Return the whole record. Raises ``ValueError`` if a value is not accepted."""
        raise NotImplementedError


class ClientForm(RegistrationForm):
    """An OAuth 2 client."""

    client_name = forms.CharField(label="Name", help_text="What the consent page calls it.")
    redirect_uris = WordsFormField(
        label="Redirect URIs", required=False, help_text="One in a line; compared as a whole."
    )
    post_logout_redirect_uris = WordsFormField(
        label="Post-logout redirect URIs", required=False, help_text="One in a line."
    )
    grant_types = forms.MultipleChoiceField(
        choices=[(name, name.rpartition(":")[2]) for name in GRANT_TYPES],
        widget=forms.CheckboxSelectMultiple,
        initial=["authorization_code", "refresh_token"],
    )
    scope = WordsFormField(
        required=False,
        initial=("openid", "profile", "email"),
        help_text="What it may ask for, one in a line.",
    )
    token_endpoint_auth_method = forms.ChoiceField(
        label="Authentication at the token endpoint",
        choices=[(name, name) for name in METHODS],
        help_text="“none” for a public client, which can keep no secret: an app on a device or in a browser.",
    )
    id_token_signed_response_alg = forms.ChoiceField(
        label="Signature of ID tokens", choices=[(name, name) for name in ALGORITHMS]
    )

    application_type = forms.ChoiceField(
        required=False,
        choices=[("", "not registered"), ("native", "native"), ("web", "web")],
        help_text="For a public client of type “web”, the port of a loopback address is compared.",
    )

    class Meta:
        model = models.Client
        fields = (
            *(
                "client_name",
                "redirect_uris",
                "post_logout_redirect_uris",
                "grant_types",
                "scope",
                "token_endpoint_auth_method",
            ),
            *("id_token_signed_response_alg", "application_type", "disabled"),
        )

    def registered(self, cleaned: Mapping[str, Any]) -> Client:
        """Return the client, with the hash of a new secret if it needs one and has none."""
        known = self.instance.client_secret_hash
        metadata = {
            **{name: value for name, value in cleaned.items() if name != "disabled"},
            "scope": " ".join(cleaned["scope"]),
            "client_id": self.instance.client_id or new_identifier(),
        }
        public = cleaned["token_endpoint_auth_method"] == "none"
        secret = None if public else new_secret()
        client = client_from_metadata(
            metadata if public else {**metadata, "client_secret": secret},
            offered_scopes=offered_scopes(),
        )
        self.secret = None if known else secret
        kept = replace(client, disabled=cleaned["disabled"])
        if public or not known:
            return kept
        previous = self.instance.previous_secret_hash
        return replace(kept, client_secret_hash=known, previous_secret_hash=previous)


class OAuth1ConsumerForm(RegistrationForm):
    """An OAuth 1.0a consumer."""

    name = forms.CharField(help_text="What the consent page calls it.")
    callbacks = WordsFormField(
        required=False, help_text="One in a line; compared as a whole. “oob” is always allowed."
    )
    rsa_public_key = forms.CharField(
        label="RSA public key",
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "cols": 80}),
        help_text="In PEM, for a consumer that signs with RSA; another one gets a shared secret.",
    )

    class Meta:
        model = models.OAuth1Consumer
        fields = ("name", "callbacks", "rsa_public_key", "disabled")

    def registered(self, cleaned: Mapping[str, Any]) -> OAuth1Consumer:
        """Return the consumer, with a new encrypted secret if it needs one and has none."""
        known = self.instance.sealed_secret
        pem = cleaned["rsa_public_key"] or None
        secret = None if pem else new_secret()
        consumer = new_consumer(
            Vault(Settings.from_environ().secret_keys),
            consumer_key=self.instance.consumer_key or new_identifier(),
            name=cleaned["name"],
            callbacks=cleaned["callbacks"],
            secret=secret,
            rsa_public_key=pem,
        )
        self.secret = None if known else secret
        kept = replace(consumer, disabled=cleaned["disabled"])
        if pem or not known:
            return kept
        previous = self.instance.previous_sealed_secret
        return replace(kept, sealed_secret=known, previous_sealed_secret=previous)
