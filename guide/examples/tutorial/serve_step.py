"""Serves a step of the tutorial and shows what travels: `nox -s tutorial -- STEP`.

Steps 1 to 3 are the consumer's, with the Flask example as provider; steps 4 to 8 are the provider's, with step 3 as consumer.
"""

from __future__ import annotations

import argparse
import json
import shlex
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from frameworks.environments import python_for
from frameworks.manifests import ROOT, Manifest, manifests
from frameworks.proxy import Printer, observe
from frameworks.registration import Person, environ_without_settings
from frameworks.serve import ServeError, complaint, end_on_signals, free_port, serving, url_of

FOLDER = Path(__file__).parent
SHARED = ROOT / "frameworks" / "shared"  # the notes, as the examples have them
FLASK = manifests()["flask"]
PORTS = {"provider": 5001, "consumer": 5002}


@contextmanager
def serve_step(step: int, person: Person, ports: Mapping[str, int], say: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """Serve a step and its counterpart, with a fresh user and client, while the block runs.

    Args:
        step: 1 to 8.
        person: who gets an account at the provider.
        ports: where `provider` and `consumer` are reached.
        say: prints a line.

    Yields:
        The client, as the command that registers it has printed it.
    """
    provider, consumer = url_of(ports["provider"]), url_of(ports["consumer"])
    printer = Printer(say)
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cookbook-tutorial-"))
        environ = environ_without_settings() | {"OAUTH_ISSUER": provider, "DATABASE_URL": f"sqlite:///{folder}/provider.sqlite"}
        if step == 8:
            environ["OAUTH_ACCESS_TOKEN_SECONDS"] = "31"  # a consumer renews a token that has 30 seconds left
        if step >= 7:
            environ["PYTHONPATH"] = str(SHARED)
        home = {"home": FOLDER} if step >= 4 else {}
        inner = free_port()
        stack.enter_context(serving(program(step) if home else FLASK, "provider", inner, environ=environ, **home))
        stack.enter_context(observe("provider", ports["provider"], inner, printer))
        _manage(environ, say, "new-user", person.username, "--name", person.name, typed=person.password)
        client = json.loads(_manage(environ, say, *new_client(consumer)))
        environ = environ_without_settings() | {"CONSUMER_URL": consumer, "PROVIDER_URL": provider}
        environ |= {"CLIENT_ID": client["client_id"], "CLIENT_SECRET": client["client_secret"]}
        inner = free_port()
        providers = FOLDER / "providers.toml"
        stack.enter_context(serving(program(min(step, 3)), "consumer", inner, providers=providers, environ=environ, home=FOLDER))
        stack.enter_context(observe("consumer", ports["consumer"], inner, printer))
        yield client


def program(step: int) -> Manifest:
    """Return the manifest of a step: Flask's, with another module to serve, which has no ``create_app`` to call."""
    options = [option for option in FLASK.server[:-1] if option != "--call"]
    return replace(FLASK, server=(*options, f"step{step}:app"))


def new_client(consumer: str) -> tuple[str, ...]:
    """Return the command that registers the consumer at the provider."""
    scope = "openid profile notes:read notes:write"
    addresses = ("--redirect-uri", f"{consumer}/callback/own", "--post-logout-redirect-uri", f"{consumer}/")
    return ("new-client", "Shopping list", *addresses, "--scope", scope)


def _manage(environ: dict[str, str], say: Callable[[str], None], *command: str, typed: str = "") -> str:
    say(f"$ python -m shared_validator {shlex.join(command)}")
    full = [str(python_for(FLASK)), "-m", "shared_validator", *command]
    said = subprocess.run(full, env=environ, input=typed, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own command
    say(said)
    return said


def _say(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """Serve the step that the command line names until Ctrl-C, and return the exit status."""
    end_on_signals()
    parser = argparse.ArgumentParser(prog="nox -s tutorial --", description="Serve a step of the tutorial, and show what travels.")
    parser.add_argument("step", type=int, choices=range(1, 9))
    person = Person()
    try:
        with serve_step(parser.parse_args().step, person, PORTS, _say):
            _say(f"Begin at {url_of(PORTS['consumer'])}: user {person.username}, password {person.password}. Ctrl-C ends it.\n")
            threading.Event().wait()
    except (ServeError, subprocess.CalledProcessError, OSError) as error:
        return complaint(error)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
