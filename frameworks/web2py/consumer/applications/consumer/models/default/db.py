"""What a page of the consumer has: the database, with the session in it."""

from applications.consumer.modules.oauth import settings
from edge import open_database, open_session

db = open_database()
open_session(db, "consumer_session", settings)
