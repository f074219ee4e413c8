"""A headless browser: it follows redirects, keeps cookies, reads pages and sends their forms."""

from __future__ import annotations

import http.client
import ssl
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

_REDIRECTS = 10


@dataclass
class Form:
    """A form of a page, and the values that its fields have."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Page:
    """The page that the browser shows."""

    url: str
    status: int
    text: str = ""
    forms: list[Form] = field(default_factory=list)

    def form_with(self, name: str) -> Form | None:
        """Return the first form that has a field or a button of this name."""
        return next(
            (form for form in self.forms if name in form.fields or name in dict(form.buttons)), None
        )

    def form_to(self, path: str) -> Form | None:
        """Return the form that is sent to this path."""
        return next(
            (form for form in self.forms if urlsplit(urljoin(self.url, form.action)).path == path),
            None,
        )


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
        """Go to a URL, and follow its redirects."""
        return self._go("GET", url, None)

    def send(self, page: Page, form: Form, **fields: str) -> Page:
        """Fill in a form, press its button and follow redirects.

        To choose a button, pass its name among the fields.
        """
        content = urlencode(form.fields | fields)
        url = urljoin(page.url, form.action or page.url)
        return (
            self._go("GET", f"{url}?{content}", None)
            if form.method == "get"
            else self._go("POST", url, content)
        )

    def cookies(self, url: str) -> str:
        """Return the `Cookie` header for a URL, or an empty string if there are no cookies."""
        return "; ".join(f"{name}={value}" for name, value in self._jar(url).items())

    def _jar(self, url: str) -> dict[str, str]:
        return self._cookies.setdefault(urlsplit(url).hostname or "", {})

    def _go(self, method: str, url: str, form: str | None) -> Page:
        for _ in range(_REDIRECTS):
            status, location, text = self._ask(method, url, form)
            if location is None:
                return _read(url, status, text)
            url = urljoin(url, location)
            if status not in (307, 308):
                method, form = "GET", None
        raise OSError(f"more than {_REDIRECTS} redirects, the last to {url}")

    def _ask(self, method: str, url: str, form: str | None) -> tuple[int, str | None, str]:
        parts = urlsplit(url)
        headers = {"User-Agent": "the browser of the cookbook", "Accept": "text/html"}
        if cookies := self.cookies(url):
            headers["Cookie"] = cookies
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._connection(parts.scheme, parts.netloc)
        try:
            connection.request(
                method, parts.path + (f"?{parts.query}" if parts.query else ""), form, headers
            )
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise OSError(
                f"{parts.scheme}://{parts.netloc} does not answer: {error or type(error).__name__}"
            ) from error
        finally:
            connection.close()
        self._remember(self._jar(url), answer.headers.get_all("Set-Cookie") or [])
        return (
            answer.status,
            answer.getheader("Location") if answer.status in (301, 302, 303, 307, 308) else None,
            text,
        )

    def _connection(self, scheme: str, host: str) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, timeout=30, context=self._tls)
        return http.client.HTTPConnection(host, timeout=30)

    @staticmethod
    def _remember(jar: dict[str, str], cookies: list[str]) -> None:
        for cookie in cookies:
            for name, morsel in SimpleCookie(cookie).items():
                if morsel["max-age"] == "0":
                    jar.pop(name, None)
                else:
                    jar[name] = morsel.value


class _Reader(HTMLParser):
    """Finds the forms and the text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get").lower()))
        elif self.forms and tag == "button" and "name" in given:
            self.forms[-1].buttons.append((given["name"], given.get("value", "")))
        elif self.forms and tag in ("input", "textarea") and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        self.words += data.split()


def _read(url: str, status: int, text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    return Page(url, status, " ".join(reader.words), reader.forms)
