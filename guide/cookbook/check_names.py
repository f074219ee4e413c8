"""What a page says in code type must exist: settings, routes, commands, tasks, files and modules of this repository."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from functools import cache
from importlib import import_module

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from cookbook.settings import rows
from frameworks.contract import routes
from frameworks.manifests import ROLES, ROOT
from shared_validator.cli import _parser

_log = logging.getLogger(__name__)

_SETTING = re.compile(r"\b(?:OAUTH|CONSUMER)_[A-Z0-9_]+\b")
_ROUTE = re.compile(r"(?:(?P<methods>[A-Z]+(?:, [A-Z]+)*) )?(?P<path>/[\w.<>…/-]*)(?:\?.*)?")
_COMMAND = re.compile(r"(?:python -m shared_validator|shared-validator) +([a-z][\w-]*)")
_TASK = re.compile(r"\bnox -s ([\w-]+)")
_FILE = re.compile(
    r"(?:frameworks|shared_validator|tests|guide|benchmarks|cookiecutter-templates)/[\w./{}-]*(?:::(?P<test>\w+))?"
)
_NAME = re.compile(r"shared_validator(?:\.\w+)+")
_PLACEHOLDER = re.compile(r"<[^>]*>|…")


def check(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of each mention in a page that leads nowhere."""
    page = app.env.current_document.docname
    if page in app.config.cookbook_quoting_pages:
        return
    others = set(app.config.cookbook_other_paths)
    for node in doctree.findall(lambda node: isinstance(node, nodes.literal) or _is_typed(node)):
        line = node.line or (node.parent.line if node.parent else None)
        for problem in problems(node.astext(), others):
            _log.warning(problem, location=(page, line), type="cookbook", subtype="mention")


def _is_typed(node: nodes.Node) -> bool:
    return isinstance(node, nodes.literal_block) and node.get("language") in (
        "sh",
        "console",
        "shell",
    )


def problems(text: str, others: set[str]) -> Iterator[str]:
    """Yield what is wrong with a text in code type.

    Args:
        text: a literal as it stands on the page, or command lines that a reader types.
        others: paths that are meant to be no routes of ours.
    """
    for name in _SETTING.findall(text):
        if name not in _settings():
            yield f"there is no setting {name}"
    for name in _COMMAND.findall(text):
        if name not in _commands():
            yield f"python -m shared_validator has no command {name}"
    for name in _TASK.findall(text):
        if name not in _tasks():
            yield f"nox has no session {name}"
    route = _ROUTE.fullmatch(text)
    if route and route["path"] not in others and not _is_route(route["path"], route["methods"]):
        yield f"the contract has no route {text}"
    file = _FILE.fullmatch(text)
    if file and not _is_there(text.partition("::")[0], file["test"]):
        yield f"there is no file {text}" if not file["test"] else f"there is no test {text}"
    if _NAME.fullmatch(text) and not _importable(text):
        yield f"there is no {text}"


@cache
def _settings() -> set[str]:
    return {name for role in ROLES for name, *_ in rows(role)}


@cache
def _commands() -> set[str]:
    actions = _parser()._actions
    return {
        name
        for action in actions
        if isinstance(action, argparse._SubParsersAction)
        for name in action.choices
    }


@cache
def _tasks() -> set[str]:
    starters = (
        ROOT / "frameworks" / "starter" / "skeleton" / "project" / "any"
    )  # a page may tell what is typed in a project made of it
    texts = [(folder / "noxfile.py").read_text(encoding="utf-8") for folder in (ROOT, starters)]
    return {
        name
        for text in texts
        for name in re.findall(r"^@nox\.session.*\ndef (\w+)\(", text, re.MULTILINE)
    }


def _is_route(path: str, methods: str | None) -> bool:
    wanted = set(methods.split(", ")) - {"HEAD"} if methods else set()
    known = [route for role in ROLES for route in routes(role)]
    if path.endswith("/") and path != "/":  # the beginning of routes
        return any(other.startswith(path) for _method, other in known)
    served = {
        method for method, other in known if re.fullmatch(_PLACEHOLDER.sub("[^/]+", other), path)
    }
    return bool(served) and wanted <= served


def _is_there(path: str, test: str | None) -> bool:
    found = ROOT / path
    return found.exists() and (test is None or f"def {test}(" in found.read_text(encoding="utf-8"))


def _importable(name: str) -> bool:
    module, found = "", None
    parts = name.split(".")
    for position, part in enumerate(parts):
        module = f"{module}.{part}".strip(".")
        try:
            found = import_module(module)
        except ModuleNotFoundError:
            return _has(found, parts[position:])
        except Exception:
            return True
    return True


def _has(found: object, names: list[str]) -> bool:
    for name in names:
        if not hasattr(found, name):
            return False
        found = getattr(found, name)
    return True


def setup(app: Sphinx) -> None:
    """Check each page once it was read."""
    app.add_config_value("cookbook_other_paths", (), "env", (tuple, list))
    app.add_config_value("cookbook_quoting_pages", (), "env", (tuple, list))
    app.connect("doctree-read", check)
