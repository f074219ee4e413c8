"""The application type of clients."""

from django.db import migrations

import shared_validator.store.django.fields


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0005_consent_resources"),
    ]

    operations = [
        migrations.AddField(
            model_name="client",
            name="application_type",
            field=shared_validator.store.django.fields.ProseField(blank=True, default=""),
        ),
    ]
