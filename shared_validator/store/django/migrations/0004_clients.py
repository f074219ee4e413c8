"""Disabled clients, a second secret while the first is replaced, and the scopes on offer."""

from django.db import migrations, models

import shared_validator.store.django.fields


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0003_notes"),
    ]

    operations = [
        migrations.CreateModel(
            name="OfferedScope",
            fields=[
                (
                    "scope",
                    shared_validator.store.django.fields.KeyField(
                        primary_key=True, serialize=False
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="client",
            name="disabled",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="client",
            name="previous_secret_hash",
            field=models.BinaryField(null=True),
        ),
        migrations.AddField(
            model_name="oauth1consumer",
            name="disabled",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="oauth1consumer",
            name="previous_sealed_secret",
            field=models.BinaryField(null=True),
        ),
    ]
