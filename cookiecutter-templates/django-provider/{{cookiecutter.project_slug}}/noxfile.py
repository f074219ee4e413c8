"""All tasks. `nox -l` lists them; arguments after `--` go to the task."""

{% if cookiecutter.shared_validator == "wheel" %}from pathlib import Path

{% endif %}import nox

nox.needs_version = ">=2025.5.1"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.sessions = ["lint", "tests"]

PYPROJECT = nox.project.load_toml("pyproject.toml")
WITH_SETTINGS = ("dotenv", "run", "--no-override", "--", "python")
MIGRATE = ["manage.py", "migrate", "--verbosity=0"]
SERVER = [
    "-m",
    "waitress",
    "--listen=127.0.0.1:{{ cookiecutter.__port }}",
    "--threads=8",
    "--max-request-body-size=4194304",
    "--channel-timeout=30",
    "--connection-limit=1000",
    "--no-clear-untrusted-proxy-headers",
    "config.wsgi:application",
]
MANAGE = ["manage.py"]


def install(session: nox.Session, group: str) -> None:
    """Install the application's dependencies and a dependency group."""
    session.install(
        "-q",
        "-e",
        ".",
{% if cookiecutter.shared_validator == "wheel" %}        *map(str, Path("wheels").glob("*.whl")),
{% endif %}        *nox.project.dependency_groups(PYPROJECT, group),
    )


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and format; `ruff check --fix` and `ruff format` fix most findings."""
    session.install("-q", *nox.project.dependency_groups(PYPROJECT, "lint"))
    session.run("ruff", "check", *session.posargs)
    session.run("ruff", "format", "--check")


@nox.session
def tests(session: nox.Session) -> None:
    """Run the tests, with their own server and database."""
    install(session, "tests")
    session.run("pytest", *session.posargs)


@nox.session(default=False)
def serve(session: nox.Session) -> None:
    """Serve on port {{ cookiecutter.__port }}, with the settings of .env."""
    install(session, "serve")
    session.run(*WITH_SETTINGS, *MIGRATE)
    session.run(*WITH_SETTINGS, *SERVER)


@nox.session(default=False)
def manage(session: nox.Session) -> None:
    """Manage it, with the settings of .env: `-- --help` lists the commands."""
    install(session, "serve")
    session.run(*WITH_SETTINGS, *MANAGE, *session.posargs)
