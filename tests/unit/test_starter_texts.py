"""How a text becomes one that cookiecutter renders."""

import pytest
from jinja2 import Environment

from frameworks.manifests import ROOT
from frameworks.starter.literals import Template
from frameworks.starter.mentions import without

MODULE = ROOT / "frameworks" / "flask" / "consumer" / "app.py"


def rendered(template, **answers):
    return Environment(keep_trailing_newline=True, autoescape=False).from_string(template.render()).render(answers)  # noqa: S701


@pytest.mark.parametrize("text", ["", "one\ntwo\n", "{{ name }}\n", "{% if a %}\n  {# why #}\n{% endif %}", "f'{{literal}}' {#id}"])
def test_a_text_stays_what_it_is(text):
    """Even where it looks like a template."""
    assert text == rendered(Template(text))


def test_answers_take_the_place_of_the_default_ones():
    """Everywhere in the text, and beside what looks like a template."""
    template = Template('title = "Default"\n{{ Default }}\n')
    template.replace({"Default": "{{ name }}"})
    assert 'title = "Mine"\n{{ Mine }}\n' == rendered(template, name="Mine")


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("a\nb\nc\n", "a\nc\n"),
        ("a\nc\n", "a\nb\nc\n"),
        ("a\nb\nc\n", "a\nx\nc\n"),
        ("{{ a }}\n{% b %}\n", "{{ a }}\n"),
        ("a\nb\n", ""),
        ("a", "b"),
    ],
)
def test_a_text_varies_with_a_condition(text, other):
    """Whichever holds, not a byte more than that text comes."""
    template = Template(text)
    template.vary("chosen", other)
    assert (text, other) == (rendered(template, chosen=True), rendered(template, chosen=False))


def test_a_text_varies_before_answers_stand_in_it():
    """Afterwards the other text could not be compared with it."""
    template = Template("a\n")
    template.vary("chosen", "b\n")
    with pytest.raises(ValueError, match="a text varies once"):
        template.vary("other", "c\n")


def test_what_is_about_a_thing_goes_with_it():
    """Functions, classes and conditions that mention it, other lines that do, and the imports that only they needed."""
    text = '''"""A module."""

import json
import os

from thing import (
    make,
    notes,
)

LIST = [
    "home",
    "notes",
]


@make
def page():
    """Show the notes."""
    return json.dumps(notes)


if os.environ["NOTES"]:
    print(json)


def other():
    return make(os.name)
'''
    expected = '''"""A module."""

import os

from thing import (
    make,
)

LIST = [
    "home",
]


def other():
    return make(os.name)
'''
    assert expected == without("notes", text, MODULE)


def test_a_text_that_does_not_mention_a_thing_stays_as_it_is():
    """Not even its format is touched."""
    text = "x  =  1\n"
    assert text == without("notes", text, MODULE)


def test_lines_of_a_page_go_with_the_thing_that_they_mention():
    """A page has no definitions."""
    assert "<ul>\n</ul>\n" == without("notes", '<ul>\n<li><a href="/notes">Notes</a></li>\n</ul>\n', MODULE.with_suffix(".html"))
