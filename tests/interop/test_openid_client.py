"""npm's openid-client, where Node.js and the package are there; the other tests need neither."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conftest import Served
from tests.driving.browser import location
from tests.driving.provider import Provider
from tests.driving.seed import ALICE, APP, DEVICE, ES256_CLIENT, POST_CLIENT, SERVICE, SIGNED_OUT, WEB
from tests.interop.person import agree

FOLDER = Path(__file__).parent
NODE = shutil.which("node")

pytestmark = [
    pytest.mark.tier("deployment"),
    pytest.mark.skipif(
        NODE is None or not (FOLDER / "node_modules").is_dir(),
        reason="needs Node.js 20 and openid-client: npm ci --prefix tests/interop",
    ),
]


def what_the_person_does(provider: Provider, question: dict[str, str]) -> str:
    """Return what the client reads after its question: where the browser ended."""
    match question:
        case {"agree": url}:
            return agree(url)
        case {"leave": url}:
            browser = provider.sign_in(ALICE)
            return location(browser.submit(browser.get(url), button=("decision", "allow")))
        case {"type": user_code}:
            return str(provider.type_code(provider.sign_in(ALICE), user_code).request.url)
    raise AssertionError(question)


@pytest.mark.parametrize("configuration", ["default", "jwt"])
def test_openid_client_does_all_that_is_in_the_metadata(served: Served, configuration: str, tmp_path: Path) -> None:
    """Discovery, code with PKCE, state, nonce and iss, userinfo, refresh, introspection, revocation, client credentials, device, logout."""
    provider = served.provider(configuration)
    given: dict[str, Any] = {
        "issuer": provider.issuer,
        "web": [*map(asdict, (WEB, POST_CLIENT)), asdict(ES256_CLIENT) | {"metadata": {"id_token_signed_response_alg": "ES256"}}],
        "app": asdict(APP),
        "service": asdict(SERVICE),
        "device": asdict(DEVICE) if configuration == "default" else None,  # takes the five seconds of its interval
        "signedOut": SIGNED_OUT,
        "jwt": configuration == "jwt",
    }
    command = [str(NODE), str(FOLDER / "openid_client.mjs"), json.dumps(given)]
    errors = tmp_path / "errors"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True) as node,
    ):
        assert node.stdin is not None
        assert node.stdout is not None
        for line in node.stdout:
            node.stdin.write(what_the_person_does(provider, json.loads(line)) + "\n")
            node.stdin.flush()
    assert 0 == node.returncode, errors.read_text()
