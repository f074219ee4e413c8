"""The data of the API."""

from django.db import models


class Note(models.Model):
    """A note of a user, or of a client that acts for itself."""

    note_id = models.BigAutoField(primary_key=True)
    # Without a constraint: a client isn't a user. Deleting a user deletes their notes.
    user = models.ForeignKey(
        "oauth.Subject",
        models.CASCADE,
        to_field="sub",
        db_constraint=False,
        related_name="+",
    )
    text = models.TextField()
    created_at = models.BigIntegerField()

    class Meta:
        db_table = "oauth_note"  # the name in the first version

    def __str__(self):
        return self.text
