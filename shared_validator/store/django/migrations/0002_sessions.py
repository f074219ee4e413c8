"""Sign-in sessions."""

import django.db.models.deletion
from django.db import migrations, models

import shared_validator.store.django.fields


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                ("session_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("auth_time", models.BigIntegerField()),
                ("method", shared_validator.store.django.fields.ProseField()),
                ("created_at", models.BigIntegerField()),
                ("last_seen_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.subject",
                        to_field="sub",
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "db_table": "oauth_sessions",
                "indexes": [models.Index(fields=["user"], name="oauth_session_of_user")],
            },
        ),
    ]
