"""What a person does on the pages, and what their browser must not complain about meanwhile."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from tests.browser.examples import Examples, User

_EXPECTED = (*range(500), 502)
OPENID, OAUTH1 = "cookbook", "cookbook-oauth1"
TITLES = {OPENID: "Cookbook", OAUTH1: "Cookbook by OAuth 1.0a"}


def watch(context: BrowserContext) -> list[str]:
    """Return a list that fills with what no page may cause: errors in the console (a violated Content-Security-Policy among them) or
    in a script, requests that leave this machine, files that are missing, and answers of 500 and more that nobody asked for.
    """
    complaints: list[str] = []

    def console(message: ConsoleMessage) -> None:
        # A page that answers 4xx is an error in the console too; `response` looks at the status.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource: the server responded with"):
            complaints.append(f"{message.page and message.page.url}: console: {message.text}")

    def request(request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data" and parts.hostname != "127.0.0.1":
            complaints.append(f"asked {request.url}")
        if not request.is_navigation_request() and parts.scheme != "data" and parts.path != "/static/style.css":
            complaints.append(f"a page loads {request.url}")

    def response(response: Response) -> None:
        # 502 is a consumer's word for a provider that fails it.
        if response.status not in _EXPECTED if response.request.is_navigation_request() else response.status >= 400:
            complaints.append(f"{response.url} answered {response.status}")

    context.on("console", console)
    context.on("request", request)
    context.on("response", response)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))
    return complaints


def heading(page: Page, text: str) -> Locator:
    """Expect a page with this heading, and return the heading."""
    found = page.get_by_role("heading", level=1)
    expect(found).to_have_text(text)
    return found


def button(page: Page, name: str) -> Locator:
    """Return the button of this name."""
    return page.get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    """Press a button, and wait until the page that it leads to is there."""
    with page.expect_navigation():
        button(page, name).click()


def choose(page: Page, examples: Examples, name: str) -> None:
    """Open the consumer, and press the button that signs in at a provider."""
    page.goto(examples.consumer_url)
    press(page, f"Sign in with {TITLES[name]}")


def log_in(page: Page, user: User, password: str | None = None) -> None:
    """Fill in the provider's sign-in page, and send it off."""
    heading(page, "Sign in")
    page.get_by_label("User name").fill(user["username"])
    page.get_by_label("Password").fill(password or user["password"])
    press(page, "Sign in")


def arrive(page: Page, examples: Examples, name: str, user: User) -> None:
    """Sign in at the consumer, from its first page to the profile."""
    choose(page, examples, name)
    log_in(page, user)
    press(page, "Allow")
    heading(page, "Your profile")
    expect(page).to_have_url(f"{examples.consumer_url}/profile")
