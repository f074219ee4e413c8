"""Step 5, the provider: the consent page."""

from step4 import app, provider, visitor
from web import page, raw_request


@app.route("/oauth2/authorize", methods=["GET", "POST"])
def authorize():
    question = provider.oauth2.ask(raw_request(), visitor())
    return page("consent.html", question=question)
