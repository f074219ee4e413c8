"""What an application imports from the package itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

import shared_validator


def test_every_public_name_is_there() -> None:
    """Each name of ``__all__`` can be imported; another one is an ordinary AttributeError."""
    for name in shared_validator.__all__:
        assert getattr(shared_validator, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'Provder'"):
        _ = shared_validator.Provder


def test_a_consumer_does_not_load_what_only_a_provider_needs() -> None:
    """The names are loaded when they are first used."""
    code = (
        "import sys; from shared_validator import Consumer, SQLConsumerStore; Consumer; SQLConsumerStore; "
        "print(sorted({'argon2', 'shared_validator.provider', 'shared_validator.grants'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout
