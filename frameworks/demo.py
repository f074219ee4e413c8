"""See a user sign in at a provider through a consumer, with every request between them.

`nox -s demo` waits for you to sign in with a browser. `nox -s demo -- --check` signs in by
itself, once for each protocol.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import threading
import webbrowser

from frameworks.manifests import Manifest, ManifestError, manifests
from frameworks.pages import PageError
from frameworks.pair import serve_pair
from frameworks.proxy import Printer
from frameworks.registration import PROTOCOLS, Person, Registration
from frameworks.serve import ServeError, complaint, end_on_signals
from frameworks.sign_in import run_flow


def say(line: str = "") -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 - this is what the command is for


def _introduce(manifest: Manifest, here: Registration, person: Person) -> None:
    say(f"\nA provider and a consumer in {manifest.title}, with secrets made just now:\n")
    say(f"  consumer    {here.consumer_url}    begin here")
    say(f"  provider    {here.provider_url}")
    say(f"  user        {person.username}, password {person.password}")
    say(f"  client      {here.client_id}, secret {here.client_secret}")
    say(f"  OAuth 1.0a  {here.consumer_key}, secret {here.consumer_secret}\n")


def _done(what: str) -> None:
    say(f"     ✓ {what}\n")


def _check(here: Registration, person: Person) -> None:
    for protocol, title in PROTOCOLS.items():
        say(f"── {title} " + "─" * (70 - len(title)) + "\n")
        run_flow(here, person, protocol, _done)
    say("Both flows succeeded.")


def _wait_for_a_person(here: Registration, person: Person) -> None:
    say("What happens between browser, consumer and provider is shown here. Ctrl-C ends it.\n")
    if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(here.consumer_url)
    threading.Event().wait()


def main() -> int:
    """Run the demonstration, and return the exit status."""
    end_on_signals()
    try:
        known = manifests()
        parser = argparse.ArgumentParser(
            prog="nox -s demo --",
            description="See a user sign in at a provider through a consumer.",
        )
        parser.add_argument(
            "framework",
            nargs="?",
            choices=list(known),
            default="flask",
            help="whose examples (flask)",
        )
        parser.add_argument(
            "--check", action="store_true", help="sign in by itself, over each protocol, and end"
        )
        options = parser.parse_args()
        person = Person()
        manifest = known[options.framework]
        with serve_pair(manifest, person, Printer(say)) as here:
            _introduce(manifest, here, person)
            (_check if options.check else _wait_for_a_person)(here, person)
    except PageError as error:
        say(f"     ✗ {error}")
        return 1
    except (ServeError, ManifestError, subprocess.CalledProcessError, OSError) as error:
        return complaint(error)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
