"""How Django's Jinja2 backend renders the pages of `shared_validator`."""

from django.middleware.csrf import get_token
from django.utils.functional import lazy
from jinja2 import Environment
from markupsafe import Markup

from shared_validator import pages


def environment(**options):
    env = Environment(**options)  # noqa: S701 - Django's options turn escaping on
    pages.install(env)
    return env


def csrf_input(request):
    """Name the hidden field as the shared pages do. It is lazy: a page without a form needs no session."""
    return {"csrf_input": lazy(lambda: pages.csrf_input(get_token(request)), Markup)()}
