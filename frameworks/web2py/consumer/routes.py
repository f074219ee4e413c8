"""Which URL leads to which function of the application, and by which methods."""

import re

# Here and not first in a model: web2py's importer, which stands in from the first request on, breaks packages that try what is not there.
from applications.consumer.modules.oauth import consumer

GET = ("GET", "HEAD")
TABLE = [
    ("/", GET, "default/index"),
    *((f"/login/{name}", ("POST",), f"default/login/{name}") for name in consumer.providers),
    *((f"/callback/{name}", GET, f"default/callback/{name}") for name in consumer.providers),
    ("/profile", GET, "default/profile"),
    ("/notes", (*GET, "POST"), "default/notes"),
    ("/logout", ("POST",), "default/logout"),
    ("/static/style.css", GET, "machines/stylesheet"),
    ("/healthz", GET, "machines/healthz"),
]
NO_SESSION = {"web2py_disable_session": True}  # a cookie means nothing to what is no page


def routes(path, methods, function):
    """Return two routes of a path: its methods lead to the function, any other one to the page that says which they are.

    web2py compares all of `address:scheme://host:method path` with a pattern, so that no path can pass for another.
    """
    before, after = r"^[^/]*:https?://[^:/]+:", rf" {re.escape(path)}\Z$"
    return [
        (f"{before}({'|'.join(methods).lower()}){after}", f"/consumer/{function}", {} if function.startswith("default/") else NO_SESSION),
        (rf"{before}\S+{after}", f"/consumer/errors/method/{'-'.join(methods)}", NO_SESSION),
    ]


routes_in = [*(route for line in TABLE for route in routes(*line)), ("^.*$", "/consumer/errors/index", NO_SESSION)]
routes_onerror = [("consumer/500", "/consumer/errors/index")]
error_message_ticket = "Internal Server Error"
