"""`{client-addresses}`: how each framework's server learns a client's address behind a proxy."""

from __future__ import annotations

from sphinx.application import Sphinx

from cookbook.tables import Generated, table
from frameworks.manifests import manifests


class ClientAddresses(Generated):
    """A table with what each manifest says."""

    def markdown(self) -> str:
        """Return the table."""
        rows = [
            (f"{{ref}}`{manifest.title} <framework-{name}>`", manifest.client_address)
            for name, manifest in manifests().items()
        ]
        return table(("framework", "how it learns the address"), rows)


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("client-addresses", ClientAddresses)
