"""The registrations at the tested provider: a user, and an application for each protocol."""

import secrets

PERSON = {"username": "ada", "password": secrets.token_urlsafe(), "name": "Ada Example", "email": "ada@people.example"}

CALLBACK = "https://client.example/callback"

CLIENT = {
    "client_id": "the-client",
    "client_secret": secrets.token_urlsafe(),
    "client_name": "The client",
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "profile notes:read notes:write",
    "token_endpoint_auth_method": "client_secret_basic",
}

OAUTH1_CONSUMER = {
    "consumer_key": "the-consumer",
    "consumer_secret": secrets.token_urlsafe(),
    "name": "The consumer",
    "callbacks": [CALLBACK],
}

SEED = {"users": [PERSON], "clients": [CLIENT], "oauth1_consumers": [OAUTH1_CONSUMER]}
