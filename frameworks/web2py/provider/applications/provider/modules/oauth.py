"""The provider, with web2py's users, and the visitor of its pages."""

from applications.provider.modules.accounts import has_password
from gluon import current

from shared_validator import Provider, Settings
from shared_validator.edge.sessions import SessionVisitor
from shared_validator.store.web2py import Web2pyStore

SCOPES = {"notes:read": "Read your notes", "notes:write": "Write notes for you"}

settings = Settings.from_environ()
store = Web2pyStore.from_environ()
provider = Provider(settings, store, SCOPES, verify_password=has_password)


class Visitor(SessionVisitor):
    """The visitor of a page: web2py's `auth`, and a session in the store.

    A user whose session in the store has ended is signed out: they were blocked or
    deleted, got a new password, or signed out everywhere.
    """

    def __init__(self, auth):
        super().__init__(provider.context.sessions, current.session)
        self.auth = auth
        if auth.user and auth.user.sub != self.user_id:
            self.log_out()

    def log_in(self, user):
        super().log_in(user)
        self.auth.login_user(self.auth.db.auth_user(sub=user.user_id))

    def log_out(self, *, everywhere=False):
        super().log_out(everywhere=everywhere)
        self.auth.logout_bare()
