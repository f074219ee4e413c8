"""`{validator-methods} oauth2` and `oauth1`: what oauthlib asks our validator, by grant, and what our answer is.

It is read from the code that runs: each access to the validator counts, from the method that an endpoint calls on through every method that
this one calls on itself. What is called in other ways (a registered callback, say) is not seen.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator

from oauthlib.oauth2.rfc6749.grant_types.base import GrantTypeBase
from sphinx.application import Sphinx

from cookbook.docstrings import summary
from cookbook.tables import Generated, MissingSource, table
from shared_validator.endpoints import oauth1, token
from shared_validator.endpoints.device_authorization import DeviceAuthorization
from shared_validator.flows.oauth2 import AuthorizationFlow
from shared_validator.validators.code_grant import CodeGrant
from shared_validator.validators.oauth1 import OAuth1Resource
from shared_validator.validators.oauth1_validator import OAuth1Validator
from shared_validator.validators.oauth2 import OAuth2Validator

_VALIDATOR = ("request_validator", "_validator", "validator")


class ValidatorMethods(Generated):
    """A row for each method that is asked, with the grants that ask it."""

    required_arguments = 1

    def markdown(self) -> str:
        """Return the table of a protocol."""
        if self.arguments[0] not in _TABLES:
            raise MissingSource(f"there are tables of {' and '.join(_TABLES)}")
        validator, columns = _TABLES[self.arguments[0]]
        asked = {title: set().union(*(reached(cls, entry) for cls, entry in entries)) for title, entries in columns.items()}
        ours = [name for name in dir(validator) if name[0] != "_" and _is_ours(validator, name) and hasattr(validator.__mro__[1], name)]
        methods = sorted({name for names in asked.values() for name in names if hasattr(validator, name)}.union(ours))
        rows = [(f"`{name}`", *("•" if name in asked[title] else "" for title in asked), _answer(validator, name)) for name in methods]
        return table(("method", *asked, "our answer"), rows)


def reached(cls: type, entry: str) -> set[str]:
    """Return the names of the validator's methods that a call of a class's method leads to. Raises `MissingSource`."""
    if not hasattr(cls, entry):
        raise MissingSource(f"{cls.__name__} has no {entry}")
    found, seen, waiting = set(), set(), [(cls, entry)]
    while waiting:
        owner, name = step = waiting.pop()
        function = inspect.unwrap(getattr(owner, name, None) or len)
        if step in seen or not inspect.isfunction(function):
            continue
        seen.add(step)
        defined_in = next(base for base in owner.__mro__ if name in vars(base))
        for on_validator, called, inherited in _calls(function):
            if on_validator:
                found.add(called)
            elif inherited:
                waiting += [(base, called) for base in cls.__mro__[cls.__mro__.index(defined_in) + 1 :] if called in vars(base)][:1]
            else:
                waiting.append((cls, called))
    return found


def _calls(function: object) -> Iterator[tuple[bool, str, bool]]:
    """Yield what a method gets from the validator, from itself and from `super()`: (from the validator, name, from `super()`)."""
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):  # type: ignore[arg-type]
        if isinstance(node, ast.Attribute):
            match node.value:
                case ast.Attribute(attr=name) | ast.Name(id=name) if name in _VALIDATOR:
                    yield True, node.attr, False
                case ast.Name(id="self"):
                    yield False, node.attr, False
                case ast.Call(func=ast.Name(id="super")):
                    yield False, node.attr, True


def _is_ours(validator: type, name: str) -> bool:
    return next(base for base in validator.__mro__ if name in vars(base)).__module__.startswith("shared_validator.")


def _answer(validator: type, name: str) -> str:
    if not _is_ours(validator, name):
        return "oauthlib's own"
    found = getattr(validator, name)
    return summary(found) if callable(found) or isinstance(found, property) else f"`{found!r}`"


def _grants() -> dict[str, list[tuple[type, str]]]:
    used = [cls for cls in vars(token).values() if isinstance(cls, type) and issubclass(cls, GrantTypeBase) and cls is not GrantTypeBase]
    issuing = (token.IssuedTokens, "create_token")
    saving = (token.TokenEndpoint, "_issue")
    columns: dict[str, list[tuple[type, str]]] = {
        "authorization request": [(CodeGrant, "validate_authorization_request"), (AuthorizationFlow, "ask")]
    }
    for cls in used:
        columns[f"`{cls.__name__}`"] = [(cls, "validate_token_request"), issuing, saving]
    return columns | {"device authorization": [(DeviceAuthorization, "__call__")]}


_TABLES: dict[str, tuple[type, dict[str, list[tuple[type, str]]]]] = {
    "oauth2": (OAuth2Validator, _grants()),
    "oauth1": (
        OAuth1Validator,
        {
            "request token": [(oauth1._RequestToken, "respond")],
            "access token": [(oauth1._AccessToken, "respond")],
            "protected resource": [(OAuth1Resource, "check")],
        },
    ),
}


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("validator-methods", ValidatorMethods)
