"""The tables of ``DjangoConsumerStore``, with the values from a provider's tables."""

from typing import Any

from django.db import migrations, models


def _copy(apps: Any, schema_editor: Any) -> None:
    connection = schema_editor.connection
    if "oauth_sealedvalue" in connection.introspection.table_names():
        schema_editor.execute(
            "INSERT INTO oauth_consumer_sealedvalue (name, sealed, expires_at) SELECT name, sealed, expires_at FROM oauth_sealedvalue"
        )


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("key_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("count", models.IntegerField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
            ],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="SealedValue",
            fields=[
                ("name", models.BinaryField(primary_key=True, serialize=False)),
                ("sealed", models.BinaryField()),
                ("expires_at", models.BigIntegerField(db_index=True)),
            ],
            options={"abstract": False},
        ),
        migrations.RunPython(_copy, migrations.RunPython.noop),
    ]
