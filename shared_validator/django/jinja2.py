"""The pages of ``shared_validator``, rendered by Django's Jinja2 backend."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils import translation
from django.utils.functional import lazy
from jinja2 import ChoiceLoader, Environment, PackageLoader
from markupsafe import Markup

from shared_validator import pages


def environment(**options: Any) -> Environment:
    """Return the environment, for ``OPTIONS["environment"]``.

    A file in a folder of ``DIRS`` replaces a page or the stylesheet. Django's catalogs translate
    the pages.

    Args:
        options: Django's options, which turn escaping on.
    """
    errors = PackageLoader("shared_validator.django", "error_pages")
    options["loader"] = pages.override(ChoiceLoader([options["loader"], errors]))
    env = Environment(**options)  # noqa: S701 - see above
    pages.install(env, translation)  # type: ignore[arg-type]  # it has the functions of a catalog
    return env


def csrf_input(request: HttpRequest) -> dict[str, Any]:
    """Add the hidden field of the shared pages' forms: a context processor.

    It is lazy, because a page without a form needs no session.
    """
    return {"csrf_input": lazy(lambda: pages.csrf_input(get_token(request)), Markup)()}
