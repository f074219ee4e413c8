"""Step 3, the consumer: call the API."""

import httpx2
from flask import redirect, request, url_for
from step2 import app, consumer, current_login
from web import page, problem

from shared_validator.consumer import api_failure


@app.route("/notes", methods=["GET", "POST"])
def notes():
    login = current_login()
    if login is None:
        return redirect(url_for("home"))
    status, error, text = 200, None, request.form.get("text", "")
    with consumer.session(login.login_id) as api:
        if request.method == "POST":
            answer = api.post("/api/notes", data={"text": text})
            if answer.status_code != 400:
                answer.raise_for_status()
                return redirect(url_for("notes"), 303)
            status, error = 400, answer.json()["error_description"]
        found = api.get("/api/notes").raise_for_status().json()["notes"]
    return page("consumer_notes.html", status, notes=found, text=text, error=error)


@app.errorhandler(httpx2.HTTPError)
def api_failed(error):
    return problem(api_failure(error))
