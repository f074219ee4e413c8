"""A person's browser, as far as the tests need one."""

from html.parser import HTMLParser

import httpx2


class Browser(httpx2.Client):
    """One visitor of the project: it keeps cookies and sends forms. It follows no redirect, so that a test sees each step.

    Args:
        url: where the project is served.
    """

    def __init__(self, url):
        super().__init__(base_url=url, trust_env=False)

    def submit(self, page, action="", **typed):
        """Send a form of a page.

        Args:
            page: what came for a request.
            action: where the form goes, as the page says it; a form without goes where its page came from.
            typed: what is typed into its fields, and the button that is pressed. Its other fields are sent as they stand.
        """
        found = forms(page)
        assert action in found, f"{page.url}, {page.status_code}: no form goes to {action!r}; forms go to {list(found)}"
        return self.post(page.url.join(action), data=found[action] | typed)


def forms(page):
    """Return the forms of a page: for each place where one goes, its fields and their values."""
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
