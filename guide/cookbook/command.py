"""`{command} python -m …`: a command and what it really prints, captured while the guide is built."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from frameworks.manifests import ROOT

_PATIENCE = 60
_KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR", "VIRTUAL_ENV")


class Command(SphinxDirective):
    """Show a command line and its output. The option `status` is the exit status that is expected, 0 without."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar = {"status": directives.nonnegative_int}

    def run(self) -> list[nodes.Node]:
        """Run the command; a status that was not expected fails the build."""
        line = " ".join(self.arguments[0].split())
        expected = self.options.get("status", 0)
        status, output = captured(line)
        if status != expected:
            raise self.error(f"`{line}` ended with the status {status}, not {expected}:\n{output}")
        typed = nodes.literal_block(line, line, language="sh")
        printed = nodes.literal_block(output, output, language="text", classes=["output"])
        return [typed, printed]


def captured(line: str) -> tuple[int, str]:
    """Run `python …` in an empty folder, with this Python and no settings of this machine; return its status and what it printed."""
    program, *arguments = shlex.split(line)
    if program != "python":
        return 127, "only commands of Python are run"
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    with (
        TemporaryDirectory() as elsewhere
    ):  # without DATABASE_URL, a command makes a database where it runs
        ended = subprocess.run(  # noqa: S603 - the guide's own command lines
            [sys.executable, *arguments],
            cwd=elsewhere,
            env=environment
            | {
                "COLUMNS": "100",
                "NO_COLOR": "1",
                "PYTHONPATH": str(ROOT),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    return ended.returncode, ended.stdout.rstrip()


def setup(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("command", Command)
