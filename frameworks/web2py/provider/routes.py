"""Maps paths to functions of the application."""

# Imported here, before any model: from the first request on, web2py's own importer
# breaks packages that try to import optional ones.
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
