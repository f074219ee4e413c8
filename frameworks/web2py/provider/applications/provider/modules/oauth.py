"""The provider, made once for all requests, and the way of a request to it and of a response back."""

from gluon import HTTP, current

from shared_validator import http, pages
from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store import User
from shared_validator.store.sql import SQLStore


class Web2pyStore(SQLStore):
    """Keeps what OAuth needs in tables of its own, and asks web2py who its users are."""

    def user(self, user_id):
        """Return a user of `auth_user`; one who waits for approval or is blocked has a registration key, and is none."""
        row = current.db.auth_user(sub=user_id, registration_key="")
        name = row and f"{row.first_name} {row.last_name}".strip()
        return row and User(user_id=row.sub, username=row.username, password_hash="", name=name or row.username, email=row.email)


settings = Settings.from_environ()
store = Web2pyStore.from_environ()
provider = Provider(settings, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})


def to_request():
    """Return the current request as it arrived: `request.env` has it in capitals, and what routes.py made of it in small letters."""
    request = current.request
    request.body.seek(0)
    return http.Request.from_wsgi(dict(request.env), request.body.read())


def to_web2py(response):
    """Return a response for `raise`. It is sent as it stands: `redirect()` would choose another status, and a header may be there twice."""
    headers = {}
    for name, value in response.headers:
        headers.setdefault(name, []).append(value)
    return HTTP(response.status, response.body, **headers)


def refusal(status, error, title, detail):
    """Return a refusal of the current request, for `raise`: in words to a person, as JSON (RFC 6749 §5.2) to a machine."""
    if current.request.controller in ("api", "machines"):
        return to_web2py(http.json_response({"error": error, "error_description": detail}, status))
    return to_web2py(pages.render("error.html", status, title=title, detail=detail))
