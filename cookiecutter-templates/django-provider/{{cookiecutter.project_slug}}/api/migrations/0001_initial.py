"""Notes, which belonged to the application `oauth` before."""

import django.db.models.deletion
from django.db import migrations, models


class CreateMissing(migrations.CreateModel):
    """Creates a model's table if it is missing, and never drops it."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        tables = schema_editor.connection.introspection.table_names()
        if self.options["db_table"] not in tables:
            super().database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        """Leave the notes to the application `oauth`."""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("oauth", "0003_notes"),
    ]

    operations = [
        CreateMissing(
            name="Note",
            fields=[
                ("note_id", models.BigAutoField(primary_key=True, serialize=False)),
                ("text", models.TextField()),
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
            options={"db_table": "oauth_note"},
        ),
    ]
