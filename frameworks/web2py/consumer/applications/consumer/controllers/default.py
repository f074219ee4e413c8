"""The pages of an application whose users sign in elsewhere."""

import secrets

from applications.consumer.modules.oauth import consumer, to_request, to_web2py

from shared_validator import http


def current_login(session):
    """Return who is signed in, or `None`. The session holds only a name: the tokens rest encrypted in the store."""
    return consumer.login(session.login_id) if session.login_id else None


def required_login(session):
    """Return who is signed in; a visitor goes to the first page."""
    login = current_login(session)
    if login is None:
        raise to_web2py(http.redirect("/"))
    return login


def index():
    """Show where to sign in, or who has."""
    login = current_login(session)
    response.title = "You are signed in" if login else "Sign in"
    return {"providers": consumer.providers, "login": login}


def login():
    """Send the browser to the provider. The attempt belongs to this browser: nobody else's answer ends it."""
    session.browser = session.browser or secrets.token_urlsafe()
    raise to_web2py(http.redirect(consumer.start(request.args(0), session.browser)))


def callback():
    """Take what the provider has sent, and begin a new session for the user it names."""
    browser = session.browser or ""
    login = consumer.finish(request.args(0), to_request(), browser)
    session.renew(clear_session=True)
    session.update(browser=browser, login_id=login.login_id)  # a second tab may still be under way
    raise to_web2py(http.redirect("/profile"))


def profile():
    """Show what the provider says about the user."""
    login = required_login(session)
    response.title = "Your profile"
    return {"provider": consumer.providers[login.provider], "claims": login.claims}


def notes():
    """Read the user's notes through the API, or write one: as a form, which OAuth 1.0a signs as it stands (RFC 5849 §3.4.1.3)."""
    login = required_login(session)
    text, error = http.single(to_request().form, "text") or "", None
    with consumer.session(login.login_id) as api:
        if request.env.request_method == "POST":
            answer = api.post("/api/notes", data={"text": text})
            if answer.is_success:
                raise to_web2py(http.redirect("/notes", 303))
            if answer.status_code != 400:
                answer.raise_for_status()
            response.status, error = 400, answer.json()["error_description"]
        answer = api.get("/api/notes").raise_for_status()
    response.title = "Your notes"
    return {"notes": answer.json()["notes"], "text": text, "error": error}


def logout():
    """End the session here, and go on to the provider's sign-out page where it has one."""
    end_session_endpoint = session.login_id and consumer.log_out(session.login_id)
    session.renew(clear_session=True)  # only now: it locks the database until the answer is sent, and the store writes to it too
    raise to_web2py(http.redirect(end_session_endpoint or "/", 303))
