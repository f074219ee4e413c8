"""Sets up each page of the provider: the database, web2py's users, the visitor."""

from applications.provider.modules.accounts import define_users
from applications.provider.modules.oauth import Visitor, settings
from edge import open_database, open_session

db = open_database()
open_session(db, "provider_session", settings)
auth = define_users(db)
visitor = Visitor(auth)
db.commit()  # an ended session was deleted, and the store needs SQLite's lock
