"""Every consumer signs a user in at every provider, over OAuth 1.0a and OpenID Connect.

This is `nox -s interop`. It serves each example once and shows the results of the flows as a grid.
`--json FILE` also writes them to a file; `Grid.as_json` describes the format.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from frameworks.environments import versions
from frameworks.grid import OK, Absence, Grid
from frameworks.manifests import ROOT, Manifest, ManifestError, manifests
from frameworks.pages import PageError
from frameworks.registration import (
    PROTOCOLS,
    Person,
    Registration,
    environ_without_settings,
    providers,
    seed,
)
from frameworks.serve import (
    MissingSourceError,
    ServeError,
    complaint,
    end_on_signals,
    free_ports,
    serving,
    url_of,
)
from frameworks.sign_in import run_flow

_PAIRS_AT_ONCE = 4
_LAST_LINES = 20


def _say(line: str = "") -> None:
    print(line, flush=True)  # noqa: T201 - this is what the command is for


Example = tuple[str, str]  # the framework's name and the role
Pair = tuple[str, str]  # the names of the consumer's framework and of the provider's


@dataclass(frozen=True)
class Server:
    """An example to serve.

    Args:
        manifest: the framework.
        role: `provider` or `consumer`.
        port: where it listens.
        folder: where its files are kept.
        running: serves it until you close it.
    """

    manifest: Manifest
    role: str
    port: int
    folder: Path
    running: ExitStack = field(default_factory=ExitStack)

    @property
    def example(self) -> Example:
        """The example that is served."""
        return self.manifest.name, self.role

    def start(self, knowledge: str) -> Absence | None:
        """Serve it with this seed or providers file, or return why it cannot be served."""
        known = self._file("toml" if self.role == "consumer" else "json")
        known.write_text(knowledge, encoding="utf-8")
        files = {"providers" if self.role == "consumer" else "seed": known}
        log = self.running.enter_context(self._file("log").open("wb"))
        try:
            served = serving(
                self.manifest,
                self.role,
                self.port,
                environ=environ_without_settings(),
                log=log,
                **files,
            )
            self.running.enter_context(served)
        except subprocess.CalledProcessError:
            return Absence("the environment could not be made", excused=False)
        except MissingSourceError as error:
            return Absence(str(error), excused=True)
        except ServeError as error:
            last = "".join(self.said()[-1:]).replace(f"{ROOT}/", "")
            return Absence(f"{error}: {last}".replace(f"{self.folder}/", ""), excused=False)
        return None

    def said(self) -> list[str]:
        """Return the last lines of its output."""
        lines = self._file("log").read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if line.strip()][-_LAST_LINES:]

    def _file(self, suffix: str) -> Path:
        return self.folder / f"{'-'.join(self.example)}.{suffix}"


def play(known: Mapping[str, Manifest]) -> Grid:
    """Serve these frameworks' examples, run every flow between them, and return the results."""
    with tempfile.TemporaryDirectory(prefix="cookbook-interop-") as folder:
        working = [manifest for manifest in known.values() if manifest.status != "broken"]
        examples = [(manifest, role) for manifest in working for role in manifest.roles]
        servers = [
            Server(*example, port, Path(folder))
            for example, port in zip(examples, free_ports(len(examples)), strict=True)
        ]
        person, registrations = Person(), list(_registrations(servers))
        with _served(servers, registrations, person) as absent:
            able = [
                one
                for one in registrations
                if not absent.keys() & {(one.consumer, "consumer"), (one.provider, "provider")}
            ]
            flows = _run_flows(able, person)
        _show_logs(servers, absent, flows)
        served = {name for name, _role in {server.example for server in servers} - absent.keys()}
        return Grid(known, {name: versions(known[name]) for name in served}, absent, flows)


def _registrations(servers: Iterable[Server]) -> Iterator[Registration]:
    by_role = {
        role: [server for server in servers if server.role == role]
        for role in ("consumer", "provider")
    }
    for consumer in by_role["consumer"]:
        for provider in by_role["provider"]:
            yield Registration(
                consumer.manifest.name,
                url_of(consumer.port),
                provider.manifest.name,
                url_of(provider.port),
            )


@contextmanager
def _served(
    servers: list[Server], registrations: list[Registration], person: Person
) -> Iterator[dict[Example, Absence]]:
    """Serve all examples that can be served while the block runs. Yield why the others cannot."""

    def start(server: Server) -> Absence | None:
        if server.role == "consumer":
            return server.start(
                providers(one for one in registrations if one.consumer == server.manifest.name)
            )
        return server.start(
            json.dumps(
                seed(person, (one for one in registrations if one.provider == server.manifest.name))
            )
        )

    began = time.monotonic()
    try:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            absent = {
                server.example: absence
                for server, absence in zip(servers, pool.map(start, servers), strict=True)
                if absence
            }
        _say(
            f"{len(servers) - len(absent)} of {len(servers)} examples are served after {time.monotonic() - began:.0f} s."
        )
        yield absent
    finally:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(lambda server: server.running.close(), servers))


def _run_flows(registrations: list[Registration], person: Person) -> dict[Pair, dict[str, str]]:
    def attempt(registration: Registration, protocol: str) -> str:
        try:
            run_flow(registration, person, protocol, lambda what: None)
        except (PageError, OSError) as error:
            told = str(error).replace(
                registration.consumer_url, f"{registration.consumer} consumer"
            )
            return told.replace(registration.provider_url, f"{registration.provider} provider")
        return OK

    def meet(registration: Registration) -> dict[str, str]:
        return {protocol: attempt(registration, protocol) for protocol in PROTOCOLS}

    began = time.monotonic()
    cells = {}
    with ThreadPoolExecutor(_PAIRS_AT_ONCE) as pool:
        for together in _rounds(registrations):
            cells.update(
                zip(
                    [(one.consumer, one.provider) for one in together],
                    pool.map(meet, together),
                    strict=True,
                )
            )
    _say(f"{len(cells) * len(PROTOCOLS)} flows took {time.monotonic() - began:.0f} s.\n")
    return cells


def _rounds(registrations: list[Registration]) -> Iterable[list[Registration]]:
    """Return the pairs in rounds. Each consumer and each provider is in a round only once.

    This keeps them equally busy. It also keeps the user from signing in twice at once: at the first
    sign-in, a framework may rehash the password, which ends sessions that begin meanwhile.
    """
    names = sorted({name for one in registrations for name in (one.consumer, one.provider)})
    rounds: dict[int, list[Registration]] = {}
    for one in registrations:
        rounds.setdefault(
            (names.index(one.provider) - names.index(one.consumer)) % len(names), []
        ).append(one)
    return rounds.values()


def _show_logs(
    servers: list[Server],
    absent: Mapping[Example, Absence],
    flows: Mapping[Pair, Mapping[str, str]],
) -> None:
    """Print to standard error the output of the examples that took part in a failure."""
    failed = {key for key, absence in absent.items() if not absence.excused}
    for (consumer, provider), cell in flows.items():
        if {OK} != set(cell.values()):
            failed |= {(consumer, "consumer"), (provider, "provider")}
    for server in servers:
        if server.example in failed:
            print(  # noqa: T201
                *(f"{' '.join(server.example)}: {line}" for line in server.said()),
                sep="\n",
                file=sys.stderr,
            )


def main() -> int:
    """Run the flows, show the grid, and return the exit status: 0 if it is whole."""
    end_on_signals(1)  # half a grid is a failure
    try:
        known = manifests()
        parser = argparse.ArgumentParser(
            prog="nox -s interop --",
            description="Let every consumer sign a person in at every provider.",
        )
        parser.add_argument(
            "framework", nargs="*", default=list(known), help="whose examples take part (all)"
        )
        parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
        options = parser.parse_args()
        for name in options.framework:
            if name not in known:
                parser.error(f"{name} is none of {', '.join(known)}")
        grid = play(
            {name: manifest for name, manifest in known.items() if name in options.framework}
        )
        if options.json:
            options.json.write_text(grid.as_json(), encoding="utf-8")
    except (ServeError, ManifestError, subprocess.CalledProcessError, OSError) as error:
        return complaint(error)
    _say(grid.table())
    for reason in grid.reasons():
        _say(f"\n{reason}")
    return 0 if grid.whole else 1


if __name__ == "__main__":
    raise SystemExit(main())
