"""The documentation of the API: the OpenAPI document, and Swagger UI, which signs in at the provider that serves it."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from openapi_spec_validator import validate
from playwright.sync_api import expect

from frameworks.serve import free_port
from tests.driving import seed
from tests.driving.browser import send
from tests.driving.chromium import MISSING, PATIENCE, launched, may_be_skipped
from tests.driving.serving import Server

CLIENT_ID = "api-documentation"
SCOPES = {
    "openid": "Know who you are",
    "profile": "See your name and user name",
    "email": "See your e-mail address",
    "offline_access": "Keep this access while you are away",
    "notes:read": "Read your notes",
    "notes:write": "Write notes for you",
}

needs_chromium = pytest.mark.skipif(may_be_skipped(), reason=MISSING)
pytestmark = pytest.mark.xdist_group("fastapi docs")


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    """Serve a provider at which its own documentation is registered as a public client."""
    folder = tmp_path_factory.mktemp("docs")
    port = free_port()
    client = {
        "client_id": CLIENT_ID,
        "client_name": "API documentation",
        "redirect_uris": [f"http://127.0.0.1:{port}/docs/oauth2-redirect"],
        "scope": "profile notes:read notes:write",
        "token_endpoint_auth_method": "none",
    }
    file = folder / "seed.json"
    file.write_text(json.dumps({"users": [seed.ALICE], "clients": [client]}))
    server = Server(
        "fastapi",
        "provider",
        folder,
        port=port,
        environ={"DOCS_CLIENT_ID": CLIENT_ID},
        seed=str(file),
    ).start()
    yield server.url
    assert 0 == server.stop()


@pytest.fixture(scope="module")
def chromium():
    """A Chromium without a window."""
    with launched() as browser:
        yield browser


@pytest.fixture
def context(chromium):
    """A browser of somebody who has been nowhere yet."""
    context = chromium.new_context()
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


def test_the_openapi_document_is_valid(url):
    """It is what the specification says, and it holds the API alone: each route with the scope that it needs."""
    document = send("GET", f"{url}/openapi.json").json()
    validate(document)
    operations = {
        (method, path): operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    needed = {
        ("get", "/api/me"): "profile",
        ("get", "/api/notes"): "notes:read",
        ("post", "/api/notes"): "notes:write",
    }
    assert {
        key: [{"OAuth2AuthorizationCodeBearer": [scope]}]
        for key, scope in needed.items()
    } == {key: operation["security"] for key, operation in operations.items()}


def test_the_openapi_document_tells_how_to_get_a_token(url):
    """The authorization code flow with the provider's own endpoints and scopes (OpenAPI 3.1 §4.8.27, RFC 6749 §4.1), and no other."""
    metadata = send("GET", f"{url}/.well-known/oauth-authorization-server").json()
    schemes = send("GET", f"{url}/openapi.json").json()["components"]["securitySchemes"]
    flow = {
        "authorizationUrl": metadata["authorization_endpoint"],
        "tokenUrl": metadata["token_endpoint"],
        "refreshUrl": metadata["token_endpoint"],
        "scopes": SCOPES,
    }
    assert {
        "OAuth2AuthorizationCodeBearer": {
            "type": "oauth2",
            "flows": {"authorizationCode": flow},
        }
    } == schemes
    assert set(SCOPES) == set(metadata["scopes_supported"])


@needs_chromium
def test_swagger_ui_signs_in_at_its_own_provider_and_calls_the_api(url, context):
    """A public client with PKCE S256: sign in, allow, and the API answers with the person's name. No request leaves the host, and no policy
    is violated.
    """
    asked, said = [], []
    context.on("request", lambda request: asked.extend([request]))
    context.on("console", lambda message: said.extend([(message.type, message.text)]))
    context.on("weberror", lambda error: said.extend([("error", str(error.error))]))
    page = context.new_page()
    page.goto(f"{url}/docs")
    page.locator(".scheme-container").get_by_role("button", name="Authorize").click()
    page.locator(".scopes .checkbox").filter(has_text="profile").locator(
        ".item"
    ).click()
    with context.expect_page() as opened:
        page.get_by_role("button", name="Apply given OAuth2 credentials").click()
    window = opened.value
    window.get_by_label("User name").fill(seed.ALICE["username"])
    window.get_by_label("Password").fill(seed.ALICE["password"])
    window.get_by_role("button", name="Sign in").click()
    expect(
        window.get_by_role("definition").filter(has_text="API documentation")
    ).to_be_visible()
    with window.expect_event("close"):
        window.get_by_role("button", name="Allow").click()
    page.get_by_role("button", name="Close", exact=True).click()
    operation = page.locator(".opblock").filter(has_text="/api/me")
    operation.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response")
    expect(answer.locator(".response-col_status")).to_have_text("200")
    expect(answer).to_contain_text(f'"name": "{seed.ALICE["name"]}"')
    assert [] == [text for kind, text in said if kind in ("error", "warning")]
    assert {urlsplit(url).netloc} == {
        urlsplit(request.url).netloc
        for request in asked
        if not request.url.startswith("data:")
    }
    query = next(
        parse_qs(urlsplit(request.url).query)
        for request in asked
        if urlsplit(request.url).path == "/oauth2/authorize"
    )
    assert (["code"], ["S256"]) == (
        query["response_type"],
        query["code_challenge_method"],
    )
    [form] = [
        parse_qs(request.post_data)
        for request in asked
        if urlsplit(request.url).path == "/oauth2/token"
    ]
    assert {"grant_type", "code", "client_id", "redirect_uri", "code_verifier"} == set(
        form
    )


@needs_chromium
@pytest.mark.parametrize("path", ["/docs", "/docs/oauth2-redirect"])
def test_the_documentation_runs_its_own_scripts_only(url, context, path):
    """A script that somebody gets into the page does not run, neither inline nor from elsewhere: it could press "Allow"."""
    context.route(
        "https://scripts.example/*",
        lambda route: route.fulfill(body="ran()", content_type="text/javascript"),
    )
    page = context.new_page()
    page.goto(f"{url}{path}")
    add = """([property, value]) => new Promise(resolve => {
        document.addEventListener('securitypolicyviolation', event => resolve(event.effectiveDirective));
        window.ran = () => resolve('it ran');
        document.body.append(Object.assign(document.createElement('script'), {[property]: value}));
    })"""
    assert "script-src-elem" == page.evaluate(add, ["textContent", "ran()"])
    assert "script-src-elem" == page.evaluate(
        add, ["src", "https://scripts.example/x.js"]
    )


def test_the_documentation_is_kept_out_of_frames(url):
    """The pages with scripts carry every other header that pages have, and the pages without them keep their strict policy."""
    strict = send("GET", f"{url}/login").headers
    for path in ("/docs", "/docs/oauth2-redirect"):
        found = send("GET", f"{url}{path}").headers
        policy = found["content-security-policy"]
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        for name in (
            "x-frame-options",
            "x-content-type-options",
            "referrer-policy",
            "cross-origin-opener-policy",
            "cache-control",
        ):
            assert strict[name] == found[name]
    assert "script" not in strict["content-security-policy"]
