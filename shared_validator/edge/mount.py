"""The common part of both mounts: the path of the public URL, and the lookup of endpoints."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode, urlsplit

from shared_validator import events, pages
from shared_validator.edge import cookies
from shared_validator.edge.refusals import ContentTooLarge
from shared_validator.edge.routes import Endpoint
from shared_validator.http import Request, Response, redirect

MAX_BODY_BYTES = 1 << 20
"""The longest body that is read. Our requests are much shorter."""

_MAX_QUERY_CHARACTERS = 8000
"""The longest query of a redirect: any server should accept a URL of this length (RFC 9110 §4.1)."""

_OWN_FIELDS = frozenset({"decision", "csrf_token", "csrfmiddlewaretoken"})
"""Fields of the forms on our own pages. Django's own CSRF field is the last."""

KEY = "shared_validator.request"


def current_request(carrier: Mapping[str, Any]) -> Request:
    """Return the request that the mount has read.

    Args:
        carrier: the WSGI environ or the ASGI scope, from the framework's request object.

    Raises:
        KeyError: the application was called without its mount.
    """
    request: Request = carrier[KEY]
    return request


class Mount:
    """The endpoints of an application and its public URL.

    The path of the public URL works whether or not a proxy strips it: each request is moved below
    this path before it is handled.

    Args:
        public_url: without a trailing slash; ``https://host/tenant`` has the path ``/tenant``.
        endpoints: the machine endpoints.
        also_posted: the local paths of pages that take the same request by GET and POST.
        posted_answers: for the local path of each page that takes a provider's answer by POST too,
            the names of its parameters.
        trusted_proxies: how many proxies in front add an entry to ``X-Forwarded-For``.
        sends_cookies: whether code of ours adds cookies to the application's responses.
    """

    def __init__(
        self,
        public_url: str,
        endpoints: Iterable[Endpoint],
        *,
        also_posted: Collection[str] = (),
        posted_answers: Mapping[str, Collection[str]] | None = None,
        trusted_proxies: int = 0,
        sends_cookies: bool = False,
    ) -> None:
        self._trusted_proxies = trusted_proxies
        self._sends_cookies = sends_cookies
        self._secure = public_url.startswith("https:")
        self.base_path = urlsplit(public_url).path
        self._also_posted = frozenset(also_posted)
        self._posted_answers = posted_answers or {}
        self._endpoints: dict[str, Endpoint] = {}
        for endpoint in endpoints:
            self._endpoints[endpoint.path] = endpoint
            if endpoint.inserted:
                self._endpoints[endpoint.path + self.base_path] = endpoint

    def enter(self) -> None:
        """Make the pages of this request link below the path of the public URL."""
        pages.base_path.set(self.base_path)

    def jar(self, request: Request) -> cookies.Jar | None:
        """Return the cookies to add to the response to a request, if there can be any."""
        if not self._sends_cookies:
            return None
        jar = cookies.Jar(request, self.base_path, self._secure)
        cookies.current.set(jar)
        return jar

    def local_path(self, path: str) -> str:
        """Return a path without the path of the public URL."""
        inside = self.base_path and path.startswith(f"{self.base_path}/")
        return path[len(self.base_path) :] if inside else "/" if path == self.base_path else path

    def endpoint(self, local_path: str) -> Endpoint | None:
        """Return the endpoint at a path, or ``None``."""
        return self._endpoints.get(local_path)

    def as_get(self, local_path: str, request: Request) -> Response | None:
        """Return the redirect to the same request by GET, if another site's form has posted it.

        The authorization endpoint (OpenID Connect Core §3.1.2.1) and RP-initiated logout (§2) take
        their request by POST too. The browser sends it without our cookies, and the application's
        CSRF check would refuse it. By GET it changes nothing, and the page that follows asks. The
        forms of our own pages have a decision and a CSRF token.

        A provider's answer may be a form too (OAuth 2.0 Form Post Response Mode §2). The ``state``
        in it is its protection, and the cookies that it is compared with come with the GET.

        Raises:
            BadRequest: the form is malformed.
            ContentTooLarge: the request is too long for a URL.
        """
        answer = self._posted_answers.get(local_path)
        is_known = answer is not None or local_path in self._also_posted
        if request.method != "POST" or not is_known or not request.is_form:
            return None
        if answer is not None:
            query = urlencode([pair for pair in request.form if pair[0] in answer])
        elif _OWN_FIELDS.isdisjoint(name for name, _value in request.form):
            query = urlencode((*request.query, *request.form))
        else:
            return None
        if len(query) > _MAX_QUERY_CHARACTERS:
            raise ContentTooLarge
        return redirect(f"{request.path}?{query}" if query else request.path, 303)

    def public(self, request: Request) -> Request:
        """Return a request with the URL that its client used, because OAuth 1.0a signs it.

        It has the address of the visitor, as the trusted proxies saw it. That is also the address of
        the events to come.
        """
        forwarded = request.headers.get("x-forwarded-for", "")
        address = forwarded_address(forwarded, self._trusted_proxies) or request.remote_addr
        request = replace(request, remote_addr=address)
        events.address.set(address)
        if not self.base_path or self.local_path(request.path) != request.path:
            return request
        if self.endpoint(request.path) and request.path.endswith(self.base_path):
            return request  # a well-known address, with the path at its end
        scheme, _, rest = request.url.partition("://")
        authority, slash, target = rest.partition("/")
        return replace(request, url=f"{scheme}://{authority}{self.base_path}{slash}{target}")


_WITH_PORT = re.compile(r"\[([^\]]*)\](?::\d+)?|([^:]*):\d+")


def forwarded_address(forwarded: str, trusted_proxies: int) -> str:
    """Return the address that the outermost trusted proxy saw, or an empty string.

    Each proxy appends the address of its peer, so only the last entries are from proxies of ours. A
    visitor can write all others.

    Args:
        forwarded: the value of ``X-Forwarded-For``.
        trusted_proxies: how many entries are from proxies of ours.
    """
    entries = forwarded.split(",")
    if not 0 < trusted_proxies <= len(entries):
        return ""
    entry = entries[-trusted_proxies].strip()
    # Some proxies add the port.
    if found := _WITH_PORT.fullmatch(entry):
        entry = found[1] or found[2] or ""
    try:
        return str(ipaddress.ip_address(entry))
    except ValueError:
        return ""
