"""Sets up each page of the consumer: the database, with the session in it."""

from applications.consumer.modules.oauth import settings
from edge import open_database, open_session

db = open_database()
open_session(db, "consumer_session", settings)
