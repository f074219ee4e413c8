"""What a person sees: Jinja2 templates, one stylesheet, and the headers that protect both."""

from __future__ import annotations

import hmac
from gettext import NullTranslations
from typing import Any

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from shared_validator.http import Request, Response, single

loader = PackageLoader("shared_validator.pages")
"""Finds the templates and the stylesheet."""

SECURITY_HEADERS: tuple[tuple[str, str], ...] = (
    # No script, no frame (clickjacking of a consent page, RFC 9700 §4.16), nothing from elsewhere; the icon is a data: URL. form-action is
    # left out on purpose: Chromium applies it to the redirect that answers a form too, and a consent form's answer goes to the client.
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src data:; base-uri 'none'; frame-ancestors 'none'"),
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
    return Response(status, (("Content-Type", "text/html; charset=utf-8"), *SECURITY_HEADERS), body.encode())


def refusal(detail: str) -> Response:
    """Return the page that meets a request which cannot be answered, nor sent back to whoever made it."""
    hint = gettext(
        "If an application sent you here, go back to it and start again. Should that not help, tell its makers what you read here."
    )
    return render("error.html", 400, title=gettext("This request cannot be answered"), detail=detail, hint=hint)


def out_of_date() -> Response:
    """Return the page that meets a form without a valid CSRF token: to a person, a page that was open for too long."""
    detail = gettext("It was open for too long, or you have signed in or out meanwhile. Go back, reload the page, and try again.")
    return render("error.html", 400, title=gettext("This form is out of date"), detail=detail)


def csrf_input(token: str) -> Markup:
    """Return the hidden field that a form sends back, to show that it came from one of our pages."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(token)


def csrf_valid(request: Request, token: str | None) -> bool:
    """Say whether a form brings back its visitor's CSRF token, for a framework that does not check that itself.

    Args:
        request: a POST to a page.
        token: what the session holds; without one, no form of ours was ever shown to this visitor.

    Raises:
        BadRequest: the form is malformed, or holds the field more than once.
    """
    given = single(request.form, "csrf_token")
    if not token or given is None:
        return False
    return hmac.compare_digest(token.encode(), given.encode())


def stylesheet(request: Request) -> Response:
    """Answer a request for the stylesheet of every page, ``/static/style.css``."""
    headers = (("Content-Type", "text/css; charset=utf-8"), ("Cache-Control", "max-age=3600"), ("X-Content-Type-Options", "nosniff"))
    source, _path, _unchanged = _env.loader.get_source(_env, "style.css")  # type: ignore[union-attr] # it always has a loader
    return Response(200, headers, source.encode())
