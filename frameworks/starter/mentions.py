"""What an example is without a thing that its owner did not choose, by a rule that whoever writes an example has to know."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from frameworks.manifests import ROOT


def without(word: str, text: str, path: Path) -> str:
    """Return a file of an example without what is about a thing.

    Each function, class and condition at the top of a module goes that mentions it, and each other line that does.

    Args:
        word: how the thing is called, in lower case.
        text: the file's content.
        path: where it is; the settings for its format are found from there.

    Raises:
        subprocess.CalledProcessError: what remains is not Python; what ruff said stands on standard error.
    """
    lines = text.splitlines(keepends=True)
    if path.suffix == ".py":
        for node in ast.parse(text).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.If):
                decorators = [decorator.lineno for decorator in getattr(node, "decorator_list", [])]
                first, last = min([node.lineno, *decorators]) - 1, node.end_lineno or node.lineno
                if any(word in line.lower() for line in lines[first:last]):
                    lines[first:last] = [""] * (last - first)
    rest = "".join(line for line in lines if word not in line.lower())
    return _tidied(rest, path) if path.suffix == ".py" and rest != text else rest


def _tidied(text: str, path: Path) -> str:
    """Return a module without imports that nothing uses, in its project's format."""
    for arguments in (["check", "--quiet", "--select=F401", "--fix-only"], ["format", "--quiet"]):
        command = [sys.executable, "-m", "ruff", *arguments, f"--stdin-filename={path}", "-"]
        text = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT).stdout  # noqa: S603
    return text
