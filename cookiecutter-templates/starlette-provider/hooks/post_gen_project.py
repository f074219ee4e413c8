"""Finishes a project: removes what was not chosen, writes `.env`, adds shared_validator, records the origin, runs `git init`."""

import base64
import importlib.util
import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

ANSWERS = json.loads({{ cookiecutter|jsonify|tojson }})

WITHOUT = {
    "notes": "own" not in ANSWERS.get("__providers", "own").split(),  # only your own provider has them
    "sqlite": ANSWERS["database"] != "sqlite",
}
NOT_CHOSEN = {
    "LICENSE": ANSWERS["license"] == "none",
    "templates/consumer_notes.html": WITHOUT["notes"],
    "tests/test_notes.py": WITHOUT["notes"],
}


def new_key():
    return base64.urlsafe_b64encode(os.urandom(32)).decode()


SECRETS = {
    "OAUTH_SECRET_KEY": new_key,
    "CONSUMER_SECRET_KEY": new_key,
    "SESSION_SECRET": secrets.token_urlsafe,
    "POSTGRES_PASSWORD": secrets.token_urlsafe,
}


class CannotFinishError(Exception):
    """The project cannot be finished; the message is one line that says what to do."""


def what_next(project, to_fill_in):
    """Return the next steps, as in the README."""
    serve = "python3 -m venv .venv && .venv/bin/pip install -q 'nox[uv]' && .venv/bin/nox -s serve"
    lines = [f"Serve your project: cd {shlex.quote(str(project))} && {serve}"]
    if to_fill_in:
        lines.append(f"Its .env waits for what others will give you: {', '.join(to_fill_in)}")
    return "\n".join(lines)


def remove_what_was_not_chosen():
    for name, unwanted in NOT_CHOSEN.items():
        if unwanted:
            Path(name).unlink(missing_ok=True)


def write_secrets():
    """Write `.env` with new secrets if there is none, and return the names that are still empty in it."""

    def filled_in(line):
        name = line.removesuffix("=")
        return line + SECRETS[name]() if line.endswith("=") and name in SECRETS else line

    lines = Path(".env.example").read_text(encoding="utf-8").splitlines()
    # Only create a new file: existing secrets are never replaced, and no one else can read the file.
    with suppress(FileExistsError), open(os.open(".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.writelines(f"{filled_in(line)}\n" for line in lines)
    return re.findall(r"^(\w+)=$", Path(".env").read_text(encoding="utf-8"), re.MULTILINE)


def git(folder, *arguments):
    """Return git's output, or `None` if it fails or is not installed."""
    with suppress(OSError):
        done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return None


def find_template():
    """Return the template's folder, or `None`. cookiecutter gives its path as typed, but not relative to which folder."""
    for folder in (ANSWERS["_output_dir"], os.environ.get("PWD", "")):
        template = Path(folder, ANSWERS["_repo_dir"]).resolve()
        if (template / "cookiecutter.json").is_file():
            return template
    return None


def find_repository(template):
    for folder in template.parents if template else ():
        if (folder / "shared_validator").is_dir() and (folder / "pyproject.toml").is_file():
            return folder
    raise CannotFinishError(
        "shared_validator is not beside this template: use the template from a clone or the URL of its repository, "
        "or answer shared_validator=release"
    )


@contextmanager
def repository():
    """Yield the folder of the repository that the template came from."""
    if "_repo_dir" in ANSWERS:
        yield find_repository(find_template())
        return
    with tempfile.TemporaryDirectory() as folder:  # cruft has a clone, but only gives its URL
        for command in (("clone", "--quiet", "--no-checkout", ANSWERS["_template"], "."), ("checkout", "--quiet", ANSWERS["_commit"])):
            if git(folder, *command) is None:
                raise CannotFinishError(f"{ANSWERS['_template']} does not give its commit {ANSWERS['_commit']}: is it still there?")
        yield Path(folder)


def copy_package(source, target):
    shutil.copytree(source / "shared_validator", target, ignore=shutil.ignore_patterns("__pycache__", ".*"))


def build_wheel(source):
    """Build shared_validator into `wheels/`, from a copy, so that no files are left in the repository."""
    uv = shutil.which("uv")
    if uv is None and importlib.util.find_spec("pip") is None:
        raise CannotFinishError("shared_validator cannot be built without uv or pip: install uv, or answer shared_validator=vendored")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "source")
        copy_package(source, copy / "shared_validator")
        for name in ("pyproject.toml", "README.md", "LICENSE", "constraints.txt"):
            shutil.copy(source / name, copy)
        build = [uv, "build", "--quiet", "--wheel", "--out-dir", folder]
        if uv is None:
            build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, "."]
        # The same builder makes the same wheel, byte for byte, so that an update can compare it. Each of these variables locks its version.
        locked = dict.fromkeys(("UV_BUILD_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PIP_CONSTRAINT"), "constraints.txt")
        if subprocess.run(build, cwd=copy, env=os.environ | locked, check=False).returncode:
            raise CannotFinishError("shared_validator could not be built: answer shared_validator=vendored, which builds nothing")
        Path("wheels").mkdir(exist_ok=True)
        for wheel in Path("wheels").glob("shared_validator-*.whl"):
            wheel.unlink()
        for wheel in Path(folder).glob("*.whl"):
            shutil.copy(wheel, "wheels")


def vendor(source):
    """Copy the source of shared_validator, with its licence and its version."""
    shutil.rmtree("shared_validator", ignore_errors=True)
    copy_package(source, "shared_validator")
    shutil.copy(source / "LICENSE", "shared_validator")
    version = re.search(r'^version = "(.+)"$', (source / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE).group(1)
    commit = git(source, "rev-parse", "HEAD")
    stamp = f"shared_validator {version}" + (f", commit {commit}" if commit else "")
    Path("shared_validator", "VENDORED.txt").write_text(f"{stamp}\n", encoding="utf-8")


BRING = {"wheel": build_wheel, "vendored": vendor}


def bring_shared_validator():
    """Add shared_validator to the project. A release comes from the package index."""
    if ANSWERS["shared_validator"] in BRING:
        with repository() as source:
            BRING[ANSWERS["shared_validator"]](source)


def record_origin():
    """Record template and commit as cruft does, so that `cruft update` can apply later changes of the template."""
    template = find_template()
    tracked = template and git(template, "ls-files", "--full-name", "cookiecutter.json")
    commit = tracked and git(template, "rev-parse", "HEAD")
    if commit:
        origin = {
            "template": url_of(template),
            "commit": commit,
            "checkout": ANSWERS["_checkout"],
            "context": {"cookiecutter": {name: answer for name, answer in ANSWERS.items() if not name.startswith("_")}},
            "directory": Path(tracked).parent.as_posix(),
        }
        Path(".cruft.json").write_text(json.dumps(origin, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def url_of(template):
    """Return a URL where others can get the commit: the remote that was cloned, or this checkout."""
    if git(template, "for-each-ref", "--contains", "HEAD", "refs/remotes/origin"):
        url = urlsplit(git(template, "config", "remote.origin.url"))
        # Don't record a password in the URL.
        return (url._replace(netloc=url.netloc.rpartition("@")[2]) if url.scheme in ("http", "https") else url).geturl()
    return git(template, "rev-parse", "--show-toplevel")


def begin_history():
    if git(".", "rev-parse", "--is-inside-work-tree") is None:
        git(".", "-c", "init.defaultBranch=main", "init", "--quiet")


def main():
    remove_what_was_not_chosen()
    to_fill_in = write_secrets()
    try:
        bring_shared_validator()
    except CannotFinishError as error:
        return str(error)
    if "_repo_dir" in ANSWERS:  # cruft records the origin itself, and bakes twice for each update
        record_origin()
        print(what_next(Path.cwd(), to_fill_in))
    begin_history()
    return None


if __name__ == "__main__":
    sys.exit(main())
