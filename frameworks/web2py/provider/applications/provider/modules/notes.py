"""The notes of the API."""

from gluon.dal import Field


def define_notes(db, **options):
    """Return the table of notes."""
    return db.define_table(
        "oauth_notes",
        Field("note_id", "id"),
        Field("user_id", "text", notnull=True),
        Field("text", "text", notnull=True),
        Field("created_at", "bigint", notnull=True),
        **options,
    )
