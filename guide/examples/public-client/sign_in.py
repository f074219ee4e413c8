"""A program that signs its user in: a public client, as RFC 8252 describes it."""

import base64
import hashlib
import secrets
import sys
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

SCOPE = "profile notes:read"


class Callback(BaseHTTPRequestHandler):
    """Takes the one request that the provider sends the browser back with."""

    def do_GET(self):
        path, query = urlsplit(self.path)[2:4]
        found = path == "/callback"
        if found:
            self.server.answer = {
                name: values[0] for name, values in parse_qs(query).items()
            }
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.end_headers()
        self.wfile.write(
            b"You may close this window." if found else b"Nothing is here."
        )

    def log_message(self, *arguments):
        """Write nothing: the URL holds the code."""


def sign_in(issuer, client_id):
    """Return the tokens of the user, who signs in at the provider in their browser."""
    server_metadata = (
        httpx2.get(f"{issuer}/.well-known/oauth-authorization-server")
        .raise_for_status()
        .json()
    )
    verifier, state = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    with HTTPServer(
        ("127.0.0.1", 0), Callback
    ) as server:  # port 0: the system picks one that is free
        redirect_uri = f"http://127.0.0.1:{server.server_port}/callback"
        request = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": state,
            "code_challenge": base64.urlsafe_b64encode(
                hashlib.sha256(verifier.encode()).digest()
            )
            .decode()
            .rstrip("="),
            "code_challenge_method": "S256",
        }
        webbrowser.open(
            f"{server_metadata['authorization_endpoint']}?{urlencode(request)}"
        )
        server.answer = {}
        while not server.answer:  # a browser also asks for an icon
            server.handle_request()
    if not secrets.compare_digest(server.answer.get("state", ""), state):
        sys.exit("The answer belongs to another request.")
    if server.answer.get("iss") != server_metadata["issuer"]:  # RFC 9207 §2.4
        sys.exit("The answer comes from another server.")
    if "code" not in server.answer:
        sys.exit(f"The provider says: {server.answer.get('error')}")
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": server.answer["code"],
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    return (
        httpx2.post(server_metadata["token_endpoint"], data=form)
        .raise_for_status()
        .json()
    )


if __name__ == "__main__":
    tokens = sign_in(*sys.argv[1:3])
    me = (
        httpx2.get(
            f"{sys.argv[1]}/api/me",
            headers={"Authorization": f"Bearer {tokens['access_token']}"},
        )
        .raise_for_status()
        .json()
    )
    print(f"Signed in as {me['name']}, for: {tokens['scope']}")
