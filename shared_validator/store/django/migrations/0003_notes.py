"""Remove the model of notes, which belong to the application. Their table stays for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0002_sessions"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="Note")]),
    ]
