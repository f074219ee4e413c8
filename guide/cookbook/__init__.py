"""The guide's Sphinx extension: what a page shows of this repository is made here, from the sources, whenever the guide is built.

Each module is one directive or one kind of page, and has a `setup(app)`.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # the recorder runs without Sphinx
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Set up every module of this package that has something to set up."""
    for module in pkgutil.iter_modules(__path__):
        found = import_module(f"{__name__}.{module.name}")
        if hasattr(found, "setup"):
            found.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
