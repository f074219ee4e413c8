"""Step 2, the consumer: handle the return."""

from flask import abort, session
from step1 import app, consumer, current_login
from web import page, to_flask, to_request

from shared_validator import http


@app.get("/callback/<provider>")
def callback(provider):
    if provider not in consumer.providers:
        abort(404)
    browser = session.get("browser", "")
    login = consumer.finish(provider, to_request(), browser)
    session.clear()
    session.update(browser=browser, login_id=login.login_id)
    return to_flask(http.redirect("/profile"))


@app.get("/profile")
def profile():
    login = current_login()
    if login is None:
        return to_flask(http.redirect("/"))
    return page("consumer_profile.html", providers=consumer.providers, login=login, claims=login.claims)


@app.post("/logout")
def logout():
    login_id = session.get("login_id")
    session.clear()
    return to_flask(http.redirect((login_id and consumer.log_out(login_id)) or "/", 303))
