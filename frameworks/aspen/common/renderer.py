"""Jinja2 for the last section of a simplate: `[---] text/html via jinja2`."""

from pathlib import Path

from aspen.simplates import renderers
from jinja2 import Environment, FileSystemLoader

from shared_validator import pages
from shared_validator.edge.sessions import csrf_token


class Renderer(renderers.Renderer):
    """Renders one section, with the CSRF token for its forms."""

    def compile(self, filepath, padded):
        return self.meta.from_string(padded)

    def render_content(self, context):
        csrf_input = pages.csrf_input(csrf_token(context["session"]))
        return self.compiled.render(context, csrf_input=csrf_input)


class Factory(renderers.Factory):
    """Finds what `{% extends %}` names: a file in `templates/`, or a shared page."""

    Renderer = Renderer

    def compile_meta(self, configuration):
        own = FileSystemLoader(Path(__file__).parent / "templates")
        environment = Environment(loader=pages.override(own), autoescape=True)
        pages.install(environment)
        return environment
