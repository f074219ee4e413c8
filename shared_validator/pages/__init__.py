"""The pages for users: Jinja2 templates, one stylesheet, and the headers that protect them."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from gettext import NullTranslations
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shared_validator.http import Request, Response

loader = PackageLoader("shared_validator.pages")
"""Finds the templates and the stylesheet."""

SECURITY_HEADERS: tuple[tuple[str, str], ...] = (
    # No script, no frame (clickjacking of a consent page, RFC 9700 §4.16), nothing from other
    # sites; the icon is a data: URL. There is no form-action: Chromium also applies it to the
    # redirect after a form, and a consent form redirects to the client.
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    # Other sites get no referrer, so no page's URL leaks (RFC 9700 §4.2.4). This site gets it: over
    # https, the CSRF checks of Flask-WTF and Django refuse a POST without it, so `no-referrer`
    # would break every form.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
"""What every page is sent with."""

_ENGLISH = NullTranslations()

base_path: ContextVar[str] = ContextVar("base_path", default="")
"""The path of the public URL of the current request's application."""


def page_url(path: str) -> str:
    """Return the local URL of a page, below the path of the public URL."""
    return base_path.get() + path


def gettext(message: str) -> str:
    """Return the translation of a message in Python code.

    Such messages are extracted together with those of the templates.
    """
    return _ENGLISH.gettext(message)


def install(env: Environment, translations: NullTranslations | None = None) -> None:
    """Prepare an application's own Jinja2 environment to render the templates.

    Args:
        env: the environment, which must escape values in ``*.html``.
        translations: the messages in another language; defaults to English.
    """
    env.add_extension("jinja2.ext.i18n")
    # The extension adds this method to the environment when it is loaded, so type checkers miss it.
    env.install_gettext_translations(translations or _ENGLISH, newstyle=True)  # type: ignore[attr-defined]
    env.globals["page_url"] = page_url


_env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
install(_env)


def override(own: BaseLoader) -> ChoiceLoader:
    """Return a loader that looks for pages and ``style.css`` in the application's templates first.

    Every page uses this loader from now on.

    Args:
        own: finds the application's templates. A file with the same name replaces a page or the
            stylesheet.
    """
    _env.loader = both = ChoiceLoader([own, loader])
    return both


def render(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page.

    Args:
        template: its file name.
        status: the HTTP status.
        context: the values for the template, which are all escaped.
    """
    body = _env.get_template(template).render(context)
    return Response(
        status, (("Content-Type", "text/html; charset=utf-8"), *SECURITY_HEADERS), body.encode()
    )


def refusal(detail: str) -> Response:
    """Return the page for a request that cannot be answered or redirected back to its client."""
    hint = gettext(
        "If an application sent you here, go back to it and start again. If that doesn't help, show this message to the app's developer."
    )
    return render(
        "error.html",
        400,
        title=gettext("This request cannot be answered"),
        detail=detail,
        hint=hint,
    )


def out_of_date() -> Response:
    """Return the page for a form without a valid CSRF token, often from a page left open."""
    detail = gettext(
        "It was open for too long, or you have signed in or out meanwhile. Go back, reload the page, and try again."
    )
    return render("error.html", 400, title=gettext("This form is out of date"), detail=detail)


def csrf_input(token: str) -> Markup:
    """Return the hidden field that shows that a form came from one of our pages."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)


def stylesheet(request: Request) -> Response:
    """Answer a request for the stylesheet of every page, ``/static/style.css``."""
    global _stylesheet  # noqa: PLW0603 - read once, until its file or the loader changes
    if _stylesheet is None or _stylesheet[0] is not _env.loader or not _stylesheet[1]():
        headers = (
            ("Content-Type", "text/css; charset=utf-8"),
            ("Cache-Control", "public, max-age=3600"),
            ("X-Content-Type-Options", "nosniff"),
        )
        source, _path, unchanged = _env.loader.get_source(_env, "style.css")  # type: ignore[union-attr] # it always has a loader
        response = Response(200, headers, source.encode())
        _stylesheet = (_env.loader, unchanged or bool, response)
    return _stylesheet[2]


_stylesheet: tuple[BaseLoader | None, Callable[[], bool], Response] | None = None
