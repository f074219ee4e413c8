"""A headless browser: it follows redirects, keeps cookies, and sends the forms of pages."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Iterable, Mapping
from email.message import Message
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from frameworks.pages import Page

_REDIRECTS = 10


def cookie_header(jar: Mapping[str, str]) -> dict[str, str]:
    """Return the header that sends these cookies, or none if there are no cookies."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in jar.items())} if jar else {}


def keep_cookies(jar: dict[str, str], headers: Iterable[str]) -> None:
    """Do what the `Set-Cookie` headers of a response say.

    Args:
        jar: the names and values of the cookies kept so far; it is updated.
        headers: the values of the headers.
    """
    for name, cookie in (pair for header in headers for pair in SimpleCookie(header).items()):
        expired = cookie["max-age"] == "0" or "01 Jan 1970" in cookie["expires"]
        if expired or not cookie.value:
            jar.pop(name, None)
        else:
            jar[name] = cookie.coded_value


class Browser:
    """A user's browser.

    It keeps cookies by host, whatever the port, as every browser does: two applications on one
    host see each other's cookies.

    Args:
        tls: the certificates to trust for an https URL.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._cookies: dict[str, dict[str, str]] = {}

    def get(self, url: str) -> Page:
        """Go to a URL, and follow its redirects. Raises `OSError` if there is no answer."""
        return self._go("GET", url)

    def submit(self, page: Page, path: str | None = None, **typed: str) -> Page:
        """Fill in a form, press its button, and follow redirects.

        Args:
            page: the page that has the form.
            path: the path of the URL that the form is sent to; any by default.
            typed: values for its fields, and the button to press. The form is the one that has them.

        Raises:
            PageError: the page does not have one such form.
            OSError: there is no answer.
        """
        form = page.form(*typed, path=path)
        return self._go("POST", form.action, urlencode(form.fill(typed)))

    def cookies(self, url: str) -> dict[str, str]:
        """Return the names and values of the cookies for a URL."""
        return self._cookies.setdefault(urlsplit(url).hostname or "", {})

    def _go(self, method: str, url: str, form: str | None = None) -> Page:
        for _ in range(_REDIRECTS):
            status, headers, html = self._ask(method, url, form)
            if status not in (301, 302, 303, 307, 308) or "Location" not in headers:
                return Page(url, html, status)
            url = urljoin(url, headers["Location"])
            if status not in (307, 308):
                method, form = "GET", None
        raise OSError(f"more than {_REDIRECTS} redirects, the last to {url}")

    def _ask(self, method: str, url: str, form: str | None) -> tuple[int, Message, str]:
        parts = urlsplit(url)
        headers = {"User-Agent": "the browser of the cookbook", "Accept": "text/html"}
        headers |= cookie_header(self.cookies(url))
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._connection(parts.scheme, parts.netloc)
        try:
            connection.request(
                method, parts.path + (f"?{parts.query}" if parts.query else ""), form, headers
            )
            answer = connection.getresponse()
            html = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise OSError(
                f"{parts.scheme}://{parts.netloc} does not answer: {error or type(error).__name__}"
            ) from error
        finally:
            connection.close()
        keep_cookies(self.cookies(url), answer.headers.get_all("Set-Cookie", []))
        return answer.status, answer.headers, html

    def _connection(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, timeout=30, context=self._tls)
        return http.client.HTTPConnection(host, timeout=30)
