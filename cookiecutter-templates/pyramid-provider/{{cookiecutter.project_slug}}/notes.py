"""The notes of the API, in a table of the provider's database."""

from contextlib import contextmanager

from sqlalchemy import (
    BigInteger,
    Column,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from shared_validator.store import StoreUnavailable

table = Table(
    "oauth_notes",
    MetaData(),
    Column("note_id", Integer, primary_key=True),
    Column("user_id", Text, nullable=False, index=True),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)


class Notes:
    """The notes of all users. Creates their table if it is missing.

    Args:
        engine: the store's. It has no pool, so the notes get an engine with one.
    """

    def __init__(self, engine):
        make_table(engine)
        options = {"pool_pre_ping": True, "hide_parameters": True}
        if engine.dialect.name == "postgresql":
            # PgBouncer may give each transaction another connection.
            options["connect_args"] = {"prepare_threshold": None}
        self.engine = create_engine(engine.url, **options)

    def of(self, owner):
        """Return the notes of a user or a client, oldest first.

        Raises:
            StoreUnavailable: the database cannot be used right now.
        """
        own = select(table).where(table.c.user_id == owner).order_by(table.c.note_id)
        with self._connection() as connection:
            return connection.execute(own).all()

    def add(self, owner, text, now):
        """Save a note and return it. Raises as `of` does."""
        note = insert(table).values(user_id=owner, text=text, created_at=now)
        with self._connection() as connection:
            return connection.execute(note.returning(table)).one()

    @contextmanager
    def _connection(self):
        try:
            with self.engine.begin() as connection:
                yield connection
        except (OperationalError, TimeoutError) as error:
            raise StoreUnavailable from error


def make_table(engine):
    """Create the table if it is missing. Another process may do so at the same time."""
    if inspect(engine).has_table(table.name):
        return
    try:
        table.create(engine)
    except DBAPIError:
        if not inspect(engine).has_table(table.name):
            raise
