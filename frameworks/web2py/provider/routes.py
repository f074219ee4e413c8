"""Which path leads to which function of the application."""

# Here and not first in a model: from the first request on, web2py's own importer breaks
# packages that try to import what is not there.
from applications.provider.modules.oauth import provider
from edge import routes

routes_in = routes(
    "provider",
    {page.path: f"default/account/{page.name}" for page in provider.pages}
    | {
        "/oauth2/authorize": "default/authorize",
        "/oauth1/authorize": "default/authorize_oauth1",
        "/device": "default/device",
        "/api/me": "api/me",
        "/api/notes": "api/notes",
    },
)
routes_onerror = [("provider/500", "/provider/errors/index")]
error_message_ticket = "Internal Server Error"
