"""How a text becomes one that cookiecutter renders."""

import pytest
from jinja2 import Environment

from frameworks.starter.literals import Template


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
