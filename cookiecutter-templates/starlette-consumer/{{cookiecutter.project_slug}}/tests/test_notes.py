"""A user's notes, which are at the provider: the application reads and writes them over its API."""

import pytest


@pytest.fixture
def notes(provider):
    """The texts of the notes at the provider, which has an API for them while a test runs."""
    texts = []

    def answer(request):
        if not provider.lets_in(request):
            return 401, {}, {"error": "invalid_token"}
        if request.command == "GET":
            return 200, {}, {"notes": [{"id": str(number), "text": text, "created_at": 0} for number, text in enumerate(texts)]}
        if "text" not in request.form:
            return 400, {}, {"error": "invalid_request", "error_description": "A note has a text."}
        texts.append(request.form["text"])
        return 201, {}, {}

    provider.routes["/api/notes"] = answer
    yield texts
    del provider.routes["/api/notes"]


def test_a_person_reads_and_writes_notes(signed_in, notes):
    """A note goes to the provider, and comes back as plain text, whatever it contains."""
    page = signed_in.get("/notes")
    assert 200 == page.status_code
    assert "/notes" == signed_in.submit(page, "/notes", text="<b>Buy milk</b>").headers.get("location")
    assert ["<b>Buy milk</b>"] == notes
    assert "&lt;b&gt;Buy milk&lt;/b&gt;" in signed_in.get("/notes").text


def test_what_the_provider_refuses_can_be_mended(signed_in, notes):
    """The form is shown again, with the provider's message."""
    page = signed_in.submit(signed_in.get("/notes"), "/notes", text="")
    assert 400 == page.status_code
    assert "A note has a text." in page.text
    assert [] == notes


def test_another_site_writes_no_notes(signed_in, notes):
    """Without the CSRF token of its page a form is refused."""
    assert 400 == signed_in.post("/notes", data={"text": "Buy milk"}).status_code
    assert [] == notes


def test_a_page_says_that_the_provider_does_not_answer(signed_in):
    """Without an API there are no notes, and no crash."""
    assert 502 == signed_in.get("/notes").status_code


def test_the_notes_are_for_who_has_signed_in(browser):
    """Other visitors are redirected to the home page."""
    assert "/" == browser.get("/notes").headers.get("location")
