"""The pages where users sign in and decide which applications may act for them."""

from fastapi import APIRouter, Depends, Request, Response

from dependencies import ProviderDep, Visitor
from shared_validator.edge.mount import current_request
from web import GET, Incoming, check_csrf, page, send

FORM = [*GET, "POST"]

router = APIRouter(include_in_schema=False, dependencies=[Depends(check_csrf)])


def ask(request: Request, visitor: Visitor, flow, template: str) -> Response:
    """Show the flow's question to the user. The flow raises every other response."""
    question = flow.ask(current_request(request.scope), visitor)
    return page(request, template, question=question)


@router.api_route("/oauth2/authorize", methods=FORM)
def authorize(request: Request, visitor: Visitor, provider: ProviderDep):
    """Ask whether an OAuth 2 client may act for the user."""
    return ask(request, visitor, provider.oauth2, "consent.html")


@router.api_route("/oauth1/authorize", methods=FORM)
def authorize_oauth1(request: Request, visitor: Visitor, provider: ProviderDep):
    """Ask whether an OAuth 1.0a consumer may act for the user."""
    return ask(request, visitor, provider.oauth1, "oauth1_consent.html")


@router.api_route("/device", methods=FORM)
def device(request: Request, visitor: Visitor, provider: ProviderDep):
    """Ask for a device's code, then whether the device may act for the user."""
    return ask(request, visitor, provider.device, "device.html")


def account_pages(pages) -> APIRouter:
    """Return the pages that every provider has: sign in, sign out, account."""
    shared = APIRouter(include_in_schema=False, dependencies=[Depends(check_csrf)])
    for one in pages:
        shared.add_api_route(one.path, operation(one), methods=[*one.methods])
    return shared


def operation(shared):
    def answer(incoming: Incoming, visitor: Visitor):
        return send(shared.answer(incoming, visitor))

    return answer
