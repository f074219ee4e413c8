"""Jinja2 for the last section of a simplate: `[---] text/html via jinja2`."""

from pathlib import Path

from aspen.simplates import renderers
from jinja2 import Environment, FileSystemLoader

from hooks import csrf_token
from shared_validator import pages


class Renderer(renderers.Renderer):
    """Renders one section. What `{% extends %}` names lies in `templates/`, or is a shared page."""

    def compile(self, filepath, padded):
        return self.meta.from_string(padded)

    def render_content(self, context):
        return self.compiled.render(context, csrf_input=pages.csrf_input(csrf_token(context["session"])))


class Factory(renderers.Factory):
    Renderer = Renderer

    def compile_meta(self, configuration):
        # A file in templates/ takes the place of a shared page.
        own = FileSystemLoader(Path(__file__).parent / "templates")
        environment = Environment(loader=pages.override(own), autoescape=True)
        pages.install(environment)
        return environment
