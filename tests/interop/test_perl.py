"""Perl's LWP, where it is there; it sends a POST without a body as few other clients do."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.driving.provider import Provider
from tests.driving.seed import SERVICE

PERL = shutil.which("perl")
MODULES = ("-MLWP", "-MJSON::PP")

pytestmark = [
    pytest.mark.tier("conformance"),
    pytest.mark.skipif(
        PERL is None or subprocess.run([PERL, *MODULES, "-e1"], capture_output=True, check=False).returncode != 0,
        reason="needs Perl's LWP: apt-get install libwww-perl",
    ),
]


@pytest.mark.fault(12)
def test_lwp_gets_a_refusal_a_token_and_an_answer_of_the_api(provider: Provider) -> None:
    """RFC 9112 §6.3: a POST with neither a body nor Content-Length is a 400 in JSON; then client credentials open the API."""
    command = [str(PERL), str(Path(__file__).with_name("lwp.pl")), provider.url, SERVICE.client_id, str(SERVICE.client_secret)]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    refused, token, notes = map(json.loads, printed.splitlines())

    assert (400, "application/json", "invalid_request") == (refused["status"], refused["type"], json.loads(refused["body"])["error"])
    assert (200, "notes:read") == (token["status"], json.loads(token["body"])["scope"])
    assert (200, "application/json") == (notes["status"], notes["type"])
    assert "notes" in json.loads(notes["body"])
