"""Extracts the messages of the pages for translators.

``python -m shared_validator.pages.messages`` writes the template of the catalogues. It needs Babel,
which nothing else here does. English is the source: each message is its own key. Translations are in
``locale/<language>/LC_MESSAGES/shared_validator.po``.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

PACKAGE = Path(__file__).parent.parent
CATALOGUE = Path(__file__).parent / "locale" / "shared_validator.pot"

# Without dates and versions, so that the same messages give the same file.
_HEADER = b"""\
# The texts of shared_validator's pages, for translators.
msgid ""
msgstr ""
"Project-Id-Version: shared_validator\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extract() -> bytes:
    """Return the catalogue template: all messages in the package's templates and Python code."""
    catalog = Catalog()
    templates = ("pages/templates/**.html", "django/error_pages/**.html")
    kinds = [("**.py", "python"), *((pattern, "jinja2.ext:babel_extract") for pattern in templates)]
    options = {"pages/templates/**.html": {"silent": "false"}}
    for filename, _line, message, comments, context in extract_from_dir(PACKAGE, kinds, options):
        catalog.add(message, locations=[(filename, 0)], auto_comments=comments, context=context)
    gathered = BytesIO()
    write_po(
        gathered, catalog, omit_header=True, sort_by_file=True, include_lineno=False, width=120
    )
    return _HEADER + gathered.getvalue()


if __name__ == "__main__":
    CATALOGUE.write_bytes(extract())
