"""An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in Pando, and the API that it protects. Its pages are the files in `www/`."""

import os
import time
from pathlib import Path

from itsdangerous import URLSafeTimedSerializer
from pando.website import Website

import hooks
from hooks import to_pando
from renderer import Factory
from shared_validator import http, pages
from shared_validator.provider import Provider
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore

settings = Settings.from_environ()
store = SQLStore.from_environ()
provider = Provider(settings, store, scopes={"notes:read": "Read your notes", "notes:write": "Write notes for you"})
endpoints = {endpoint.path: endpoint for endpoint in provider.endpoints}  # what no browser's form calls, and no cookie opens
account_pages = {page.path: page for page in provider.pages}

website = Website(www_root=str(Path(__file__).parent / "www"), encode_output_as="utf-8")
website.renderer_factories["jinja2"] = Factory(website.request_processor)
website.session_cookie = "provider_session"  # cookies ignore ports: a consumer on this host needs another name
website.signer = URLSafeTimedSerializer(os.environ["SESSION_SECRET"], salt=website.session_cookie)
website.https = settings.issuer.startswith("https:")


class PandoVisitor:
    """Who is looking at a page, as the session knows them."""

    def __init__(self, session):
        self.session = session

    user_id = property(lambda self: self.session.get("user_id"))
    auth_time = property(lambda self: self.session.get("auth_time", 0))
    csrf_token = property(lambda self: hooks.csrf_token(self.session))

    def log_in(self, user):
        """Begin a new session, so that nobody goes on in one that somebody else has prepared (session fixation)."""
        self.session.clear()
        self.session.update(user_id=user.user_id, auth_time=int(time.time()))

    def log_out(self):
        self.session.clear()


def decide(flow, raw_request, session):
    """Return what a flow asks the signed-in user, or send what takes its place: sign in first, refused, agreed, denied."""
    step = flow.answer if raw_request.method == "POST" else flow.question
    outcome = step(raw_request, PandoVisitor(session))
    if isinstance(outcome, http.Response):
        raise to_pando(outcome)
    return outcome


def answer_endpoint(request, raw_request):
    """Answer what only machines call, before Pando looks for a file."""
    endpoint = endpoints.get(request.path.decoded)
    if endpoint:
        request.allow(*endpoint.methods)
        raise to_pando(endpoint.handler(raw_request))


def answer_account_page(request, raw_request, session):
    """Answer the pages that every provider has alike."""
    page = account_pages.get(request.path.decoded)
    if page:
        request.allow(*page.methods)
        hooks.check_form(raw_request, session)
        raise to_pando(page.handler(raw_request, PandoVisitor(session)))


def check_form_or_token(resource, raw_request, session):
    """Ask for a token where a simplate declares the scope that each of its methods needs, else for the CSRF token of a form."""
    scopes = hooks.declared(resource, "scopes", None)
    if scopes is None:
        return hooks.check_form(raw_request, session)
    token = provider.check(raw_request, scopes[raw_request.method])
    if isinstance(token, http.Response):
        raise to_pando(token)
    return {"token": token}


def answer_malformed(exception, request=None):
    """Tell a machine in JSON what is wrong with its request, and a person on a page."""
    machine = request and (request.path.decoded in endpoints or request.path.decoded.startswith("/api/"))
    if machine and getattr(exception, "code", 400) == 413:
        return {"response": to_pando(http.invalid_request("the body is too long", 413)), "exception": None}
    if isinstance(exception, http.BadRequest):
        refuse = http.invalid_request if machine else pages.refusal
        return {"response": to_pando(refuse(str(exception))), "exception": None}
    return None


chain = website.state_chain
chain.insert_before("parse_environ_into_request", hooks.keep_raw_request)
chain.insert_after("request_available", hooks.limit_body, answer_endpoint, hooks.load_session, answer_account_page)
chain.insert_before("redirect_to_canonical_path", hooks.refuse_other_addresses)
chain.insert_after("resource_available", hooks.allow_methods, check_form_or_token)
chain.insert_before("get_response_for_exception", answer_malformed)
chain.remove("delegate_error_to_simplate", "log_result_of_request")  # `show_error` leaves the answers alone that are for machines
chain.insert_before(chain.END, hooks.show_error, hooks.protect_page, hooks.save_session, hooks.answer_head)
