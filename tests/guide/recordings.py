"""The recorded flows, as the tests of pages that name their steps by number read them."""

import json

from frameworks.manifests import ROOT


def recorded(name, number):
    """Return a step of a recorded flow."""
    steps = json.loads((ROOT / "guide" / "recordings" / f"{name}.json").read_text(encoding="utf-8"))["steps"]
    return next(step for step in steps if step["number"] == number)


def asked(name, number):
    """Return method and path of a step's request."""
    request = recorded(name, number)["request"]
    return f"{request['method']} {request['target'].partition('?')[0]}"
