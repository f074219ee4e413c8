"""The questions of a template and the answers it refuses: its `cookiecutter.json`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

PROJECT_NAMES = {"provider": "OAuth Provider", "consumer": "OAuth Consumer"}
DESCRIPTIONS = {
    "provider": "An OAuth 1.0a, OAuth 2.1 and OpenID Connect provider in {title}, and its API",
    "consumer": "An application in {title} whose users sign in with a provider",
}
"""The examples' docstrings without the full stop: the default answers reproduce the examples."""

LABELS = {
    "database": {
        "__prompt__": "Database",
        "sqlite": "SQLite: one file, nothing to install",
        "postgresql": "PostgreSQL",
    },
    "license": {
        "__prompt__": "Licence",
        "BSD-3-Clause": "BSD-3-Clause",
        "MIT": "MIT",
        "none": "None: all rights reserved",
    },
    "shared_validator": {
        "__prompt__": "Where shared_validator, which knows OAuth, comes from",
        "wheel": "Built from the repository of this template, and kept in wheels/",
        "vendored": "Its source, copied into the project",
        "release": "A release on the package index",
    },
}

# Each Python has its own lists, and a template must not depend on the one that generated it. These
# are the lists of 3.11 to 3.14.
KEYWORDS = """
    and as assert async await break case class continue def del elif else except false finally for from global if import in is lambda match
    none nonlocal not or pass raise return true try type while with yield
"""
MODULES = """
    abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2
    calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall compression concurrent configparser contextlib
    contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest email encodings
    ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob
    graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress itertools json keyword lib2to3
    linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib
    nt ntpath nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib
    poplib posix posixpath pprint profile pstats pty pwd pyclbr pydoc pyexpat queue quopri random re readline reprlib resource rlcompleter
    runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 ssl stat
    statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny tarfile telnetlib tempfile termios textwrap
    this threading time timeit tkinter token tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata
    unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib
    zoneinfo
"""
DEVICES = """
    aux com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9 nul prn
"""

Rules = list[tuple[str, str]]
"""Rules for refusing an answer: a condition on `answer`, in Jinja, and the end of the message.

The first rule whose condition is true counts.
"""

# These are copied unchanged into TOML, docstrings, Markdown tables and double quotes in a shell. An
# update renders the answers again, so none may be a template.
TEXT: Rules = [
    ("not answer.strip()", "is empty; it must be a line of text"),
    (
        "not answer.isprintable()",
        "has a line break or another character that cannot be seen; it must be one line of text",
    ),
    (
        r"""answer|select("in", '"\\{}$`|')|list""",
        r"""has one of " \ { } $ ` |; it must be a line of text without them""",
    ),
    ("answer|length > 100", "is too long; it may have 100 characters"),
]

_SLUG = "it must be made of a-z, 0-9 and single hyphens between them, and begin with a letter"

URL: Rules = [
    (
        'answer|reject("in", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~%:/[]")|list',
        "has a character that no such URL has: it must be an https URL without query, fragment and user",
    ),
    (
        'not answer.startswith(("https://", "http://"))',
        "is not an absolute URL that begins with https://",
    ),
    ("not host", "names no host"),
    (
        '":" in after and not (port.isdigit() and port|int < 65536)',
        "has no number of a port behind its colon",
    ),
    ('answer.endswith("/")', "ends with a slash; it must be given without"),
    (
        'answer.startswith("http:") and host not in ("localhost", "[::1]")'
        ' and not (host.startswith("127.") and host.count(".") == 3 and host.replace(".", "").isdigit())',
        "must be an https URL: only a loopback address (localhost, 127.0.0.1, [::1]) may have http",
    ),
]
ORIGIN: Rules = [*URL, ('"/" in rest', "has a path; it must be the root of a host")]
_PARTS = """
{%- set rest = answer.split("://")|last -%}
{%- set authority = rest.split("/")|first -%}
{%- set after = authority.split("]")|last -%}
{%- set port = after.partition(":")[2] -%}
{%- set host = authority.rpartition(":")[0] if ":" in after else authority -%}
"""


def questions(
    role: str, title: str, reserved: Collection[str], presets: Collection[str]
) -> dict[str, Any]:
    """Return the content of a template's `cookiecutter.json`.

    Args:
        role: `provider` or `consumer`.
        title: the framework's name in prose.
        reserved: names that no project may have: its dependencies, and its files and packages.
        presets: the names of the providers that `shared_validator` has presets for.
    """
    own = "of your own provider, which `own` means" if role == "consumer" else "of the provider"
    asked: dict[str, tuple[object, object]] = {
        "project_name": (PROJECT_NAMES[role], "Name of the project"),
        "project_slug": (
            "{{ cookiecutter.project_name|slugify }}",
            "Name of its folder and package",
        ),
        "description": (DESCRIPTIONS[role].format(title=title), "What it is, in one line"),
        "author": ("The authors of {{ cookiecutter.project_name }}", "Author"),
        "database": _choice("database"),
    }
    checks = [
        'text("project_name", cookiecutter.project_name)',
        'slug("project_slug", cookiecutter.project_slug)',
        'text("description", cookiecutter.description)',
        'text("author", cookiecutter.author)',
    ]
    macros = [_macro("text", TEXT), _macro("slug", _slug(reserved))]
    derived = {}
    if role == "consumer":
        names = ["own", *presets]
        asked["providers"] = (
            "own",
            f"Where people sign in, separated by spaces ({', '.join(names)})",
        )
        asked["url"] = ("http://127.0.0.1:5002", "Public URL of the application")
        # With a space at both ends, so that a file of the template can look for `" own "`.
        derived["__providers"] = (
            '{{ " " ~ cookiecutter.providers.lower().replace(",", " ").split()|join(" ") ~ " " }}'
        )
        macros += [
            _macro(
                "providers",
                _providers(names),
                "{% set chosen = cookiecutter.__providers.split() %}",
            )
        ]
        macros += [_macro("url", ORIGIN, _PARTS), _macro("issuer", URL, _PARTS)]
        checks += ['providers("providers", cookiecutter.providers)', 'url("url", cookiecutter.url)']
    else:
        macros += [_macro("issuer", ORIGIN, _PARTS)]
    asked["issuer_url"] = ("http://127.0.0.1:5001", f"Public URL {own}")
    checks += ['issuer("issuer_url", cookiecutter.issuer_url)']
    url, port = ("url", 5002) if role == "consumer" else ("issuer_url", 5001)
    # An https URL is served by a proxy that terminates TLS; this server listens on its own port.
    own_port = f'cookiecutter.{url}.startswith("http://") and cookiecutter.{url}.rpartition(":")[2].isdigit()'
    derived["__port"] = (
        f'{{{{ cookiecutter.{url}.rpartition(":")[2] if {own_port} else "{port}" }}}}'
    )
    asked |= {name: _choice(name) for name in ("license", "shared_validator")}
    return {
        **{name: default for name, (default, _) in asked.items()},
        "__prompts__": {name: prompt for name, (_, prompt) in asked.items()},
        **derived,
        "__refusal": f"{''.join(macros)}{{{{ {' or '.join(checks)} }}}}",
        # cookiecutter loads extensions before it writes anything. `refusal.py`, next to this file,
        # refuses with a one-line message.
        "__refused": "{% if cookiecutter.__refusal %}"
        '{% set _ = cookiecutter.update({"_extensions": ["refusal:" ~ cookiecutter.__refusal]}) %}'
        "{% endif %}",
    }


def _choice(name: str) -> tuple[list[str], dict[str, str]]:
    labels = LABELS[name]
    return [value for value in labels if value != "__prompt__"], labels


def _slug(reserved: Iterable[str]) -> Rules:
    # Package indexes compare names in this way.
    taken = sorted(
        {re.sub(r"[-_.]+", "-", name).lower() for name in reserved} | {"templates", "test", "tests"}
    )
    return [
        ("not answer", f"is empty; {_SLUG}"),
        ("answer|slugify != answer or answer[0].isdigit()", f"is not accepted; {_SLUG}"),
        ("answer|length > 50", "is too long; it may have 50 characters"),
        (_one_of(KEYWORDS.split()), "is a keyword of Python; choose another name"),
        (_one_of(MODULES.split()), "is a module of Python's standard library; choose another name"),
        (
            _one_of(DEVICES.split()),
            "is a name that Windows keeps for a device; choose another name",
        ),
        (
            _one_of(taken),
            "is the name of something that the project uses or holds; choose another name",
        ),
    ]


def _providers(names: Iterable[str]) -> Rules:
    accepted = f"accepted are {', '.join(names)}"
    return [
        ("not chosen", f"names no provider; {accepted}"),
        (
            f'chosen|reject("in", "{" ".join(names)}".split())|list',
            f"names a provider that is not known; {accepted}",
        ),
        (
            "chosen|length != chosen|unique|list|length",
            "names a provider twice; each may be named once",
        ),
    ]


def _one_of(names: Iterable[str]) -> str:
    return f'answer in "{" ".join(names)}".split()'


def _macro(name: str, rules: Rules, setup: str = "") -> str:
    """Return a Jinja macro that returns the message that refuses an answer, or an empty string.

    Python's notation keeps the answer on one line.
    """
    refusals = (
        f"if {condition} %}}{{{{ question }}}}: {{{{ '%r'|format(answer) }}}} {said}"
        for condition, said in rules
    )
    return f"{{% macro {name}(question, answer) %}}{setup}{{% {'{% el'.join(refusals)}{{% endif %}}{{% endmacro %}}"
