"""The pages where users sign in and decide which applications may act for them."""

from functools import partial

from pyramid.csrf import get_csrf_token
from pyramid.view import view_config

page_view = partial(view_config, request_method=("GET", "POST"))


def visitor(request):
    """Return the visitor of a page, from Pyramid's session and the store."""
    return request.provider.visitor(request.session, lambda: get_csrf_token(request))


def ask(request, flow):
    """Return the flow's question for the user. The flow raises every other response."""
    question = flow.ask(request.received, request.visitor)
    return {"question": question, "csrf_input": request.csrf_input}


@page_view(route_name="oauth2_authorize", renderer="consent.html")
def authorize(request):
    """Ask whether an OAuth 2 client may act for the user."""
    return ask(request, request.provider.oauth2)


@page_view(route_name="oauth1_authorize", renderer="oauth1_consent.html")
def authorize_oauth1(request):
    """Ask whether an OAuth 1.0a consumer may act for the user."""
    return ask(request, request.provider.oauth1)


@page_view(route_name="device", renderer="device.html")
def device(request):
    """Ask for a device's code, then whether the device may act for the user."""
    return ask(request, request.provider.device)


def account_page(page):
    """Return the view of a page that every provider has: sign in, sign out, account."""
    return lambda request: page.answer(request.received, request.visitor)


def includeme(config):
    provider = config.registry["provider"]
    config.add_request_method(lambda request: provider, "provider", reify=True)
    config.add_request_method(visitor, reify=True)
    config.add_route("oauth2_authorize", "/oauth2/authorize")
    config.add_route("oauth1_authorize", "/oauth1/authorize")
    config.add_route("device", "/device")
    config.scan(__name__)
    for page in provider.pages:
        config.add_route(page.name, page.path)
        options = {"route_name": page.name, "request_method": page.methods}
        config.add_view(account_page(page), **options)
