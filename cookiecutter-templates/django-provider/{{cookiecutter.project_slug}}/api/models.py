"""What the API keeps."""

from django.db import models


class Note(models.Model):
    """A note of a user, or of a client that acts for itself."""

    note_id = models.BigAutoField(primary_key=True)
    # Unchecked, since a client is no user. A user's notes are deleted with the user.
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
        db_table = "oauth_note"  # the table of the first version

    def __str__(self):
        return self.text
