"""The pages: escaping, headers, accessibility that can be read off the HTML, and the catalogue of their texts."""

from __future__ import annotations

import re
from gettext import NullTranslations
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, UndefinedError

from frameworks.pages import Page
from shared_validator import pages
from shared_validator.flows import Question
from shared_validator.http import Request
from shared_validator.pages import messages
from shared_validator.store import Application, User

HOSTILE = "\u202e\"'><script>alert(1)</script>%(evil)s{{ 7*7 }}&amp;"

USER = User(user_id="1", username=HOSTILE, password_hash="", name=HOSTILE, email=HOSTILE)
QUESTION = Question(
    client_name=HOSTILE,
    redirect_host=HOSTILE,
    scopes=((HOSTILE, HOSTILE), ("bare", "")),
    user=USER,
    resources=(HOSTILE,),
    user_code=HOSTILE,
)
NOWHERE = Question(client_name=HOSTILE, redirect_host=None, scopes=(), user=USER)
LOGIN = SimpleNamespace(login_id="1", provider=HOSTILE, subject=HOSTILE, claims={"name": HOSTILE, HOSTILE: [HOSTILE]})
UNNAMED = SimpleNamespace(login_id="1", provider="cookbook", subject=HOSTILE, claims={})
CSRF = pages.csrf_input(HOSTILE)
PROVIDERS = {HOSTILE: SimpleNamespace(title=HOSTILE), "cookbook": SimpleNamespace(title="Cookbook")}
APPLICATION = Application(protocol=HOSTILE, client_id=HOSTILE, name=HOSTILE, scope=(HOSTILE,))

PAGES: list[tuple[str, dict[str, Any]]] = [
    ("consent.html", {"question": QUESTION, "csrf_input": CSRF}),
    ("consent.html", {"question": NOWHERE, "csrf_input": CSRF}),
    ("oauth1_consent.html", {"question": QUESTION, "csrf_input": CSRF}),
    ("oauth1_verifier.html", {"verifier": HOSTILE}),
    ("device.html", {"question": QUESTION, "csrf_input": CSRF}),
    ("device.html", {"question": None, "user_code": HOSTILE, "error": HOSTILE, "csrf_input": CSRF}),
    ("device.html", {"question": None, "user_code": HOSTILE, "error": None, "csrf_input": CSRF}),
    ("device_done.html", {"approved": True}),
    ("device_done.html", {"approved": False}),
    ("login.html", {"username": HOSTILE, "error": HOSTILE, "csrf_input": CSRF}),
    ("login.html", {"username": HOSTILE, "error": None, "csrf_input": CSRF}),
    (
        "account.html",
        {"user": USER, "applications": [(APPLICATION, [HOSTILE]), (APPLICATION, [])], "number": 2, "last": 3, "csrf_input": CSRF},
    ),
    ("account.html", {"user": USER, "applications": [], "number": 1, "last": 1, "csrf_input": CSRF}),
    ("logout.html", {"client_name": HOSTILE, "csrf_input": CSRF}),
    ("logout.html", {"client_name": None, "csrf_input": CSRF}),
    ("signed_out.html", {}),
    ("error.html", {"title": HOSTILE, "detail": HOSTILE}),
    ("error.html", {"title": HOSTILE, "detail": HOSTILE, "hint": HOSTILE}),
    ("consumer_home.html", {"providers": PROVIDERS, "login": None, "csrf_input": CSRF}),
    ("consumer_home.html", {"providers": {}, "login": None, "csrf_input": CSRF}),
    ("consumer_home.html", {"providers": PROVIDERS, "login": LOGIN, "csrf_input": CSRF}),
    ("consumer_home.html", {"providers": {}, "login": UNNAMED, "csrf_input": CSRF}),
    ("consumer_profile.html", {"providers": PROVIDERS, "login": LOGIN, "claims": LOGIN.claims}),
    ("consumer_notes.html", {"notes": [{"id": 1, "text": HOSTILE}], "text": HOSTILE, "error": HOSTILE, "csrf_input": CSRF}),
    ("consumer_notes.html", {"notes": [], "text": "", "error": None, "csrf_input": CSRF}),
    ("consumer_error.html", {"title": HOSTILE, "detail": HOSTILE}),
]

every_page = pytest.mark.parametrize(("template", "context"), PAGES, ids=[f"{i}-{name}" for i, (name, _) in enumerate(PAGES)])


def parsed(template: str, context: dict[str, Any]) -> Page:
    return Page("", pages.render(template, **context).body.decode())


def test_every_template_is_tested() -> None:
    """Each page of the package is in the table above; besides there are only the stylesheet and what pages are made of."""
    others = {"base.html", "_parts.html", "consumer_page.html", "style.css"}
    assert {*pages.loader.list_templates()} == {template for template, _ in PAGES} | others


@every_page
def test_hostile_text_stays_text(template: str, context: dict[str, Any]) -> None:
    """Mistake 3: what strangers wrote (an error, a name, a claim) never becomes markup."""
    page = parsed(template, context)
    assert [] == list(page.all("script"))
    assert [] == [name for _, attributes in page.elements for name in attributes if name.startswith("on") or name == "style"]
    assert not any("49" in text for text in page.strings)


@every_page
def test_names_are_isolated_from_the_text_around_them(template: str, context: dict[str, Any]) -> None:
    """A mark that turns the direction of text ends with the element that it stands in: it cannot rewrite a sentence of ours."""
    html = pages.render(template, **context).body.decode()
    sentences = [line for line in html.splitlines() if "\u202e" in line and '<p class="lead">' in line]
    assert [] == [line for line in sentences if "<bdi>\u202e" not in line]


@every_page
def test_a_page_has_the_landmarks_of_a_page(template: str, context: dict[str, Any]) -> None:
    """One title that is also the one heading of the first level, a main landmark, a language, and room for small screens."""
    html = pages.render(template, **context).body.decode()
    assert html.startswith("<!doctype html>\n")
    assert re.findall("<title>(.*)</title>", html) == re.findall("<h1>(.*)</h1>", html)
    page = Page("", html)
    assert 1 == len(list(page.all("h1"))) == len(list(page.all("main"))) == len(list(page.all("title")))
    assert [{"lang": "en"}] == list(page.all("html"))
    assert "width=device-width, initial-scale=1" in [attributes.get("content") for attributes in page.all("meta")]


@every_page
def test_a_page_needs_nothing_from_elsewhere(template: str, context: dict[str, Any]) -> None:
    """The stylesheet is the only thing that a page loads; there is no inline style, no script and no image."""
    page = parsed(template, context)
    assert ["data:,", "/static/style.css"] == [attributes["href"] for attributes in page.all("link")]
    assert [] == list(page.all("style", "img", "iframe", "object"))


@every_page
def test_every_input_has_a_label_and_every_error_its_input(template: str, context: dict[str, Any]) -> None:
    """A label names each field; a field that is wrong points to the alert that says why (WCAG 2.2, 3.3.1 and 3.3.2)."""
    page = parsed(template, context)
    fields = [field for field in page.all("input", "textarea") if field.get("type") != "hidden"]
    assert [field["id"] for field in fields] == [label["for"] for label in page.all("label")]
    alerts = [attributes["id"] for _, attributes in page.elements if attributes.get("role") == "alert"]
    assert set(alerts) == {field["aria-describedby"] for field in fields if "aria-describedby" in field}


@every_page
def test_every_form_is_a_post_with_a_csrf_token(template: str, context: dict[str, Any]) -> None:
    """Mistake 5: no form, the consent form least of all, goes without a CSRF token; none asks by GET."""
    page = parsed(template, context)
    forms = list(page.all("form"))
    assert ["post"] * len(forms) == [form["method"] for form in forms]
    assert [HOSTILE] * len(forms) == [field["value"] for field in page.all("input") if field["name"] == "csrf_token"]


@pytest.mark.fault(22, 42)
@pytest.mark.parametrize("template", ["consent.html", "oauth1_consent.html", "device.html"])
def test_a_consent_page_says_who_asks_for_what_and_in_whose_name(template: str) -> None:
    """The client's name, the user, each scope in words, the resources (RFC 8707 §2), and two buttons with clear verbs."""
    user = User(user_id="1", username="alice", password_hash="", name="Alice Example", email="")
    question = Question(
        client_name="Recipe Box",
        redirect_host="recipes.example",
        scopes=(("n", "Read your notes"),),
        user=user,
        user_code="WDJB-MJHT",
        resources=("https://files.example",),
    )
    page = parsed(template, {"question": question, "csrf_input": CSRF})
    said = {"Recipe Box", "Alice Example", "alice", "Read your notes", "https://files.example", "Allow", "Deny"}
    said.add("WDJB-MJHT" if template == "device.html" else "recipes.example")
    assert set() == said - set(page.strings)
    # The operator registered the client, so no page says that it chose its name.
    assert "chose" not in " ".join(page.strings)
    buttons = [("decision", "allow"), ("decision", "deny")]
    assert buttons == [(button["name"], button["value"]) for button in page.all("button")]
    assert [""] == [form["action"] for form in page.all("form")]


def test_the_device_page_sends_its_code_along_with_the_decision() -> None:
    """The answer is about the code that the person saw (RFC 8628 §3.3)."""
    page = parsed("device.html", {"question": QUESTION, "csrf_input": CSRF})
    assert [HOSTILE] == [field["value"] for field in page.all("input") if field["name"] == "user_code"]


@pytest.mark.parametrize(("template", "expected"), [("login.html", ["username", "current-password"]), ("device.html", ["one-time-code"])])
def test_fields_tell_the_browser_what_belongs_in_them(template: str, expected: list[str]) -> None:
    """Password managers and keyboards fill in what a field says it takes (WCAG 2.2, 1.3.5)."""
    page = parsed(template, {"question": None, "username": "", "user_code": "", "error": None, "csrf_input": CSRF})
    assert expected == [field["autocomplete"] for field in page.all("input") if "autocomplete" in field]


def test_a_page_is_never_framed_nor_kept() -> None:
    """Mistake 5: a consent page in a foreign frame can be clicked by accident (RFC 9700 §4.16), so no page can be framed."""
    response = pages.render("signed_out.html")
    policy = response.header("Content-Security-Policy") or ""
    assert {"frame-ancestors 'none'", "default-src 'none'", "style-src 'self'", "base-uri 'none'"} <= set(policy.split("; "))
    # A consent form's answer is a redirect to the client, which Chromium would stop.
    assert "form-action" not in policy
    assert "DENY" == response.header("X-Frame-Options")
    assert "nosniff" == response.header("X-Content-Type-Options")
    assert "no-store" == response.header("Cache-Control")
    assert "same-origin" == response.header("Cross-Origin-Opener-Policy")
    assert "text/html; charset=utf-8" == response.header("Content-Type")


def test_the_referrer_goes_to_this_origin_only() -> None:
    """Other sites learn no URL; our own forms send one, without which Flask-WTF refuses a POST over https."""
    assert "same-origin" == pages.render("signed_out.html").header("Referrer-Policy")


def test_a_missing_value_is_an_error_not_a_gap() -> None:
    """A page with a hole in it, such as a consent page without scopes, is never shown."""
    with pytest.raises(UndefinedError):
        pages.render("error.html", title="only a title")


def test_the_status_is_the_callers() -> None:
    """An error page is sent with the status of the error."""
    assert 429 == pages.render("signed_out.html", 429).status


def test_the_stylesheet_is_served_and_has_both_schemes() -> None:
    """One stylesheet, without anything from elsewhere, for light and dark."""
    response = pages.stylesheet(Request("GET", "https://provider.example/static/style.css", {}))
    assert "text/css; charset=utf-8" == response.header("Content-Type")
    assert b"prefers-color-scheme: dark" in response.body
    assert b"url(" not in response.body
    assert b"@import" not in response.body


def test_an_applications_own_environment_renders_the_pages() -> None:
    """A framework with Jinja2 of its own needs the loader and one call."""
    env = Environment(loader=pages.loader, autoescape=True)
    pages.install(env)
    assert "<h1>You are signed out</h1>" in env.get_template("signed_out.html").render()


def test_the_pages_can_be_translated() -> None:
    """Each text passes through gettext, and what a translation is filled with is escaped as in English."""

    class Shouting(NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper().replace("%(CLIENT_NAME)S", "%(client_name)s")

    env = Environment(loader=pages.loader, autoescape=True)
    pages.install(env, Shouting())
    html = env.get_template("logout.html").render(client_name="<b>", csrf_input=CSRF)
    assert "<h1>SIGN OUT?</h1>" in html
    assert "<BDI>&lt;b&gt;</BDI> HAS SIGNED YOU OUT" in html


def test_the_committed_catalogue_is_what_the_sources_say() -> None:
    """A translator's template that lags behind hides new texts; ``python -m shared_validator.pages.messages`` renews it."""
    assert messages.CATALOGUE.read_bytes() == messages.extract()


def test_texts_of_templates_and_of_python_are_gathered() -> None:
    """Both kinds of source feed the one catalogue, which carries no date and no line number that would change without need."""
    gathered = messages.extract().decode()
    assert 'msgid "Sign in"' in gathered
    assert 'msgid "The user name or the password is wrong."' in gathered
    assert "Creation-Date" not in gathered
