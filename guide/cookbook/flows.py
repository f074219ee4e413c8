"""The flows that the guide shows: each runs with the Flask examples, over https, while an observer records it."""

from __future__ import annotations

import secrets
import ssl
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import httpx2

from frameworks.browser import Browser
from frameworks.manifests import manifests
from frameworks.pair import serve_pair
from frameworks.proxy import Observer
from frameworks.registration import Person, Registration
from frameworks.sign_in import sign_in, sign_out, write_note

from .certificate import certificate

FRAMEWORK = "flask"
TITLES = {
    "openid": "Signing in with OpenID Connect, using the API, signing out",
    "oauth1": "Signing in with OAuth 1.0a, using the API, signing out",
    "device": "Connecting a device",
    "client-credentials": "A program that acts for itself",
    "refresh-and-revoke": "Refreshing a token, and revoking it",
}

# Cookies ignore ports: with two names for this machine, neither application is sent the other's.
_ORIGINS = {"provider": "https://127.0.0.1", "consumer": "https://localhost"}
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_SOON_EXPIRED = {
    "OAUTH_ACCESS_TOKEN_SECONDS": "30"
}  # the consumer renews a token that has no more than this left
_METADATA = "/.well-known/oauth-authorization-server"


class FlowObserver(Observer):
    """An observer that records a flow while it is told to."""

    def record(
        self, name: str, here: Registration, secrets_of: Mapping[str, str]
    ) -> AbstractContextManager[None]:
        """Record the requests while the block runs.

        Args:
            name: of the flow.
            here: the consumer and the provider.
            secrets_of: what must not be in the recording, by what it is.
        """
        raise NotImplementedError

    def last_value(self, name: str) -> str:
        """Return the last value of a parameter that passed by, as it was: for a client that has kept it."""
        raise NotImplementedError


@dataclass(frozen=True)
class _Pair:
    here: Registration
    observer: FlowObserver
    tls: ssl.SSLContext

    def browser(self) -> Browser:
        return Browser(self.tls)

    @contextmanager
    def caller(self, who: str) -> Iterator[httpx2.Client]:
        """Lend a client for the provider to a program without a page: its `User-Agent` says who."""
        headers = {"User-Agent": who, "Accept": "application/json"}
        with httpx2.Client(
            base_url=self.here.provider_url, verify=self.tls, headers=headers, timeout=30
        ) as client:
            yield client

    def record(self, name: str, **secret: str) -> AbstractContextManager[None]:
        known = {
            "client_secret": self.here.client_secret,
            "consumer_secret": self.here.consumer_secret,
        }
        return self.observer.record(name, self.here, known | secret)


def run_flows(observer: Callable[[], FlowObserver]) -> list[FlowObserver]:
    """Run all flows, and return the observers: one for each of the two pairs of servers, which run at the same time."""
    with TemporaryDirectory(prefix="cookbook-") as folder, ThreadPoolExecutor(2) as pool:
        made = certificate(Path(folder))
        return list(pool.map(lambda run: run(observer(), made), (_most, _refresh_and_revoke)))


@contextmanager
def _serve(person: Person, observer: FlowObserver, made: Any, **more: Any) -> Iterator[_Pair]:
    settings = {"SSL_CERT_FILE": str(made.file)} | more.pop("settings", {})
    more |= {"settings": settings, "origins": _ORIGINS, "tls": made.server}
    with TemporaryFile() as log:
        try:
            with serve_pair(manifests()[FRAMEWORK], person, observer, log=log, **more) as here:
                yield _Pair(here, observer, made.client)
        except Exception:
            log.seek(0)  # what the examples had to say is of interest only now
            sys.stderr.write(log.read().decode())
            raise


def _most(observer: FlowObserver, made: Any) -> FlowObserver:
    dana, omar, devi = Person(), Person("omar", "Omar Demo"), Person("devi", "Devi Demo")
    secret = f"demo-{secrets.token_urlsafe(18)}"
    more = {
        "users": [_user(omar), _user(devi)],
        "clients": [_TELEVISION, _REPORT | {"client_secret": secret}],
    }
    with _serve(dana, observer, made, more=more) as on:
        _with_consumer(on, "openid", dana)
        _with_consumer(on, "oauth1", omar)
        _device(on, devi)
        _client_credentials(on, secret)
    return observer


def _user(person: Person) -> Mapping[str, object]:
    return asdict(person) | {"email": f"{person.username}@demo.example"}


_TELEVISION = {
    "client_id": "demo-television",
    "client_name": "The television in the living room",
    "grant_types": [_DEVICE_GRANT],
    "scope": "profile notes:read",
    "token_endpoint_auth_method": "none",
}
_REPORT = {
    "client_id": "demo-nightly-report",
    "client_name": "The nightly report",
    "grant_types": ["client_credentials"],
    "scope": "notes:read notes:write",
    "token_endpoint_auth_method": "client_secret_basic",
}


def _with_consumer(on: _Pair, protocol: str, person: Person) -> None:
    browser = on.browser()
    with on.record(protocol, password=person.password):
        sign_in(browser, on.here, person, protocol)
        write_note(browser, on.here, protocol)
        sign_out(browser, on.here)


def _device(on: _Pair, person: Person) -> None:
    client_id = _TELEVISION["client_id"]
    with on.record("device", password=person.password), on.caller("device") as television:
        asked = television.post(
            "/oauth2/device_authorization",
            data={"client_id": client_id, "scope": _TELEVISION["scope"]},
        )
        codes = asked.raise_for_status().json()
        poll = {
            "grant_type": _DEVICE_GRANT,
            "device_code": codes["device_code"],
            "client_id": client_id,
        }
        television.post("/oauth2/token", data=poll)
        polled = time.monotonic()
        browser = on.browser()
        page = browser.get(codes["verification_uri"])
        page = browser.submit(page, username=person.username, password=person.password)
        page = browser.submit(page, user_code=codes["user_code"])
        browser.submit(page, decision="allow")
        time.sleep(max(0, polled + codes["interval"] + 1 - time.monotonic()))
        tokens = television.post("/oauth2/token", data=poll).raise_for_status().json()
        television.get("/api/notes", headers=_bearer(tokens["access_token"])).raise_for_status()


def _client_credentials(on: _Pair, secret: str) -> None:
    credentials = (str(_REPORT["client_id"]), secret)
    with on.record("client-credentials", client_secret=secret), on.caller("client") as report:
        endpoints = report.get(_METADATA).raise_for_status().json()
        form = {"grant_type": "client_credentials", "scope": _REPORT["scope"]}
        token = (
            report.post(endpoints["token_endpoint"], data=form, auth=credentials)
            .raise_for_status()
            .json()
        )
        bearer = _bearer(token["access_token"])
        report.post("/api/notes", json={"text": "all is well"}, headers=bearer).raise_for_status()
        report.get("/api/notes", headers=bearer).raise_for_status()
        report.get("/api/me", headers=bearer)
        report.post(
            endpoints["introspection_endpoint"],
            data={"token": token["access_token"]},
            auth=credentials,
        ).raise_for_status()


def _refresh_and_revoke(observer: FlowObserver, made: Any) -> FlowObserver:
    person = Person()
    with _serve(person, observer, made, settings=_SOON_EXPIRED) as on:
        browser = on.browser()
        sign_in(browser, on.here, person, "openid")
        with on.record("refresh-and-revoke", password=person.password), on.caller("thief") as thief:
            browser.get(f"{on.here.consumer_url}/notes")
            kept = observer.last_value("access_token")
            thief.get("/api/notes", headers=_bearer(kept)).raise_for_status()
            browser.submit(browser.get(on.here.consumer_url), "/logout")
            thief.get("/api/notes", headers=_bearer(kept))
    return observer


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
