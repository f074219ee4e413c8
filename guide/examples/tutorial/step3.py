"""Step 3, the consumer: call the API."""

import httpx2
from flask import request
from step2 import app, consumer, current_login
from web import page, to_flask

from shared_validator import http
from shared_validator.consumer import api_failure


@app.route("/notes", methods=["GET", "POST"])
def notes():
    login = current_login()
    if login is None:
        return to_flask(http.redirect("/"))
    status, error, text = 200, None, request.form.get("text", "")
    with consumer.session(login.login_id) as api:
        if request.method == "POST":
            answer = api.post("/api/notes", data={"text": text})
            if answer.status_code != 400:
                answer.raise_for_status()
                return to_flask(http.redirect("/notes", 303))
            status, error = 400, answer.json()["error_description"]
        answer = api.get("/api/notes").raise_for_status()
    return page("consumer_notes.html", status, notes=answer.json()["notes"], text=text, error=error)


@app.errorhandler(httpx2.HTTPError)
def api_failed(error):
    return page("consumer_error.html", 502, title="Your data cannot be reached", detail=str(api_failure(error)))
