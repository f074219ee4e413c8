"""What the benchmarks measure is served."""

from __future__ import annotations

from benchmarks.served import served_provider

from frameworks.serve import url_of
from tests.driving.browser import send

PATHS = ["/benchmark/check", "/api/me", "/bare/select", "/plain/select", "/bare/cpu"]


def test_the_application_under_load_answers() -> None:
    """The example, its check alone, and the endpoints that do the least, next to it."""
    with served_provider({}) as served:
        bearer = {"Authorization": f"Bearer {served.tokens()['access_token']}"}
        assert dict.fromkeys(PATHS, 200) == {path: send("GET", url_of(served.port) + path, headers=bearer).status_code for path in PATHS}
