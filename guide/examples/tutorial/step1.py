"""Step 1, the consumer: send the user away."""

from flask import session
from web import new_app, page, send

from shared_validator import Consumer, ConsumerSettings, SQLConsumerStore, http
from shared_validator.edge.sessions import ConsumerSession

settings = ConsumerSettings.from_environ()
consumer = Consumer(settings, SQLConsumerStore.from_environ())
app = new_app("consumer", settings)
app.wsgi_app = consumer.wsgi(app.wsgi_app)


def current_login():
    return consumer.login(ConsumerSession(session).login_id)


@app.get("/")
def home():
    shown = {"providers": consumer.providers, "login": current_login()}
    return page("consumer_home.html", **shown)


@app.post("/login/<provider>")
def login(provider):
    browser = ConsumerSession(session).browser
    return send(http.redirect(consumer.start(provider, browser)))
