"""The recipes of the guide: what a reader types (``guide/examples/RECIPE/STEP.sh``) and what that prints (``STEP.txt``).

The steps of a recipe run in one shell, in the order of their names, each as it stands, after those of ``try`` and against Flask's provider;
a recipe with a ``providers.toml`` has Flask's consumer too. Steps that begin with ``0`` run before these are served.
``python -m tests.guide.recipes RECIPE`` writes what is printed now.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from frameworks.serve import free_port
from tests.driving.serving import ROOT, Server
from tests.postgresql import databases

EXAMPLES = ROOT / "guide" / "examples"
FIRST = "try"
POSTGRESQL = "postgresql"
"""The recipe that wants a database."""

PORTS = {"provider": "5001", "consumer": "5002"}
FUNCTIONS = EXAMPLES / FIRST / "3-field.sh"

# What is another value in each run: JWTs, our own secrets and keys, user codes, other identifiers, times.
_RANDOM = re.compile(
    r"eyJ[\w-]+\.[\w-]+\.[\w-]+"
    r"|(?<![\w-])[\w-]{43}=?(?![\w-])"
    r"|(?<![\w-])[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}(?![\w-])"
    r"|(?<![\w-])[0-9a-f]{32}(?![\w-])|(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])"
)
_TIME = re.compile(r"(?<![\w.])1[0-9]{9}(?![\w.])")
_FIRST_TIME = 1_700_000_000


def recipes() -> list[str]:
    """Return the names of the recipes that have steps."""
    return sorted({path.parent.name for path in EXAMPLES.glob("*/*.sh")} - {FIRST})


def steps(recipe: str) -> list[Path]:
    """Return the steps of a recipe, in order."""
    return sorted((EXAMPLES / recipe).glob("*.sh"))


def shortened(text: str) -> str:
    """Return what a command has printed, with an ellipsis for what is random, and times that begin at a round one."""
    text = _RANDOM.sub("…", text.replace("\a\n", ""))
    times = [int(found) for found in _TIME.findall(text)]
    return _TIME.sub(lambda found: str(_FIRST_TIME + int(found[0]) - min(times)), text)


def printed(recipe: str, folder: Path, **environ: str) -> dict[str, str]:
    """Run a recipe, and return what each of its steps prints.

    Args:
        recipe: its name.
        folder: an empty folder to work in.
        environ: settings that take the place of those that ``try`` makes.
    """
    ports = {PORTS[role]: str(free_port()) for role in PORTS}
    own = [step for step in steps(recipe) if step.name.startswith("0")]
    for file in EXAMPLES.glob(f"{recipe}/*.*"):
        if file.suffix not in (".sh", ".txt"):
            shutil.copy(file, folder)
    settings = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    # A reader's browser waits for a person; this one is the person.
    settings["BROWSER"] = f"{sys.executable} -m tests.guide.person %s"
    before, settings = _run([*steps(FIRST), *own], folder, settings, ports, environ)
    with ExitStack() as stack:
        for role in _roles(recipe):
            server = _server(role, folder, int(ports[PORTS[role]]), settings)
            stack.callback(server.stop)
            server.start()
            (folder / f"{role}.log").symlink_to(server.log)
        after, _ = _run([FUNCTIONS, *(step for step in steps(recipe) if step not in own)], folder, settings, ports, {})
    return before | after


def _roles(recipe: str) -> list[str]:
    return ["provider", "consumer"] if (EXAMPLES / recipe / "providers.toml").exists() else ["provider"]


def _server(role: str, folder: Path, port: int, settings: Mapping[str, str]) -> Server:
    # A reader types in the folder where the examples are served from; a relative path means that one.
    database = settings["DATABASE_URL"].replace("sqlite:///", f"sqlite:///{folder}/")
    environ = {**settings, "DATABASE_URL": database}
    options = {"providers": str(folder / "providers.toml")} if role == "consumer" else {}
    return Server("flask", role, folder, port=port, environ=environ, **options)


def _run(
    scripts: Iterable[Path], folder: Path, environ: Mapping[str, str], ports: Mapping[str, str], instead: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    lines, outputs = [], {}
    for script in scripts:
        name = f"{script.parent.name}/{script.stem}"
        copy, outputs[name] = folder / f"{script.parent.name}-{script.name}", folder / f"{script.parent.name}-{script.stem}.printed"
        copy.write_text(_replaced(script.read_text(encoding="utf-8"), ports), encoding="utf-8")
        lines.append(f'. "{copy}" >"{outputs[name]}" 2>&1')
        if script.parent.name != FIRST:
            lines += [f'export {variable}="{value}"' for variable, value in instead.items()]
    lines.append("env -0 >after.env")
    subprocess.run(["bash", "-c", "\n".join(lines)], cwd=folder, env=environ, check=True, timeout=300, stdin=subprocess.DEVNULL)
    left = dict(entry.split("=", 1) for entry in (folder / "after.env").read_text().split("\0") if entry)
    back = {taken: named for named, taken in ports.items()}
    return {name: shortened(_replaced(path.read_text(encoding="utf-8"), back)) for name, path in outputs.items()}, left


def _replaced(text: str, ports: Mapping[str, str]) -> str:
    for named, taken in ports.items():
        text = text.replace(named, taken)
    return text


def file_of(name: str) -> Path:
    """Return where the guide has what a step prints."""
    return EXAMPLES / f"{name}.txt"


def record(recipe: str, **environ: str) -> None:
    """Write what each step of a recipe prints now into the guide."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in printed(recipe, Path(folder), **environ).items():
            if text:
                file_of(name).write_text(text, encoding="utf-8")
            else:
                file_of(name).unlink(missing_ok=True)


if __name__ == "__main__":
    for chosen in sys.argv[1:] or recipes():
        if chosen == POSTGRESQL:
            with databases() as new_database:
                record(chosen, DATABASE_URL=new_database())
        else:
            record(chosen)
