"""Writes the folder of a new framework: `nox -s new -- NAME --kind wsgi|asgi|loop [--like NAME]`.

The files are stubs that state the contract: the application starts and refuses every page, and
`nox -s check -- NAME` shows what is missing. With `--like`, they are another framework's files, to
be rewritten; the tests of the repository refuse files that stay as they are.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from string import Template

from frameworks.contract import sections
from frameworks.manifests import KINDS, ROLES, ROOT, Manifest, ManifestError, manifests
from frameworks.tracked import tracked_files

OWN_ROUTES = {
    "provider": {
        "/oauth2/authorize": (
            "authorize",
            "`provider.oauth2.ask(request, visitor)` returns the `question` of consent.html.",
        ),
        "/oauth1/authorize": (
            "authorize_oauth1",
            "`provider.oauth1.ask(request, visitor)` returns the `question` of oauth1_consent.html.",
        ),
        "/device": (
            "device",
            "`provider.device.ask(request, visitor)` returns the `question` of device.html.",
        ),
        "/api/me": (
            "me",
            '`provider.require(request, "profile")` returns the token, and `provider.claims(token)` '
            "the body.",
        ),
        "/api/notes": (
            "api_notes",
            "`notes` reads and writes the notes of `token.subject`; see notes.py and note_text.py.",
        ),
    },
    "consumer": {
        "/": (
            "home",
            "The template consumer_home.html needs `providers` (`consumer.providers`) and `login`.",
        ),
        "/login/<provider>": (
            "login",
            "`consumer.start(provider, visit.browser)` returns where to go.",
        ),
        "/callback/<provider>": (
            "callback",
            "`consumer.finish(provider, request, visit.browser)` returns a login, and "
            "`visit.begin(login.login_id)` starts its session.",
        ),
        "/profile": (
            "profile",
            "`consumer.login(visit.login_id)` returns the login, or `None`. The template "
            "consumer_profile.html needs `providers`, `login` and `claims` (`login.claims`).",
        ),
        "/notes": (
            "notes",
            "`consumer.session(login.login_id)` is a client of the API. `consumer.api_failure` makes "
            "a problem of its errors. The template consumer_notes.html needs `notes`, `text`, `error`.",
        ),
        "/logout": ("logout", "`consumer.log_out(visit.end())` returns where to go, or `None`."),
    },
}
"""The routes that an example answers itself, each with a function's name and what it calls. The
mount and the shared pages answer the others."""
_STUBS = ROOT / "frameworks" / "stubs"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_WIDTH = 84
_SERVERS = {
    "wsgi": (
        """server = [
    "-m", "waitress", "--listen=127.0.0.1:{port}", "--threads=8", "--channel-timeout=30",
    "--connection-limit=1000", "app:app",
]""",
        '\n    "waitress>=3.0.2",',
        "waitress' `--trusted-proxy` and `--trusted-proxy-headers`",
    ),
    "asgi": (
        """# An access log would contain codes and states.
server = [
    "-m", "uvicorn", "app:app", "--host=127.0.0.1", "--port={port}",
    "--limit-concurrency=1000", "--timeout-keep-alive=5",
    "--no-access-log", "--no-server-header", "--no-proxy-headers",
]""",
        '\n    "uvicorn[standard]>=0.54",',
        "uvicorn's `--proxy-headers` with `--forwarded-allow-ips`",
    ),
    "loop": ('server = ["app.py", "{port}"]', "", "TODO"),
}
_MOUNTS = {
    "provider": "provider.settings.issuer, provider.endpoints",
    "consumer": "settings.url, edge.service.service_endpoints(store)",
}


def stubs(name: str, title: str, kind: str) -> dict[str, str]:
    """Return the files of a new framework, by their paths in its folder.

    Args:
        name: the framework's name.
        title: its name in prose.
        kind: `wsgi`, `asgi` or `loop`.
    """
    server, server_package, client_address = _SERVERS[kind]
    values = {
        "name": name,
        "title": title,
        "package": _package(name),
        "kind": kind,
        "server": server,
        "server_package": server_package,
        "client_address": client_address,
        "consumer_class": "Consumer" if kind == "wsgi" else "AsyncConsumer",
    }
    files = {
        "pyproject.toml": _fill("pyproject.toml", values),
        "guide.md": _fill("guide.md", values),
        "common/web.py": _fill("web.py", values),
    }
    for role in ROLES:
        role_values = values | {
            "routes": "\n\n\n".join(_routes(role)),
            "application": _fill(f"{kind}.py", {"role": role, "mount": _MOUNTS[role]}).rstrip(),
        }
        files[f"{role}/app.py"] = _fill(f"{role}.py", role_values)
    return files


def _package(name: str) -> str:
    return name.replace("-", "_")


def _fill(stub: str, values: dict[str, str]) -> str:
    return Template((_STUBS / f"{stub}.txt").read_text(encoding="utf-8")).substitute(values)


def _routes(role: str) -> list[str]:
    contract = sections(role)
    return [
        _function(name, f"{contract[path][0]} {path}\n\n{contract[path][1]}\n\n{hint}")
        for path, (name, hint) in OWN_ROUTES[role].items()
    ]


def _function(name: str, text: str) -> str:
    lines = []
    for line in re.sub(r"\n +(?!- )", " ", text).splitlines():
        bullet = re.match(r" *- ", line)
        indent = " " * len(bullet[0]) if bullet else ""
        lines += textwrap.wrap(line, _WIDTH, subsequent_indent=indent) or [""]
    docstring = textwrap.indent("\n".join(lines), "    ").strip()
    return f'def {name}():\n    r"""{docstring}\n    """\n    raise NotImplementedError'


def copies(name: str, title: str, like: Manifest) -> dict[str, str]:
    """Return the files of a new framework that begins as a copy of another one.

    Args:
        name: the new framework's name.
        title: its name in prose.
        like: the manifest of the framework to copy.
    """
    files = {
        path.relative_to(like.folder).as_posix(): path.read_text(encoding="utf-8")
        for path in tracked_files(like.folder)
        if path.relative_to(like.folder).parts[0] not in ("tests", "recipes")
    }
    manifest = files["pyproject.toml"].replace(f"cookbook-{like.name}", f"cookbook-{name}")
    manifest = re.sub(r"^tests = .*\n", "", manifest, flags=re.MULTILINE)
    manifest = re.sub(
        r"^package = .*", f'package = "{_package(name)}"', manifest, flags=re.MULTILINE
    )
    return files | {"pyproject.toml": manifest.replace(like.title, title)}


def main() -> int:
    """Write the folder that the command line describes, and return the exit status."""
    parser = argparse.ArgumentParser(prog="nox -s new --", description="Begin a framework.")
    parser.add_argument("name", help="its package's name; the folder gets it too")
    parser.add_argument("--title", help="its name in prose; by default the same")
    parser.add_argument("--kind", choices=KINDS, help="may be left out with --like")
    parser.add_argument("--like", metavar="NAME", help="copy this framework's files, not the stubs")
    options = parser.parse_args()
    folder = ROOT / "frameworks" / options.name
    if not _NAME.fullmatch(options.name):
        parser.error(f"{options.name!r} is not a name: use lower-case letters, digits and hyphens")
    if folder.exists():
        parser.error(f"frameworks/{options.name}/ already exists")
    try:
        like = manifests()[options.like] if options.like else None
    except KeyError:
        parser.error(f"--like {options.like}: there are {', '.join(manifests())}")
    except ManifestError as error:
        parser.error(str(error))
    if not options.kind and not like:
        parser.error(f"say --kind {' or '.join(KINDS)}, or --like and another framework's name")
    if like and options.kind not in (None, like.kind):
        parser.error(f"{like.name} is {like.kind}, not {options.kind}: name another framework")
    title = options.title or options.name
    files = copies(options.name, title, like) if like else stubs(options.name, title, options.kind)
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
        print((folder / path).relative_to(ROOT))  # noqa: T201 - what was written, for a person
    print(f"Next: complete {options.name}/pyproject.toml, then nox -s check -- {options.name}")  # noqa: T201
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
