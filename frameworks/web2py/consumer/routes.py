"""Maps paths to functions of the application."""

# Imported here, before any model: from the first request on, web2py's own importer
# breaks packages that try to import optional ones.
from applications.consumer.modules.oauth import consumer
from edge import routes

routes_in = routes(
    "consumer",
    {
        "/": "default/index",
        **{
            f"/{page}/{name}": f"default/{page}/{name}"
            for page in ("login", "callback")
            for name in consumer.providers
        },
        "/profile": "default/profile",
        "/notes": "default/notes",  # feature: notes
        "/logout": "default/logout",
    },
)
routes_onerror = [("consumer/500", "/consumer/errors/index")]
error_message_ticket = "Internal Server Error"
