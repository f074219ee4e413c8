"""All tasks. `nox -l` lists them; arguments after `--` go to the task."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "types", "tests"]

ROOT = Path(__file__).parent
PYPROJECT = nox.project.load_toml("pyproject.toml")
# Lock the build of our own package too: uv, pip and older pips each have a variable for it.
LOCKED = {
    name: str(ROOT / "constraints.txt")
    for name in ("UV_BUILD_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT")
}
# The tests start hundreds of processes: keep the bytecode even if the environment says not to.
COMPILED = {"PYTHONDONTWRITEBYTECODE": ""}
# One process more than there are processors, since tests wait for servers and browsers.
IN_PARALLEL = ("-n", str(min(4, (os.cpu_count() or 1) + 1)), "--dist", "loadgroup")
PYPROJECTS = sorted(
    str(path.relative_to(ROOT)) for path in ROOT.glob("frameworks/*/pyproject.toml")
)


def install(session: nox.Session, *what: str, group: str) -> None:
    """Install a dependency group and more, all at the locked versions."""
    session.install(
        "-q",
        "-c",
        "constraints.txt",
        *what,
        *nox.project.dependency_groups(PYPROJECT, group),
        env=LOCKED | {"UV_COMPILE_BYTECODE": "1"},
    )


def become(session: nox.Session, module: str, *arguments: str) -> None:
    """Become `python -m MODULE` in this process, so that it gets signals and owns standard output.

    Arguments that follow `--` replace the given ones.
    """
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", module, *(session.posargs or arguments)])  # noqa: S606 - no shell is wanted


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format."""
    install(session, group="lint")
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types of shared_validator, strictly."""
    install(
        session,
        "-e",
        f".[{','.join(PYPROJECT['project']['optional-dependencies'])}]",
        group="types",
    )
    session.run("mypy", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run all tests, including served examples, and measure shared_validator's coverage.

    With arguments for pytest, run only those tests: their coverage would mean nothing.
    """
    install(session, "-e", ".[postgresql]", group="tests")
    if session.posargs:
        parallel = IN_PARALLEL if "--framework" in session.posargs else ()
        session.run("pytest", *parallel, *session.posargs, env=COMPILED)
        return
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *IN_PARALLEL, env=COMPILED)
    session.run("coverage", "combine", "-q")
    # Print only the total, after pytest's list of what was skipped and why.
    session.run("coverage", "report", "--format=total")


@nox.session(default=False)
def everything(session: nox.Session) -> None:
    """Run every tier of the tests for every framework."""
    install(session, "-e", ".[postgresql]", group="tests")
    session.run("pytest", "--everything", *(session.posargs or IN_PARALLEL), env=COMPILED)


@nox.session(default=False)
def check(session: nox.Session) -> None:
    """Serve a framework's examples, and print each route of the contract with ✓ or ✗: `-- NAME`."""
    install(session, "-e", ".[postgresql]", group="tests")
    session.run(
        *("pytest", "-p", "tests.checklist", "-n", "2", "--dist", "loadgroup"),
        *("-q", "--no-header", "--tb=no", "-rN", "tests/edge"),
        *("tests/conformance/test_routes.py", "--framework", *session.posargs),
        env=COMPILED,
    )


@nox.session(default=False)
def mutants(session: nox.Session) -> None:
    """Plant the faults of tests/mutants.toml one by one, and check that a test fails; `-- WORD` selects faults by name."""
    install(session, "-e", ".[postgresql]", group="tests")
    session.run("python", "-m", "tests.mutants", *session.posargs)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Build the guide, as pages in build/guide/html and as a book in build/guide/epub; a warning or a stale recording is an error."""
    install(session, "-e", ".", group="docs")
    session.run("python", "-m", "guide.cookbook.recording", "--check")
    shutil.rmtree(
        ROOT / "build" / "guide", ignore_errors=True
    )  # an old page may not match its source any more
    strictly = ("-W", "-n", "--keep-going", "-q", "-d", "build/guide/doctrees")
    for builder in ("html", "epub"):
        session.run(
            "python",
            "-m",
            "sphinx",
            *strictly,
            "-b",
            builder,
            *session.posargs,
            "guide",
            f"build/guide/{builder}",
        )


@nox.session(default=False, venv_backend="none")
def demo(session: nox.Session) -> None:
    """See a user sign in: a provider and a consumer in your browser; `-- --check` signs in by itself."""
    become(session, "frameworks.demo")


@nox.session(default=False, venv_backend="none")
def tutorial(session: nox.Session) -> None:
    """Serve a step of the guide's tutorial, and show its requests: `-- STEP`."""
    become(session, "guide.examples.tutorial.serve_step")


@nox.session(default=False, venv_backend="none")
def serve(session: nox.Session) -> None:
    """Serve one example: `-- FRAMEWORK ROLE --port PORT [--database URL] [--seed FILE.json] [--providers FILE.toml] [--extra NAME]`."""
    become(session, "frameworks.serve")


@nox.session(default=False, venv_backend="none")
def copy(session: nox.Session) -> None:
    """Copy one complete example into a new folder: `-- FRAMEWORK ROLE FOLDER`."""
    become(session, "frameworks.assembly")


@nox.session(default=False, venv_backend="none")
def new(session: nox.Session) -> None:
    """Write the folder of a new framework: `-- NAME --kind wsgi|asgi|loop [--like NAME] [--title TITLE]`."""
    become(session, "frameworks.new")


@nox.session(default=False, venv_backend="none")
def interop(session: nox.Session) -> None:
    """Sign in from every consumer at every provider, and update frameworks/interop.json.

    With `-- FRAMEWORK …` it only runs and shows these.
    """
    become(session, "frameworks.interop", "--json", "frameworks/interop.json")


@nox.session(default=False)
def generate(session: nox.Session) -> None:
    """Write cookiecutter-templates/ and guide/recordings/; `-- --check` lists what is out of date.

    The templates are made from the examples, and the recordings from a run.
    """
    install(session, "-e", ".", group="generate")
    session.run("python", "-m", "frameworks.starter.generate", *session.posargs)
    session.run("python", "-m", "guide.cookbook.recording", *session.posargs)


@nox.session(default=False)
def templates(session: nox.Session) -> None:
    """Make a project from each template, install it, run its checks, and sign in through it.

    The answers to the template's questions are not the defaults.
    """
    install(session, "-e", ".[postgresql]", group="templates")
    session.run("python", "-m", "frameworks.starter.trial", *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure costs, as ratios within one run."""
    install(session, "-e", ".[postgresql]", group="bench")
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Write constraints.txt: everything that the tasks install, for every platform and Python.

    Versions that are there already stay; `-- --upgrade` takes the newest ones.
    """
    install(session, group="nox")
    session.run(
        *(
            "uv",
            "pip",
            "compile",
            "--quiet",
            "--universal",
            "--all-extras",
            "--python-version",
            "3.11",
        ),
        *(part for group in PYPROJECT["dependency-groups"] for part in ("--group", group)),
        *(
            "--no-emit-package",
            "shared-validator",
            "--custom-compile-command",
            "nox -s lock",
            "--output-file",
            "constraints.txt",
        ),
        *("pyproject.toml", *PYPROJECTS),
        *session.posargs,
    )
