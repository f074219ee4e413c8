"""A framework that no package index has: where it is looked for, what is refused, and what is said when it is not to be had."""

import io
import os
import re
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from frameworks.manifests import ROOT, manifests
from frameworks.sources import Source, SourceError, digest, find

FILES = {"framework/__init__.py": b"version = 1\n", "framework/parts/one.py": b"one = 1\n"}
OTHERS = {"README.md": b"read me\n", "frameworks/more.py": b"more = 1\n"}
NOT_ON_AN_INDEX = [pytest.param(manifest, id=name) for name, manifest in manifests().items() if manifest.source]


def packed(files, *members):
    """Return an archive as a forge packs a commit: all in one folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"framework-0123abc/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for member in members:
            archive.addfile(member)
    return buffer.getvalue()


class Forge:
    """A server of archives.

    Attributes:
        answer: what it sends.
        asked: how often it was asked.
    """

    def __init__(self):
        self.answer, self.asked = packed(FILES | OTHERS), 0
        forge = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                forge.asked += 1
                self.send_response(200)
                self.send_header("Content-Length", str(len(forge.answer)))
                self.end_headers()
                self.wfile.write(forge.answer)

            def log_message(self, *arguments):
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@pytest.fixture
def forge(monkeypatch):
    """Serve an archive; a proxy that the environment names is not asked for it."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    forge = Forge()
    threading.Thread(target=forge.server.serve_forever, args=(0.05,), daemon=True).start()
    yield forge
    forge.server.shutdown()
    forge.server.server_close()


@pytest.fixture
def kept(tmp_path):
    """A folder that has the framework."""
    folder = tmp_path / "kept"
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def source(forge, kept):
    """Where the framework is to be had."""
    url = f"http://127.0.0.1:{forge.server.server_port}/framework.tar.gz"
    return Source(variable="FRAMEWORK_HOME", archive=url, keep="framework", sha256=digest(kept))


@pytest.fixture
def environ(tmp_path):
    """An environment with an empty cache."""
    return {"XDG_CACHE_HOME": str(tmp_path / "cache")}


def left(environ):
    """Return what stands in the cache, but for locks."""
    return sorted(path.name for path in (ROOT / environ["XDG_CACHE_HOME"] / "python-oauth-cookbook").iterdir() if path.suffix != ".lock")


def test_the_folder_that_the_variable_names_wins(forge, source, kept, environ):
    """Nothing is asked for over the network; a folder without the framework is said to be one."""
    assert kept == find(source, environ | {"FRAMEWORK_HOME": str(kept)})
    with pytest.raises(SourceError, match="FRAMEWORK_HOME: there is no folder framework in"):
        find(source, environ | {"FRAMEWORK_HOME": environ["XDG_CACHE_HOME"]})
    assert 0 == forge.asked


def test_one_download_fills_the_cache(forge, source, environ):
    """What is kept is whole, and no more than that; the second time it is there, and eight who want it at once wait for one."""
    with ThreadPoolExecutor(8) as pool:
        folders = set(pool.map(lambda _: find(source, environ), range(8)))
    (folder,) = folders
    assert FILES == {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    forge.answer = b""
    assert folder == find(source, environ)
    assert (1, [source.sha256]) == (forge.asked, left(environ))


def link(kind, target):
    """Return a link as a member of an archive."""
    member = tarfile.TarInfo("framework-0123abc/framework/link.py")
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (packed(FILES | {"framework/__init__.py": b"version = 2\n"}), "its content has the SHA-256"),
        (packed({}), "its content has the SHA-256"),
        (packed(FILES | {"framework/../../../escaped.py": b""}), "outside the destination"),
        (packed(FILES | OTHERS)[:-100], "end-of-stream"),
        (packed(FILES | OTHERS)[:50] + bytes(200), "cannot be had"),
        (b"<html>Not found</html>" * 100, "not a gzip file"),
        (b"", "empty file"),
    ],
    ids=["another", "empty", "out of its folder", "cut off", "broken", "no archive", "nothing"],
)
def test_what_is_not_the_framework_is_refused(forge, source, environ, answer, reason):
    """The line says what is wrong and what to do; nothing half-unpacked is left, and a good answer is taken afterwards."""
    good, forge.answer = forge.answer, answer
    with pytest.raises(SourceError, match=re.escape(reason)) as refused:
        find(source, environ)
    assert "connect, or set FRAMEWORK_HOME to a folder that has it" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert [] == left(environ)
    forge.answer = good
    assert find(source, environ).is_dir()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE])
def test_a_link_in_an_archive_is_not_followed(forge, source, environ, kind):
    """Only files are unpacked."""
    forge.answer = packed(FILES, link(kind, "/etc/passwd"))
    assert sorted(FILES) == sorted(path.relative_to(find(source, environ)).as_posix() for path in find(source, environ).rglob("*.py"))


def without(tmp_path):
    """Return an environment in which nothing is at hand: no variable, an empty cache, and a network that leads nowhere."""
    variables = {manifest.source.variable for manifest in manifests().values() if manifest.source} | {"COOKBOOK_TESTS_WITHOUT"}
    inherited = {name: value for name, value in os.environ.items() if name not in variables}
    nowhere = "http://127.0.0.1:9"
    return inherited | {"XDG_CACHE_HOME": str(tmp_path), "https_proxy": nowhere, "HTTPS_PROXY": nowhere, "no_proxy": "", "NO_PROXY": ""}


@pytest.mark.parametrize("manifest", NOT_ON_AN_INDEX)
@pytest.mark.parametrize("command", [("frameworks.serve", "{}", "provider", "--port", "0"), ("frameworks.demo", "{}", "--check")])
def test_what_is_missing_is_said_in_one_line_to_a_person(tmp_path, manifest, command):
    """`serve` and the demonstration name the framework, the reason and the variable."""
    arguments = [argument.format(manifest.name) for argument in command]
    done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, env=without(tmp_path), capture_output=True, text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert 1 == done.returncode
    assert line.startswith(f"{manifest.title}: ")
    assert manifest.source.variable in line


@pytest.mark.parametrize("manifest", NOT_ON_AN_INDEX)
@pytest.mark.parametrize("processes", [(), ("-n", "2", "--dist", "loadgroup")], ids=["one process", "two"])
def test_the_tests_of_what_is_missing_skip_in_one_line(tmp_path, manifest, processes):
    """One test stands for all of that framework: the line says why, how to have them run, and how many they are."""
    arguments = (
        "-q",
        "-k",
        manifest.name,
        "-p",
        "no:cacheprovider",
        *processes,
        "tests/conformance/test_device.py",
        "tests/serving/test_serve.py",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, env=without(tmp_path), capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout
    (line,) = re.findall("^SKIPPED.*$", done.stdout, re.MULTILINE)
    assert re.search(rf"{manifest.source.variable} .*\(\d\d tests\)$", line)
