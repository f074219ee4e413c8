"""Step 2, the consumer: handle the return."""

from flask import redirect, session, url_for
from step1 import app, consumer, current_login
from web import page, raw_request, send

from shared_validator import http
from shared_validator.edge.sessions import ConsumerSession


@app.get("/callback/<provider>")
def callback(provider):
    visit = ConsumerSession(session)
    login = consumer.finish(provider, raw_request(), visit.browser)
    visit.begin(login.login_id)
    return redirect(url_for("profile"))


@app.get("/profile")
def profile():
    login = current_login()
    if login is None:
        return redirect(url_for("home"))
    shown = {"providers": consumer.providers, "login": login, "claims": login.claims}
    return page("consumer_profile.html", **shown)


@app.post("/logout")
def logout():
    elsewhere = consumer.log_out(ConsumerSession(session).end())
    return send(http.redirect(elsewhere or url_for("home"), 303))
