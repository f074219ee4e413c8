"""What a person sees: Jinja2 templates, one stylesheet, and the headers that protect both."""

from __future__ import annotations

from contextvars import ContextVar
from gettext import NullTranslations
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shared_validator.http import Request, Response

loader = PackageLoader("shared_validator.pages")
"""Finds the templates and the stylesheet."""

SECURITY_HEADERS: tuple[tuple[str, str], ...] = (
    # No script, no frame (clickjacking of a consent page, RFC 9700 §4.16), nothing from elsewhere; the icon is a data: URL. form-action is
    # left out on purpose: Chromium applies it to the redirect that answers a form too, and a consent form's answer goes to the client.
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Frame-Options", "DENY"),
    ("X-Content-Type-Options", "nosniff"),
    # Other sites get no referrer, so no page's URL leaks (RFC 9700 §4.2.4). This one does: over https the CSRF checks of Flask-WTF and
    # Django refuse a POST without it, so `no-referrer` would refuse every form.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)
"""What every page is sent with."""

_ENGLISH = NullTranslations()

base_path: ContextVar[str] = ContextVar("base_path", default="")
"""The path of the public URL of the application whose request is being answered."""


def page_url(path: str) -> str:
    """Return the local URL of a page, below the path of the public URL."""
    return base_path.get() + path


def gettext(message: str) -> str:
    """Return a text for people that Python code makes; it is gathered for translation beside those of the templates."""
    return _ENGLISH.gettext(message)


def install(env: Environment, translations: NullTranslations | None = None) -> None:
    """Add what the templates use to a Jinja2 environment, so that an application's own renders them.

    Args:
        env: the environment; it has to escape what is put into ``*.html``.
        translations: the texts in another language; English without.
    """
    env.add_extension("jinja2.ext.i18n")
    # The extension adds this method to the environment while it is loaded, out of a type checker's sight.
    env.install_gettext_translations(translations or _ENGLISH, newstyle=True)  # type: ignore[attr-defined]
    env.globals["page_url"] = page_url


_env = Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
install(_env)


def override(own: BaseLoader) -> ChoiceLoader:
    """Look for each page, and for ``style.css``, among the application's own templates first, and return the loader that does.

    Args:
        own: finds the application's templates. A file of the same name takes the place of a page, wherever it is rendered, or of the
            stylesheet.
    """
    _env.loader = both = ChoiceLoader([own, loader])
    return both


def render(template: str, status: int = 200, **context: Any) -> Response:
    """Return a page.

    Args:
        template: its file name.
        status: the HTTP status.
        context: what the template shows; all of it is escaped.
    """
    body = _env.get_template(template).render(context)
    return Response(
        status, (("Content-Type", "text/html; charset=utf-8"), *SECURITY_HEADERS), body.encode()
    )


def refusal(detail: str) -> Response:
    """Return the page that meets a request which cannot be answered, nor sent back to whoever made it."""
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
    """Return the page that meets a form without a valid CSRF token: to a person, a page that was open for too long."""
    detail = gettext(
        "It was open for too long, or you have signed in or out meanwhile. Go back, reload the page, and try again."
    )
    return render("error.html", 400, title=gettext("This form is out of date"), detail=detail)


def csrf_input(token: str) -> Markup:
    """Return the hidden field that a form sends back, to show that it came from one of our pages."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)


def stylesheet(request: Request) -> Response:
    """Answer a request for the stylesheet of every page, ``/static/style.css``."""
    headers = (
        ("Content-Type", "text/css; charset=utf-8"),
        ("Cache-Control", "max-age=3600"),
        ("X-Content-Type-Options", "nosniff"),
    )
    source, _path, _unchanged = _env.loader.get_source(_env, "style.css")  # type: ignore[union-attr] # it always has a loader
    return Response(200, headers, source.encode())
