"""`{errors}`: error codes with the routes that send them, and `{errors} descriptions`, `pages` and `consumer`: what is said with them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

from oauthlib.oauth1.rfc5849 import errors as oauth1_errors
from oauthlib.oauth2.rfc6749 import errors as oauth2_errors
from oauthlib.oauth2.rfc8628 import errors as device_errors
from oauthlib.openid.connect.core import exceptions as openid_errors
from sphinx.application import Sphinx

from cookbook.contract import label
from cookbook.tables import Generated, MissingSource, table
from frameworks.contract import CONTRACT
from frameworks.manifests import ROOT
from shared_validator.consumer import errors as consumer_errors
from shared_validator.http import BadRequest
from shared_validator.validators.oauth1 import UNAUTHENTICATED, unauthenticated

_PACKAGE = ROOT / "shared_validator"
_ERRORS = (oauth2_errors.OAuth2Error, oauth1_errors.OAuth1Error)
_FROM_OAUTHLIB = {
    value.error
    for module in (oauth2_errors, device_errors, openid_errors)
    for value in vars(module).values()
    if isinstance(value, type) and issubclass(value, _ERRORS) and value.error
}
_CODE = re.compile(r"[a-z]+(?:_[a-z]+)+")


class Errors(Generated):
    """One of the tables; without an argument, that of the codes."""

    optional_arguments = 1

    def markdown(self) -> str:
        """Return the table."""
        which = self.arguments[0] if self.arguments else "codes"
        if which not in _TABLES:
            raise MissingSource(f"there are tables of {', '.join(_TABLES)}")
        header, rows = _TABLES[which]
        return table(header, sorted(set(rows())))


def codes() -> Iterator[tuple[str, str]]:
    """Yield each code with the routes where the contract names it."""
    routes: dict[str, list[str]] = defaultdict(list)
    said = {code for code, _text, _file in descriptions()}
    for role, path, text in _sections():
        quoted = " ".join(re.findall(r"`([^`]+)`", text))
        for code in sorted(set(_CODE.findall(quoted)) & (_FROM_OAUTHLIB | said)):
            routes[code].append(f"{{ref}}`{path} <{label(role, path)}>`")
    for code in routes.keys() | said:
        yield f"`{code}`", ", ".join(routes.get(code, ())) or "not named by the contract"


def _sections() -> Iterator[tuple[str, str, str]]:
    role = ""
    for part in re.split(r"^(?=##)", CONTRACT.read_text(encoding="utf-8"), flags=re.MULTILINE):
        heading, _, text = part.partition("\n")
        if heading.startswith("## "):
            role = heading[3:].lower()
        elif heading.startswith("### "):
            yield role, heading.rpartition(" ")[2], text


def descriptions() -> Iterator[tuple[str, str, str]]:
    """Yield each code that our code sends, the description with it, and the file."""
    for path, module, tree in _modules():
        for node in ast.walk(tree):
            for code, text in _raised(node, module) or _written(node):
                yield code, text, path.relative_to(ROOT).as_posix()


def _raised(node: ast.AST, module: ModuleType) -> list[tuple[str, str]]:
    """Return code and description where one of oauthlib's errors is raised or made."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Name | ast.Attribute):
        callee, arguments = node.exc, []
    elif isinstance(node, ast.Call):
        callee, arguments = (
            node.func,
            [
                *node.args,
                *(keyword.value for keyword in node.keywords if keyword.arg == "description"),
            ],
        )
    else:
        return []
    made = _resolved(callee, module)
    if made is unauthenticated:
        return [
            (
                oauth1_errors.InvalidClientError.error,
                _text(arguments[0]) if arguments else UNAUTHENTICATED,
            )
        ]
    if not (isinstance(made, type) and issubclass(made, _ERRORS)):
        return []
    texts = [_text(argument) for argument in arguments if _text(argument)]
    code = made.error or (texts.pop(0) if texts else "")
    return [(code, texts[0] if texts else made.description or "")] if code else []


def _written(node: ast.AST) -> list[tuple[str, str]]:
    """Return code and description where an answer, or a class of problems, is written out."""
    if isinstance(node, ast.ClassDef):
        return _problem(node)
    if isinstance(node, ast.Dict):
        pairs = {
            _text(key): _text(value)
            for key, value in zip(node.keys, node.values, strict=True)
            if key is not None
        }
        return [(pairs["error"], pairs.get("error_description", ""))] if pairs.get("error") else []
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "_refusal"
    ):
        texts = [_text(argument) for argument in node.args if _text(argument)]
        return [(texts[0], texts[1])]
    return []


def _problem(node: ast.ClassDef) -> list[tuple[str, str]]:
    """Return the code and the message of a kind of `HTTPProblem`."""
    codes = [
        _text(line.value)
        for line in node.body
        if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "error"
    ]
    messages = [
        _text(call.args[0])
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__" and call.args
    ]
    return [(codes[0], message) for message in messages if codes and message]


def pages() -> Iterator[tuple[str, str]]:
    """Yield each sentence that refuses a request which nobody is redirected for, and who says it."""
    for path, module, tree in _modules():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and node.args
                and _resolved(node.func, module) is BadRequest
                and _text(node.args[0])
            ):
                yield _text(node.args[0]), f"`{path.relative_to(ROOT).as_posix()}`"
    for error in vars(oauth2_errors).values():
        if (
            isinstance(error, type)
            and issubclass(error, oauth2_errors.FatalClientError)
            and error.description
        ):
            yield error.description, f"oauthlib's `{error.__name__}`"


def consumer() -> Iterator[tuple[str, str]]:
    """Yield each code that a provider may send, and what the person reads then."""
    for code, sentence in consumer_errors._CODES.items():
        yield f"`{code}`", sentence
    yield "any other", consumer_errors.REFUSED


def _modules() -> Iterator[tuple[Path, ModuleType, ast.Module]]:
    for path in sorted(_PACKAGE.rglob("*.py")):
        inside = path.relative_to(_PACKAGE).parts
        if inside[0] in ("consumer", "django", "store") or path.stem == "__main__":
            continue
        module = import_module(
            ".".join(
                [
                    "shared_validator",
                    *inside[:-1],
                    *([path.stem] if path.stem != "__init__" else []),
                ]
            )
        )
        yield path, module, ast.parse(path.read_text(encoding="utf-8"))


def _resolved(node: ast.expr, module: ModuleType) -> object:
    match node:
        case ast.Name(id=name):
            return getattr(module, name, None)
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return getattr(getattr(module, owner, None), name, None)
    return None


def _text(node: ast.AST) -> str:
    """Return a text as it stands in the code, with an ellipsis for what is filled in; a text to be translated, too."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_text(part) or "…" for part in parts)
        case ast.Call(func=ast.Name(id="_" | "gettext"), args=[text]):
            return _text(text)
    return ""


def _described() -> Iterator[tuple[str, str, str]]:
    for code, text, file in descriptions():
        yield f"`{code}`", text or "–", f"`{file}`"


_TABLES = {
    "codes": (("code", "sent by"), codes),
    "descriptions": (("code", "description", "sent from"), _described),
    "pages": (("sentence", "sent from"), pages),
    "consumer": (("code of the provider", "what the person reads"), consumer),
}


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("errors", Errors)
