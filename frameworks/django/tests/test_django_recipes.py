"""The recipes for Django REST Framework and Django Ninja: the same tokens open their APIs, and refusals are those of the RFCs."""

import json
from pathlib import Path

import pytest

from tests.driving import seed
from tests.driving.browser import send
from tests.driving.provider import Provider
from tests.driving.seed import ALICE, BOB, HMAC_CONSUMER, SERVICE, WEB
from tests.driving.serving import Server

RECIPES = Path(__file__).parent.parent / "recipes"
EXTRAS = {"rest-framework": "api_rest_framework", "ninja": "api_ninja"}


@pytest.fixture(scope="module", params=EXTRAS)
def provider(request, tmp_path_factory):
    """Serve the provider with one recipe's API in place of its own."""
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "seed.json").write_text(json.dumps(seed.document()))
    environ = {
        "DJANGO_SETTINGS_MODULE": f"{EXTRAS[request.param]}.settings",
        "PYTHONPATH": str(RECIPES),
    }
    server = Server(
        "django",
        "provider",
        folder,
        environ=environ,
        seed=str(folder / "seed.json"),
        extra=request.param,
    ).start()
    yield Provider(server.url)
    assert 0 == server.stop()
    assert "Traceback" not in server.log.read_text()


@pytest.fixture(scope="module")
def alice(provider):
    return provider.sign_in(ALICE)


@pytest.fixture(scope="module")
def token(provider, alice):
    """A bearer token of Alice's with every scope."""
    return provider.tokens(alice, WEB)["access_token"]


def challenges(answer):
    """Return all challenges, which may share a header (RFC 9110 §11.6.1)."""
    return ", ".join(answer.headers.get_list("www-authenticate"))


def test_a_note_is_kept_and_listed_to_its_user(provider, token):
    """A bearer token with the scope writes and reads; another user, and a client that acts for itself, have notes of their own."""
    answer = provider.api(token, "/api/notes", "POST", json={"text": "Grüße, 世界 💥"})
    assert (201, "Grüße, 世界 💥") == (answer.status_code, answer.json()["text"])
    assert answer.json() in provider.api(token, "/api/notes").json()["notes"]
    bobs = provider.tokens(provider.sign_in(BOB), WEB)["access_token"]
    service = provider.client_token(SERVICE)["access_token"]
    assert [[], []] == [
        provider.api(other, "/api/notes").json()["notes"] for other in (bobs, service)
    ]


def test_a_signature_opens_the_api(provider, alice):
    """The views do not see whether a request was signed with OAuth 1.0a (RFC 5849 §3)."""
    credentials = provider.oauth1_token(alice, HMAC_CONSUMER)
    answer = provider.signed(HMAC_CONSUMER, "/api/notes", credentials, method="GET")
    assert 200 == answer.status_code, answer.text


def test_without_a_token_the_challenge_says_where_to_get_one(provider):
    """401 with a challenge for each kind of credentials (RFC 9728 §5.1); a session's cookie opens nothing."""
    browser = provider.sign_in(ALICE)
    for answer in (
        send("GET", f"{provider.url}/api/notes"),
        browser.get(f"{provider.url}/api/notes"),
    ):
        assert 401 == answer.status_code
        assert (
            f'Bearer resource_metadata="{provider.issuer}/.well-known/oauth-protected-resource"'
            in challenges(answer)
        )
        assert "OAuth realm=" in challenges(answer)


def test_a_token_that_is_none_is_refused(provider):
    """401 `invalid_token` (RFC 6750 §3.1)."""
    answer = provider.api("unknown", "/api/notes")
    assert (401, "invalid_token") == (answer.status_code, answer.json()["error"])
    assert 'error="invalid_token"' in challenges(answer)


@pytest.mark.parametrize(
    ("method", "needed", "body"),
    [
        ("GET", "notes:read", {}),
        ("HEAD", "notes:read", {}),
        ("POST", "notes:write", {"json": {"text": "x"}}),
    ],
)
def test_too_little_scope_is_403_and_named(provider, alice, method, needed, body):
    """`insufficient_scope` says which scope is needed (RFC 6750 §3.1)."""
    scope = " ".join({"profile", "notes:read", "notes:write"} - {needed})
    answer = provider.api(
        provider.tokens(alice, WEB, scope=scope)["access_token"],
        "/api/notes",
        method,
        **body,
    )
    assert 403 == answer.status_code
    assert 'error="insufficient_scope"' in challenges(answer)
    assert f'scope="{needed}"' in challenges(answer)


def test_two_kinds_of_credentials_are_too_many(provider, alice, token):
    """A bearer token beside a signature is 400 `invalid_request` (RFC 6750 §2)."""
    credentials = provider.oauth1_token(alice, HMAC_CONSUMER)
    url, _, _ = provider.sign(
        HMAC_CONSUMER, "/api/notes", credentials, method="GET", signature_type="QUERY"
    )
    answer = send("GET", url, headers={"Authorization": f"Bearer {token}"})
    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("text", ["", "x" * 4001, None, ["x"], "a\x00b", "\ud800"])
def test_a_note_that_is_none_is_refused(provider, token, text):
    """The framework's own validation refuses it, in its own words, and nothing is stored."""
    before = provider.api(token, "/api/notes").json()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    answer = send(
        "POST",
        f"{provider.url}/api/notes",
        headers=headers,
        content=json.dumps({"text": text}).encode(),
    )
    assert answer.status_code in (400, 422)
    assert before == provider.api(token, "/api/notes").json()


def test_the_rest_of_the_provider_is_as_it_was(provider):
    """The pages and the endpoints are mounted beside the API, and a body that is too long is refused there too."""
    assert 200 == send("GET", f"{provider.url}/healthz").status_code
    assert (
        provider.issuer
        == send("GET", f"{provider.url}/.well-known/openid-configuration").json()[
            "issuer"
        ]
    )
    assert (
        413
        == provider.api(
            "x", "/api/notes", "POST", data={"text": "x" * 1024 * 1024}
        ).status_code
    )
