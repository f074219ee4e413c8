"""Trying every template as its users do: `nox -s templates`.

It makes a project from each template, with answers that are not the defaults, installs it in its
own environment, and runs its checks. Then a user signs in over each protocol, with the project in
its role and the example of its framework in the other. One more project is made from a
`git+file://` URL, as from a code host, with the default answers, and the two commands of its README
are run.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from frameworks.environments import CONSTRAINTS
from frameworks.manifests import ROLES, ROOT, Manifest
from frameworks.pages import PageError
from frameworks.registration import (
    PROTOCOLS,
    Person,
    Registration,
    environ_without_settings,
    providers,
    seed,
)
from frameworks.serve import ServeError, end_on_signals, free_ports, serving, url_of
from frameworks.sign_in import run_flow
from frameworks.starter.baking import bake
from frameworks.starter.generate import starters
from tests.postgresql import databases

ANSWERS = {
    "project_name": "Café Éclair & fils",
    "description": "Où l’on se présente; rien n’y est « par défaut »",
    "author": "Zoë O’Neill-Łukasik",
    "database": "postgresql",
    "license": "MIT",
}
ROLE_ANSWERS = {
    "provider": {"issuer_url": "https://id.example"},
    "consumer": {"providers": "github, gitlab mastodon", "url": "https://cafe.example"},
}
WAYS = ("wheel", "vendored", "release")
"""The answers for the source of shared_validator, which the templates use in turn."""

OK = "ok"
_STEPS = ("made", "checks", *PROTOCOLS.values())
_SECONDS = 300
UNCHOSEN = {
    "provider": ("sqlite",),
    "consumer": ("sqlite", "notes", "google", "microsoft", "discord", '"own"'),
}


class TrialError(Exception):
    """A step failed; the message has the reason."""


@dataclass
class Trial:
    """The results of one template.

    Args:
        template: its folder.
        way: the source of shared_validator.
        results: `OK` or the reason for the failure, by the name of the step.
        seconds: how long it took.
    """

    template: str
    way: str
    results: dict[str, str] = field(default_factory=dict)
    seconds: float = 0

    def step(self, name: str, what: Callable[[], None]) -> bool:
        """Run a step, and return whether it succeeded."""
        try:
            what()
        except (TrialError, PageError, ServeError, OSError, subprocess.SubprocessError) as error:
            self.results[name] = str(error)
            return False
        self.results[name] = OK
        return True

    def row(self) -> list[str]:
        """Return its row in the grid."""
        cells = [
            OK if self.results.get(name) == OK else "FAILED" if name in self.results else "–"
            for name in _STEPS
        ]
        return [self.template, self.way, *cells, f"{self.seconds:.0f} s"]


@dataclass(frozen=True)
class TrialRunner:
    """Runs trials.

    Args:
        folder: the folder for the projects.
        new_database: creates an empty PostgreSQL database and returns its URL.
        release: the folder of the package to use as the released one.
    """

    folder: Path
    new_database: Callable[[], str]
    release: Path

    def try_template(self, manifest: Manifest, role: str, way: str) -> Trial:
        """Make a project from a template, run its checks, and sign in over each protocol."""
        found = Trial(f"{manifest.name}-{role}", way)
        began = time.monotonic()
        folder = self.folder / found.template
        folder.mkdir()
        project = folder / "cafe-eclair-fils"
        if found.step("made", lambda: self._make(project, found, role)) and found.step(
            "checks", lambda: self._check(project)
        ):
            for protocol, title in PROTOCOLS.items():
                found.step(
                    title,
                    lambda protocol=protocol: self._sign_in(project, manifest, role, protocol),
                )  # type: ignore[misc]
        found.seconds = time.monotonic() - began
        return found

    def _make(self, project: Path, found: Trial, role: str) -> None:
        baked = bake(
            found.template,
            project.parent,
            ANSWERS | ROLE_ANSWERS[role] | {"shared_validator": found.way},
        )
        if baked.returncode:
            raise TrialError(baked.stdout)
        look(project, UNCHOSEN[role])

    def _check(self, project: Path) -> None:
        run(
            project,
            sys.executable,
            "-m",
            "nox",
            environ=environment() | {"UV_FIND_LINKS": str(self.release)},
        )

    def _sign_in(self, project: Path, manifest: Manifest, role: str, protocol: str) -> None:
        person, ports = Person(), dict(zip(ROLES, free_ports(2), strict=True))
        here = Registration(
            "baked", url_of(ports["consumer"]), "cookbook", url_of(ports["provider"])
        )
        files = {
            "seed": project.parent / "seed.json",
            "providers": project.parent / "providers.toml",
        }
        files["seed"].write_text(json.dumps(seed(person, [here])), encoding="utf-8")
        files["providers"].write_text(providers([here]), encoding="utf-8")
        with ExitStack() as stack:
            log = stack.enter_context((project.parent / "servers.log").open("ab"))
            for part in ROLES:
                own = {
                    "home": project,
                    "python": project / ".nox" / "tests" / "bin" / "python",
                    "database": self.new_database(),
                }
                file = "seed" if part == "provider" else "providers"
                known = {file: files[file], "environ": environ_without_settings(), "log": log}
                stack.enter_context(
                    serving(manifest, part, ports[part], **known, **(own if part == role else {}))
                )
            run_flow(here, person, protocol, lambda what: None, notes=role == "provider")

    def try_from_url(self, template: str) -> Trial:
        """Make a project from the repository's URL, with default answers, and follow its README."""
        found = Trial(f"{template} (git+file)", "wheel")
        began = time.monotonic()
        folder = self.folder / "from-url"
        folder.mkdir()

        def make() -> None:
            baked = bake(template, folder, {}, repository=f"git+file://{ROOT}")
            if baked.returncode:
                raise TrialError(baked.stdout)
            look(next(folder.iterdir()), ())

        if found.step("made", make):
            found.step("checks", lambda: follow_readme(next(folder.iterdir())))
        found.seconds = time.monotonic() - began
        return found


def look(project: Path, unchosen: tuple[str, ...]) -> None:
    """Refuse a project with parts that were not chosen or not filled in by cookiecutter."""
    if not (project / ".git").is_dir() or oct((project / ".env").stat().st_mode)[-3:] != "600":
        raise TrialError("there is no .git, or others can read .env")
    left_over = re.compile("|".join(["cookiecutter[._]", r"\[\[ |\[%", *unchosen]), re.IGNORECASE)
    for path in sorted(project.rglob("*")):
        place = path.relative_to(project)
        if path.is_file() and place.parts[0] not in (
            ".git",
            ".cruft.json",
            "wheels",
            "shared_validator",
        ):
            found = left_over.search(f"{place}\n{path.read_text(encoding='utf-8')}")
            if found:
                raise TrialError(f"{place} holds {found[0]!r}")


def follow_readme(project: Path) -> None:
    """Run the README's two commands: the tests, and the server until it answers."""
    serve, test = re.findall(
        r"^python3 -m venv .*$", (project / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    run(project, "/bin/sh", "-c", test, environ=environment())
    port = re.search(r"http://127\.0\.0\.1:(\d+)", (project / ".env").read_text(encoding="utf-8"))
    assert port is not None  # noqa: S101 - the default answer
    process = subprocess.Popen(  # noqa: S603 - a command of the project
        ["/bin/sh", "-c", serve],
        cwd=project,
        env=environment(),
        process_group=0,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + _SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            with (
                suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/healthz", timeout=5),
            ):
                return
            time.sleep(0.2)
        raise TrialError("what the README's first command starts does not answer")
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def environment() -> dict[str, str]:
    """Return an environment without our settings, which installs the locked versions."""
    return environ_without_settings() | {
        "UV_CONSTRAINT": str(CONSTRAINTS),
        "PIP_CONSTRAINT": str(CONSTRAINTS),
    }


def run(folder: Path, *command: str, environ: dict[str, str]) -> None:
    """Run a command. If it fails, raise an error with the end of its output."""
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        cwd=folder,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise TrialError(done.stdout[-4000:])


def run_trials(names: list[str], folder: Path) -> Iterator[Trial]:
    """Try the templates with these names, one after the other."""
    release = folder / "release"
    run(
        ROOT,
        sys.executable,
        "-m",
        "uv",
        "build",
        "-q",
        "--wheel",
        "--out-dir",
        str(release),
        environ=environment(),
    )
    with databases() as new_database:
        runner = TrialRunner(folder, new_database, release)
        ways = itertools.cycle(WAYS)
        for template, (manifest, role) in starters().items():
            way = next(ways)
            if template in names:
                yield runner.try_template(manifest, role, way)
        yield runner.try_from_url(names[0])


def main() -> int:
    """Try the templates, show a grid, and return the exit status: 0 if every step succeeded."""
    end_on_signals(1)
    parser = argparse.ArgumentParser(
        prog="nox -s templates --",
        description="Make a project of each template, and put it to the test.",
    )
    parser.add_argument("template", nargs="*", default=list(starters()), help="which ones (all)")
    names = parser.parse_args().template
    for name in names:
        if name not in starters():
            parser.error(f"{name} is none of {', '.join(starters())}")
    done = []
    with tempfile.TemporaryDirectory(prefix="cookbook-templates-") as folder:
        for found in run_trials(names, Path(folder)):
            _say(
                f"{found.template}: {', '.join(found.results.values()) if set(found.results.values()) == {OK} else found.results}"
            )
            done.append(found)
    rows = [["template", "shared_validator", *_STEPS, "time"], *(found.row() for found in done)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    _say()
    for row in rows:
        _say("  ".join(map(str.ljust, row, widths)).rstrip())
    return 0 if all({OK} == set(found.results.values()) for found in done) else 1


def _say(line: str = "") -> None:
    print(line, flush=True)  # noqa: T201 - this is what the command is for


if __name__ == "__main__":
    raise SystemExit(main())
