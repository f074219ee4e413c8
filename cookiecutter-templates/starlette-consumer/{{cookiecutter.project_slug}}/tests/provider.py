"""A stand-in provider to sign in with: it supports just enough OAuth 2, in the process of the tests."""

import base64
import hashlib
import json
import secrets
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode

PERSON = {"sub": "ada", "name": "Ada Example"}
CLIENT_ID = "the-project"
CLIENT_SECRET = secrets.token_urlsafe()


@contextmanager
def standing_in():
    """Serve the stand-in provider while the block runs."""
    with StandIn() as provider:
        thread = threading.Thread(target=provider.serve_forever)
        thread.start()
        try:
            yield provider
        finally:
            provider.shutdown()
            thread.join()


class StandIn(ThreadingHTTPServer):
    """A provider where the user is already signed in, and agrees to everything.

    Attributes:
        url: its URL.
        routes: a function for each path, which takes the request and returns a status, additional headers and the JSON to send.
    """

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Request)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.routes = {"/authorize": self.authorize, "/token": self.token, "/userinfo": self.userinfo}
        self._asked = {}
        self._access_tokens = set()

    @property
    def table(self):
        """Its table in a providers file."""
        return f"""
[stand-in]
title = "The stand-in"
protocol = "oauth2"
authorization_endpoint = "{self.url}/authorize"
token_endpoint = "{self.url}/token"
token_endpoint_auth_method = "client_secret_basic"
userinfo_endpoint = "{self.url}/userinfo"
api = "{self.url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
scope = "profile"
"""

    def authorize(self, request):
        """Send the user back with a code (RFC 6749 §4.1.2)."""
        code = secrets.token_urlsafe()
        self._asked[code] = request.query
        answer = urlencode({"code": code, "state": request.query["state"]})
        return 302, {"Location": f"{request.query['redirect_uri']}?{answer}"}, {}

    def token(self, request):
        """Redeem a code, once, for the client that requested it (RFC 6749 §4.1.3, RFC 7636 §4.6)."""
        basic = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if request.headers["Authorization"] != f"Basic {basic}":
            return 401, {}, {"error": "invalid_client"}
        asked = self._asked.pop(request.form["code"], {})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if (asked.get("redirect_uri"), asked.get("code_challenge")) != (request.form["redirect_uri"], challenge):
            return 400, {}, {"error": "invalid_grant"}
        access_token = secrets.token_urlsafe()
        self._access_tokens.add(f"Bearer {access_token}")
        return 200, {}, {"access_token": access_token, "token_type": "Bearer", "expires_in": 3600, "scope": "profile"}

    def userinfo(self, request):
        """Return the claims about the user."""
        return (200, {}, PERSON) if self.lets_in(request) else (401, {}, {"error": "invalid_token"})

    def lets_in(self, request):
        """Return whether a request to the API has an access token (RFC 6750 §2.1)."""
        return request.headers["Authorization"] in self._access_tokens


class _Request(BaseHTTPRequestHandler):
    def answer(self):
        path, _, query = self.path.partition("?")
        self.query = dict(parse_qsl(query))
        self.form = dict(parse_qsl(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()))
        status, headers, content = self.server.routes[path](self) if path in self.server.routes else (404, {}, {})
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    do_GET = do_POST = answer

    def log_message(self, *_arguments):
        """Write nothing: a failing test then shows only the output of the project."""
