"""Which URL leads to which function of the application, and by which methods."""

import re

from applications.provider.modules.oauth import provider

FORM = ("GET", "HEAD", "POST")
TABLE = [
    *((endpoint.path, endpoint.methods, f"machines/endpoint/{endpoint.name}") for endpoint in provider.endpoints),
    *((page.path, page.methods, f"default/page/{page.name}") for page in provider.pages if page.name != "login"),
    ("/login", FORM, "default/login"),  # the users are web2py's own
    ("/oauth2/authorize", FORM, "default/authorize"),
    ("/oauth1/authorize", FORM, "default/authorize_oauth1"),
    ("/device", FORM, "default/device"),
    ("/api/me", ("GET", "HEAD"), "api/me"),
    ("/api/notes", FORM, "api/notes"),
]
NO_SESSION = {"web2py_disable_session": True}  # a cookie means nothing to what is no page


def routes(path, methods, function):
    """Return two routes of a path: its methods lead to the function, any other one to the page that says which they are.

    web2py compares all of `address:scheme://host:method path` with a pattern, so that no path can pass for another.
    """
    before, after = r"^[^/]*:https?://[^:/]+:", rf" {re.escape(path)}\Z$"
    return [
        (f"{before}({'|'.join(methods).lower()}){after}", f"/provider/{function}", {} if function.startswith("default/") else NO_SESSION),
        (rf"{before}\S+{after}", f"/provider/errors/method/{'-'.join(methods)}", NO_SESSION),
    ]


routes_in = [*(route for line in TABLE for route in routes(*line)), ("^.*$", "/provider/errors/index", NO_SESSION)]
routes_onerror = [("provider/500", "/provider/errors/index")]
error_message_ticket = "Internal Server Error"
