"""The pages of an application whose users sign in with a provider."""

import httpx2
from applications.consumer.modules.oauth import (
    consumer,
    current_login,
    go,
    required_login,
    show,
    visit,
)
from edge import page, read_request, send

from shared_validator import redirect
from shared_validator.consumer import api_failure
from shared_validator.http import single


@page("GET", "HEAD")
def index():
    """Show the providers to sign in with, or the signed-in user."""
    shown = {"providers": consumer.providers, "login": current_login()}
    raise show("consumer_home.html", **shown)


@page("POST")
def login():
    """Send the browser to the provider. Only this browser can complete the sign-in."""
    raise send(redirect(consumer.start(request.args(0), visit().browser)))


@page("GET", "HEAD")
def callback():
    """Handle the provider's response, and start a new session for its user."""
    login = consumer.finish(request.args(0), read_request(), visit().browser)
    visit().begin(login.login_id)
    session.renew()
    raise go("/profile")


@page("GET", "HEAD")
def profile():
    """Show what the provider says about the user."""
    login = required_login()
    shown = {"providers": consumer.providers, "login": login, "claims": login.claims}
    raise show("consumer_profile.html", **shown)


# feature: notes (begin)
@page("GET", "HEAD", "POST")
def notes():
    """Read the user's notes through the provider's API, or write one."""
    asked, login = read_request(), required_login()
    text, status, error = single(asked.form, "text") or "", 200, None
    try:
        with consumer.session(login.login_id) as api:
            if asked.method == "POST":
                answer = api.post("/api/notes", data={"text": text})
                if answer.is_success:
                    raise go("/notes", 303)
                if answer.status_code != 400:
                    answer.raise_for_status()
                status, error = 400, answer.json()["error_description"]
            found = api.get("/api/notes").raise_for_status().json()["notes"]
    except httpx2.HTTPError as failure:
        raise api_failure(failure) from failure
    raise show("consumer_notes.html", status, notes=found, text=text, error=error)


# feature: notes (end)
@page("POST")
def logout():
    """End the session, then go to the provider's sign-out page if it has one."""
    elsewhere = consumer.log_out(visit().login_id)
    # This comes last: it locks the database, and the store writes there too.
    visit().end()
    session.renew()
    raise send(redirect(elsewhere, 303)) if elsewhere else go("/", 303)
