"""Step 5, the provider: the consent page."""

from flask import request
from step4 import FlaskVisitor, app, provider
from web import page, to_flask, to_request

from shared_validator import http


@app.route("/oauth2/authorize", methods=["GET", "POST"])
def authorize():
    step = provider.oauth2.answer if request.method == "POST" else provider.oauth2.question
    outcome = step(to_request(), FlaskVisitor())
    return to_flask(outcome) if isinstance(outcome, http.Response) else page("consent.html", question=outcome)
