"""Step 6, the provider: issue tokens, and take the first one."""

from step4 import provider
from step5 import app
from web import raw_request


@app.get("/api/me")
def me():
    token = provider.require(raw_request(), "profile")
    return provider.claims(token)
