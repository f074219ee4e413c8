"""A minimal browser for the tests."""

from html.parser import HTMLParser

import httpx2


class Browser(httpx2.Client):
    """The browser of one visitor: it keeps cookies and sends forms. It does not follow redirects, so that a test sees each step.

    Args:
        url: the URL of the project.
    """

    def __init__(self, url):
        super().__init__(base_url=url, trust_env=False)

    def submit(self, page, action="", **typed):
        """Send a form of a page.

        Args:
            page: the response with the form.
            action: the form's `action`; a form without one is sent to the page's URL.
            typed: values for its fields, and the button to press. Its other fields keep their values.
        """
        found = forms(page)
        assert action in found, f"{page.url}, {page.status_code}: no form goes to {action!r}; forms go to {list(found)}"
        return self.post(page.url.join(action), data=found[action] | typed)


def forms(page):
    """Return the forms of a page: for each `action`, its fields and their values."""
    reader = _FormReader()
    reader.feed(page.text)
    return reader.forms


class _FormReader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms = {}

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.fields = self.forms.setdefault(given.get("action") or "", {})
        elif tag in ("input", "textarea") and "name" in given:
            self.fields[given["name"]] = given.get("value") or ""
