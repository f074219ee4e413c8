"""A browser without a screen: cookies by host *and port*, forms read from the page, redirects followed only when told to."""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx2

from frameworks import pages
from frameworks.browser import cookie_header, keep_cookies
from tests.driving import registry

# Shorter than any server keeps an idle connection: one that it closes meanwhile would fail the next request.
_TRANSPORT = httpx2.HTTPTransport(
    trust_env=False, limits=httpx2.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=1.0)
)
# The transport itself knows no cookies and follows nothing: each browser has its own.
atexit.register(_TRANSPORT.close)
_TIMEOUT = httpx2.Timeout(60.0).as_dict()

Pairs = Mapping[str, str] | Iterable[tuple[str, str]]


def send(
    method: str,
    url: str,
    *,
    data: Pairs | None = None,
    json: object = None,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
) -> httpx2.Response:
    """Send one request as it stands, note which route it visited, and return the answer, read to its end."""
    given = dict(headers or {})
    if data is not None:
        content = urlencode(list(data.items() if isinstance(data, Mapping) else data)).encode()
        given.setdefault("Content-Type", "application/x-www-form-urlencoded")
    request = httpx2.Request(method, url, headers=given, content=content, json=json, extensions={"timeout": _TIMEOUT})
    response = _TRANSPORT.handle_request(request)
    response.request = request
    response.read()
    response.close()
    registry.note(method, url, response)
    return response


def location(response: httpx2.Response) -> str:
    """Return where a redirect leads; fails when the answer is not one."""
    assert response.status_code in (302, 303), f"{response.request.url}: {response.status_code} {response.text[:300]}"
    return urljoin(str(response.request.url), response.headers["location"])


def query(url: str) -> dict[str, str]:
    """Return the query of a URL; fails when a parameter is repeated."""
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=bool(urlsplit(url).query))
    assert len(dict(pairs)) == len(pairs), f"{url} repeats a parameter"
    return dict(pairs)


def outcome(response: httpx2.Response) -> dict[str, str]:
    """Return the parameters that a redirect carries."""
    return query(location(response))


class Page(pages.Page):
    """The page of a response."""

    def __init__(self, response: httpx2.Response) -> None:
        super().__init__(str(response.request.url), response.text, response.status_code)


class Browser:
    """One visitor. Cookies are kept by host and port, as if each server had a host of its own."""

    def __init__(self) -> None:
        self.cookies: dict[str, dict[str, str]] = {}
        self.set_cookie_headers: list[str] = []

    def twin(self) -> Browser:
        """Return another browser with the same cookies: a second tab that goes its own way."""
        other = Browser()
        other.cookies = {host: dict(cookies) for host, cookies in self.cookies.items()}
        return other

    def request(self, method: str, url: str, *, data: Pairs | None = None, headers: Mapping[str, str] | None = None) -> httpx2.Response:
        """Send a request with this visitor's cookies, and keep those that come back."""
        jar = self.cookies.setdefault(urlsplit(url).netloc, {})
        response = send(method, url, data=data, headers={**cookie_header(jar), **(headers or {})})
        received = response.headers.get_list("set-cookie")
        self.set_cookie_headers += received
        keep_cookies(jar, received)
        return response

    def get(self, url: str, **parameters: str) -> httpx2.Response:
        """Open a page, without following a redirect."""
        return self.request("GET", f"{url}?{urlencode(parameters)}" if parameters else url)

    def submit(self, response: httpx2.Response, *names: str, button: tuple[str, str] | None = None, **fields: str) -> httpx2.Response:
        """Send off the form of a page that has fields or buttons of these names, with its hidden fields and what was typed.

        Args:
            response: the page.
            names: what the form is known by; the fields that are typed and the button are known by their names anyway.
            button: name and value of the button that is pressed.
            fields: what is typed.
        """
        form = Page(response).form(*names, *fields, *((button[0],) if button else ()))
        assert button is None or button in form.buttons, f"{form} has no button {button}"
        assert "POST" == form.method
        return self.request("POST", form.action, data=[*form.fill(fields), *((button,) if button else ())])

    def follow(self, response: httpx2.Response) -> httpx2.Response:
        """Follow redirects as long as they stay on the same host and port."""
        for _ in range(10):
            if response.status_code not in (302, 303):
                return response
            target = location(response)
            if urlsplit(target).netloc != response.request.url.netloc.decode():
                return response
            response = self.get(target)
        raise AssertionError(f"too many redirects, the last one to {target}")
