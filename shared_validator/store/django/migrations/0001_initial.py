"""The first tables of ``DjangoStore``."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import shared_validator.store.django.fields
import shared_validator.store.django.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Client",
            fields=[
                (
                    "client_id",
                    shared_validator.store.django.fields.KeyField(
                        max_length=255, primary_key=True, serialize=False, verbose_name="client ID"
                    ),
                ),
                ("client_secret_hash", models.BinaryField(null=True)),
                (
                    "client_name",
                    shared_validator.store.django.fields.ProseField(verbose_name="name"),
                ),
                (
                    "redirect_uris",
                    shared_validator.store.django.fields.WordsField(
                        blank=True, verbose_name="redirect URIs"
                    ),
                ),
                (
                    "post_logout_redirect_uris",
                    shared_validator.store.django.fields.WordsField(
                        blank=True, verbose_name="post-logout redirect URIs"
                    ),
                ),
                (
                    "grant_types",
                    shared_validator.store.django.fields.WordsField(
                        blank=True, verbose_name="grant types"
                    ),
                ),
                ("scope", shared_validator.store.django.fields.WordsField(blank=True)),
                (
                    "token_endpoint_auth_method",
                    shared_validator.store.django.fields.ProseField(
                        verbose_name="authentication at the token endpoint"
                    ),
                ),
                (
                    "id_token_signed_response_alg",
                    shared_validator.store.django.fields.ProseField(
                        verbose_name="signature of ID tokens"
                    ),
                ),
            ],
            options={
                "verbose_name": "OAuth 2 client",
            },
        ),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("key_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Nonce",
            fields=[
                ("nonce_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("expires_at", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="OAuth1Consumer",
            fields=[
                (
                    "consumer_key",
                    shared_validator.store.django.fields.KeyField(
                        max_length=255, primary_key=True, serialize=False
                    ),
                ),
                ("sealed_secret", models.BinaryField(null=True)),
                (
                    "rsa_public_key",
                    shared_validator.store.django.fields.ProseField(
                        blank=True, null=True, verbose_name="RSA public key"
                    ),
                ),
                ("name", shared_validator.store.django.fields.ProseField()),
                ("callbacks", shared_validator.store.django.fields.WordsField(blank=True)),
            ],
            options={
                "verbose_name": "OAuth 1.0a consumer",
            },
        ),
        migrations.CreateModel(
            name="SealedValue",
            fields=[
                ("name", models.BinaryField(primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="SigningKey",
            fields=[
                (
                    "kid",
                    shared_validator.store.django.fields.KeyField(
                        max_length=255, primary_key=True, serialize=False
                    ),
                ),
                ("algorithm", shared_validator.store.django.fields.ProseField()),
                ("sealed_key", models.BinaryField()),
                ("active_from", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Subject",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="oauth_subject",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "sub",
                    shared_validator.store.django.fields.KeyField(
                        default=shared_validator.store.django.models.new_sub,
                        editable=False,
                        max_length=255,
                        unique=True,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("note_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("text", shared_validator.store.django.fields.ProseField()),
                ("created_at", models.BigIntegerField()),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.subject",
                        to_field="sub",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RefreshToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.BinaryField(unique=True)),
                ("grant_id", models.BinaryField(db_index=True)),
                ("scope", shared_validator.store.django.fields.WordsField()),
                ("resource", shared_validator.store.django.fields.WordsField()),
                ("auth_time", models.BigIntegerField()),
                ("issued_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                ("rotated_at", models.BigIntegerField(null=True)),
                ("predecessor_hash", models.BinaryField(null=True)),
                ("sealed_answer", models.BinaryField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.client",
                        verbose_name="client",
                    ),
                ),
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
                "indexes": [
                    models.Index(fields=["user", "client"], name="oauth_refresh_of_user"),
                    models.Index(
                        condition=models.Q(("sealed_answer__isnull", False)),
                        fields=["issued_at"],
                        name="oauth_refresh_answered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeviceCode",
            fields=[
                ("device_code_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("user_code_hash", models.BinaryField(unique=True)),
                ("grant_id", models.BinaryField()),
                ("scope", shared_validator.store.django.fields.WordsField()),
                ("resource", shared_validator.store.django.fields.WordsField()),
                ("interval", models.IntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                ("status", shared_validator.store.django.fields.ProseField()),
                ("auth_time", models.BigIntegerField()),
                ("polled_at", models.BigIntegerField()),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.subject",
                        to_field="sub",
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("user__isnull", False)),
                        fields=["user", "client"],
                        name="oauth_device_of_user",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scope",
                    shared_validator.store.django.fields.KeyField(blank=True, max_length=255),
                ),
                ("granted_at", models.BigIntegerField()),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.client",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "client", "scope"), name="oauth_consent_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AuthorizationCode",
            fields=[
                ("code_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("grant_id", models.BinaryField()),
                ("redirect_uri", shared_validator.store.django.fields.ProseField()),
                ("scope", shared_validator.store.django.fields.WordsField()),
                ("resource", shared_validator.store.django.fields.WordsField()),
                ("code_challenge", shared_validator.store.django.fields.ProseField()),
                ("nonce", shared_validator.store.django.fields.ProseField(null=True)),
                ("auth_time", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                ("claimed_at", models.BigIntegerField(null=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.client",
                        verbose_name="client",
                    ),
                ),
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
                "indexes": [models.Index(fields=["user", "client"], name="oauth_code_of_user")],
            },
        ),
        migrations.CreateModel(
            name="AccessToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.BinaryField(unique=True)),
                ("grant_id", models.BinaryField(db_index=True)),
                ("scope", shared_validator.store.django.fields.WordsField()),
                ("audience", shared_validator.store.django.fields.WordsField()),
                ("issued_at", models.BigIntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                (
                    "client",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.client",
                        verbose_name="client",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.subject",
                        to_field="sub",
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("user__isnull", False)),
                        fields=["user", "client"],
                        name="oauth_access_of_user",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TemporaryCredentials",
            fields=[
                ("token_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("sealed_secret", models.BinaryField()),
                ("callback", shared_validator.store.django.fields.ProseField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
                ("verifier_hash", models.BinaryField(null=True)),
                (
                    "consumer",
                    models.ForeignKey(
                        db_column="consumer_key",
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.oauth1consumer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.subject",
                        to_field="sub",
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("user__isnull", False)),
                        fields=["user", "consumer"],
                        name="oauth_temporary_of_user",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TokenCredentials",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_hash", models.BinaryField(unique=True)),
                ("sealed_secret", models.BinaryField()),
                ("scope", shared_validator.store.django.fields.WordsField()),
                ("issued_at", models.BigIntegerField()),
                (
                    "consumer",
                    models.ForeignKey(
                        db_column="consumer_key",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="oauth.oauth1consumer",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
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
                "verbose_name": "OAuth 1.0a token credentials",
                "verbose_name_plural": "OAuth 1.0a token credentials",
                "indexes": [
                    models.Index(fields=["user", "consumer"], name="oauth_credentials_of_user")
                ],
            },
        ),
    ]
