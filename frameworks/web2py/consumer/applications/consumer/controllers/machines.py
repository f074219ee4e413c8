"""What is no page."""

from applications.consumer.modules.oauth import store, to_request, to_web2py

from shared_validator import pages


def stylesheet():
    """Send the stylesheet of every page."""
    raise to_web2py(pages.stylesheet(to_request()))


def healthz():
    """Say that the store can be reached."""
    store.ping()
    return response.json({"status": "ok"})
