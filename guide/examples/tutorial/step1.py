"""Step 1, the consumer: send the user away."""

import secrets

from flask import abort, request, session
from web import new_app, page, to_flask

from shared_validator import http
from shared_validator.consumer import Consumer, ConsumerError, ConsumerSettings
from shared_validator.store.sql import SQLStore

settings = ConsumerSettings.from_environ()
consumer = Consumer(settings, SQLStore.from_environ())
app = new_app("consumer", settings.url)


def current_login():
    return consumer.login(session["login_id"]) if "login_id" in session else None


@app.get("/")
def home():
    return page("consumer_home.html", providers=consumer.providers, login=current_login())


@app.post("/login/<provider>")
def login(provider):
    if provider not in consumer.providers:
        abort(404)
    browser = session.setdefault("browser", secrets.token_urlsafe())
    return to_flask(http.redirect(consumer.start(provider, browser)))


@app.errorhandler(ConsumerError)
def sign_in_failed(error):
    status = 400 if request.endpoint == "callback" else 502
    return page("consumer_error.html", status, title="The sign-in has failed", detail=str(error))
