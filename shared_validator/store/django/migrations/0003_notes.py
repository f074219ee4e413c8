"""Notes are an application's own: they leave the models, and their table stays for it to take over."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("oauth", "0002_sessions"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(state_operations=[migrations.DeleteModel(name="Note")]),
    ]
