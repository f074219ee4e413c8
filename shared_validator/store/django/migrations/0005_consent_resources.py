"""Each consent is for a resource: those given before are for the provider's own API."""

from django.db import migrations, models

import shared_validator.store.django.fields


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0004_clients"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="consent", name="oauth_consent_once"),
        migrations.AddField(
            model_name="consent",
            name="resource",
            field=shared_validator.store.django.fields.KeyField(
                blank=True, default="", max_length=255
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                fields=("user", "client", "resource", "scope"), name="oauth_consent_once"
            ),
        ),
    ]
