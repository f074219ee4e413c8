"""See the dance: a provider and a consumer, a person in the middle, and every request between them.

`nox -s demo` waits for a person with a browser; `nox -s demo -- --check` is that person, once for each protocol.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from frameworks.browser import Browser, Page
from frameworks.manifests import ROLES, Manifest, ManifestError, manifests
from frameworks.serve import ServeError, complaint, end_on_signals, free_port, serving, url_of
from frameworks.wire import watched

SCOPE = "openid profile email notes:read notes:write"
PROTOCOLS = {"cookbook-oauth1": "OAuth 1.0a", "cookbook": "OAuth 2.1 and OpenID Connect"}


class DanceError(Exception):
    """A step of the dance did not lead where it should."""


@dataclass(frozen=True)
class Stage:
    """Where the dance happens, and who dances."""

    provider: str
    consumer: str
    username: str
    password: str
    person: str


def say(line: str = "") -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 - this is what the command is for


def _demo_secret() -> str:
    return f"demo-{secrets.token_urlsafe(18)}"


@contextmanager
def stage(manifest: Manifest) -> Iterator[Stage]:
    """Serve a framework's provider and consumer, with a fresh user and clients, behind looking glasses, while the block runs."""
    ports = {role: free_port() for role in ROLES}
    inner = {role: free_port() for role in ROLES}
    here = Stage(url_of(ports["provider"]), url_of(ports["consumer"]), "dana", _demo_secret(), "Dana Demo")
    client_secret, consumer_secret = _demo_secret(), _demo_secret()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cookbook-demo-")))
        seed, providers = folder / "seed.json", folder / "providers.toml"
        seed.write_text(json.dumps(_seed(here, client_secret, consumer_secret)), encoding="utf-8")
        providers.write_text(_providers(here, client_secret, consumer_secret), encoding="utf-8")
        # A database of its own, whatever DATABASE_URL says: the demonstration leaves nothing behind.
        environ = {name: value for name, value in os.environ.items() if not name.startswith(("OAUTH_", "CONSUMER_", "DATABASE_URL"))}
        stack.enter_context(serving(manifest, "provider", inner["provider"], seed=seed, environ=environ | {"OAUTH_ISSUER": here.provider}))
        stack.enter_context(
            serving(manifest, "consumer", inner["consumer"], providers=providers, environ=environ | {"CONSUMER_URL": here.consumer})
        )
        for role in ROLES:
            stack.enter_context(watched(role, ports[role], inner[role], say))
        _introduce(manifest, here, client_secret, consumer_secret)
        yield here


def _seed(here: Stage, client_secret: str, consumer_secret: str) -> dict[str, object]:
    return {
        "users": [{"username": here.username, "password": here.password, "name": here.person, "email": "dana@demo.example"}],
        "clients": [
            {
                "client_id": "demo-client",
                "client_secret": client_secret,
                "client_name": "Demo consumer",
                "redirect_uris": [f"{here.consumer}/callback/cookbook"],
                "post_logout_redirect_uris": [f"{here.consumer}/"],
                "grant_types": ["authorization_code", "refresh_token"],
                "scope": SCOPE,
                "token_endpoint_auth_method": "client_secret_basic",
            }
        ],
        "oauth1_consumers": [
            {
                "consumer_key": "demo-consumer-key",
                "consumer_secret": consumer_secret,
                "name": "Demo consumer",
                "callbacks": [f"{here.consumer}/callback/cookbook-oauth1"],
            }
        ],
    }


def _providers(here: Stage, client_secret: str, consumer_secret: str) -> str:
    return f"""
[cookbook]
title = "the demo provider (OpenID Connect)"
protocol = "openid"
issuer = "{here.provider}"
client_id = "demo-client"
client_secret = "{client_secret}"
scope = "{SCOPE}"
api = "{here.provider}"

[cookbook-oauth1]
title = "the demo provider (OAuth 1.0a)"
protocol = "oauth1"
client_id = "demo-consumer-key"
client_secret = "{consumer_secret}"
signature_method = "HMAC-SHA256"
request_token_endpoint = "{here.provider}/oauth1/request_token"
authorization_endpoint = "{here.provider}/oauth1/authorize"
access_token_endpoint = "{here.provider}/oauth1/access_token"
userinfo_endpoint = "{here.provider}/api/me"
api = "{here.provider}"
"""


def _introduce(manifest: Manifest, here: Stage, client_secret: str, consumer_secret: str) -> None:
    say(f"\nA provider and a consumer in {manifest.title}, with secrets made just now:\n")
    say(f"  consumer    {here.consumer}    begin here")
    say(f"  provider    {here.provider}")
    say(f"  user        {here.username}, password {here.password}")
    say(f"  client      demo-client, secret {client_secret}")
    say(f"  OAuth 1.0a  demo-consumer-key, secret {consumer_secret}\n")


def dance(here: Stage, provider: str) -> None:
    """Sign in through the pages of consumer and provider, use the API, and sign out. Raises `DanceError`."""
    browser = Browser()
    page = _press(browser, browser.get(here.consumer), f"/login/{provider}")
    page = _fill(browser, page, "password", username=here.username, password=here.password)
    page = _fill(browser, page, "decision", decision="allow")
    _expect(page, f"{here.consumer}/profile", here.person)
    _done(f"{provider} says that this is {here.person}")
    note = f"written over {PROTOCOLS[provider]}"
    page = _fill(browser, browser.get(f"{here.consumer}/notes"), "text", text=note)
    _expect(page, f"{here.consumer}/notes", note)
    _done("the consumer has written and read a note through the provider's API")
    page = _press(browser, browser.get(here.consumer), "/logout")
    if page.url.startswith(f"{here.provider}/oauth2/logout"):
        page = _fill(browser, page, "decision", decision="allow")
    _expect(page, f"{here.consumer}/", "")
    _expect(browser.get(f"{here.consumer}/profile"), f"{here.consumer}/", "")
    _done("signed out")


def _press(browser: Browser, page: Page, path: str) -> Page:
    form = page.form_to(path)
    if form is None:
        raise DanceError(f"there is no button for {path} on {_seen(page)}")
    return browser.send(page, form)


def _fill(browser: Browser, page: Page, name: str, **fields: str) -> Page:
    form = page.form_with(name)
    if form is None:
        raise DanceError(f"there is no form for {name} on {_seen(page)}")
    return browser.send(page, form, **fields)


def _expect(page: Page, url: str, text: str) -> None:
    if (page.status, page.url.rstrip("/")) != (200, url.rstrip("/")) or text not in page.text:
        raise DanceError(f"expected {url} with {text!r}, but came to {_seen(page)}")


def _seen(page: Page) -> str:
    return f"{page.url.partition('?')[0]} ({page.status}): {page.text}"


def _done(what: str) -> None:
    say(f"     ✓ {what}\n")


def _check(here: Stage) -> None:
    for provider, protocol in PROTOCOLS.items():
        say(f"── {protocol} " + "─" * (70 - len(protocol)) + "\n")
        dance(here, provider)
    say("Both dances were danced.")


def _wait_for_a_person(here: Stage) -> None:
    say("What happens between browser, consumer and provider is shown here. Ctrl-C ends it.\n")
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(here.consumer)
    threading.Event().wait()


def main() -> int:
    """Run the demonstration, and return the exit status."""
    end_on_signals()
    try:
        known = manifests()
        parser = argparse.ArgumentParser(prog="nox -s demo --", description="See a user sign in at a provider through a consumer.")
        parser.add_argument("framework", nargs="?", choices=list(known), default="flask", help="whose examples (flask)")
        parser.add_argument("--check", action="store_true", help="sign in by itself, over each protocol, and end")
        options = parser.parse_args()
        with stage(known[options.framework]) as here:
            (_check if options.check else _wait_for_a_person)(here)
    except DanceError as error:
        say(f"     ✗ {error}")
        return 1
    except (ServeError, ManifestError, subprocess.CalledProcessError, OSError) as error:
        return complaint(error)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
