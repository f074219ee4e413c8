"""A website in Pando whose users sign in elsewhere. Its routes are the files in `www/`."""

import os
from pathlib import Path

import httpx2
from itsdangerous import URLSafeTimedSerializer
from pando import Response
from pando.website import Website

import hooks
from hooks import to_pando
from renderer import Factory
from shared_validator import http, pages
from shared_validator.consumer import Consumer, ConsumerError, ConsumerSettings, api_failure
from shared_validator.store.sql import SQLStore

settings = ConsumerSettings.from_environ()
store = SQLStore.from_environ()
consumer = Consumer(settings, store)

website = Website(www_root=str(Path(__file__).parent / "www"), encode_output_as="utf-8")
website.renderer_factories["jinja2"] = Factory(website.request_processor)
website.session_cookie = "consumer_session"  # cookies ignore ports: a provider on this host needs another name
website.signer = URLSafeTimedSerializer(os.environ["SESSION_SECRET"], salt=website.session_cookie)
website.https = settings.url.startswith("https:")


def redirect(location):
    """Return a redirect to raise. `website.redirect` would quote the URL again."""
    return to_pando(http.redirect(location, 303))


def current_login(session):
    """Return who is signed in, or `None`. The cookie holds only a name: the tokens rest encrypted in the store."""
    return consumer.login(session["login_id"]) if "login_id" in session else None


def required_login(session):
    """Return who is signed in; send everybody else to the first page."""
    login = current_login(session)
    if login is None:
        raise redirect("/")
    return login


def known_provider(request):
    """Return the provider that the path names."""
    if request.path["provider"] not in consumer.providers:
        raise Response(404)
    return request.path["provider"]


def failure(status, title, error):
    page = pages.render("consumer_error.html", status, title=title, detail=str(error))
    return {"response": to_pando(page), "exception": None, "traceback": str(error)}  # for the log, which would get the page


def answer_failure(exception, raw_request=None):
    """Show what went wrong in our own words, never in those of a request."""
    if isinstance(exception, ConsumerError):
        return failure(400 if raw_request.path.startswith("/callback/") else 502, "The sign-in has failed", exception)
    if isinstance(exception, httpx2.HTTPError):
        return failure(502, "Your data cannot be reached", api_failure(exception))
    if isinstance(exception, http.BadRequest):
        return {"response": to_pando(pages.refusal(str(exception))), "exception": None}
    return None


chain = website.state_chain
chain.insert_before("parse_environ_into_request", hooks.keep_raw_request)
chain.insert_after("request_available", hooks.limit_body, hooks.load_session)
chain.insert_before("redirect_to_canonical_path", hooks.refuse_other_addresses)
chain.insert_after("resource_available", hooks.allow_methods, hooks.check_form)
chain.insert_before("get_response_for_exception", answer_failure)
chain.remove("delegate_error_to_simplate", "log_result_of_request")
chain.insert_before(chain.END, hooks.show_error, hooks.protect_page, hooks.save_session, hooks.answer_head)
