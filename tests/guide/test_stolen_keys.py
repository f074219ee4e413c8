"""`guide/examples/stolen-keys` does what the page about secrets says of it."""

import importlib.util

import pytest

from frameworks.manifests import ROOT
from shared_validator.context import Context
from shared_validator.keys import CACHE_SECONDS, KeyRing
from shared_validator.settings import Settings
from shared_validator.store.sql import SQLStore


@pytest.fixture
def example():
    path = ROOT / "guide" / "examples" / "stolen-keys" / "end_signing_keys.py"
    spec = importlib.util.spec_from_file_location("end_signing_keys", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_stolen_key_ends_at_once(example, tmp_path):
    """Once a process has looked again it knows none of the old keys, and the next token makes a new one."""
    store = SQLStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")
    time = [1_800_000_000.0]
    context = Context(Settings(issuer="https://provider.example", secret_keys=(b"k" * 32,)), store, {}, lambda: time[0])
    ring = KeyRing(context)
    stolen = ring.signing_key("ES256").kid

    example.end_signing_keys(store, int(time[0]))
    time[0] += CACHE_SECONDS + 1

    assert ring.find(stolen) is None
    assert stolen != ring.signing_key("ES256").kid
    store.close()
