"""The pages of the provider."""

from applications.provider.modules.oauth import provider
from edge import page, read_request, send

from shared_validator import pages

METHODS = ("GET", "HEAD", "POST")
PAGES = {each.name: each for each in provider.pages}


@page(*METHODS)
def account():
    """Show a page that every provider has: sign in, sign out, account."""
    raise send(PAGES[request.args(0)].answer(read_request(), visitor))


def ask(flow, template):
    """Show the flow's question to the user. The flow raises every other response."""
    question = flow.ask(read_request(), visitor)
    csrf_input = pages.csrf_input(visitor.csrf_token)
    raise send(pages.render(template, question=question, csrf_input=csrf_input))


@page(*METHODS)
def authorize():
    """Ask whether an OAuth 2 client may act for the user."""
    ask(provider.oauth2, "consent.html")


@page(*METHODS)
def authorize_oauth1():
    """Ask whether an OAuth 1.0a consumer may act for the user."""
    ask(provider.oauth1, "oauth1_consent.html")


@page(*METHODS)
def device():
    """Ask for a device's code, then whether the device may act for the user."""
    ask(provider.device, "device.html")
