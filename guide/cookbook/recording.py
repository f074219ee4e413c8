"""Records the dances that the guide shows: `python -m guide.cookbook.recording`; with `--check` it only says what is out of date.

What a run made up (secrets, names, times, ports) is replaced, so that recording again gives the same bytes. Each step must have a
sentence in `sentences.toml`, and each sentence a step.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from email.message import Message
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from frameworks.dance import DanceError
from frameworks.registration import Registration
from frameworks.serve import ServeError, complaint, end_on_signals
from frameworks.wire import Answered, Asked, credentials

from .excerpt import Excerpt
from .performances import TITLES, Watching, perform
from .stand_ins import TIME, StandIns

FOLDER = Path(__file__).parent.parent / "recordings"
HOSTS = {"consumer": "consumer.example", "provider": "provider.example"}
_SENTENCES = Path(__file__).parent / "sentences.toml"
_ASKED = ("Host", "Authorization", "Cookie", "Content-Type", "Accept")
_ANSWERED = ("Location", "Content-Type", "Set-Cookie", "WWW-Authenticate", "Cache-Control")
_FORM = "application/x-www-form-urlencoded"


class RecordingError(Exception):
    """A dance cannot be recorded; the message is for a person."""


class Recorder(Watching):
    """Keeps what passes by while a dance is to be recorded."""

    def __init__(self) -> None:
        self.dances: dict[str, Dance] = {}
        self._watched: Dance | None = None

    @contextmanager
    def watch(self, name: str, here: Registration, secrets_of: Mapping[str, str]) -> Iterator[None]:
        """Override of ``Watching``."""
        self._watched = self.dances[name] = Dance(name, here, secrets_of)
        yield
        self._watched = None

    def seen(self, name: str) -> str:
        """Override of ``Watching``."""
        values = [value.raw for dance in self.dances.values() for value in dance.stand_ins.values if value.name == name]
        return values[-1]

    def asked(self, request: Asked) -> None:
        """See a request."""
        if self._watched:
            self._watched.asked(request)

    def answered(self, answer: Answered) -> None:
        """See an answer."""
        if self._watched:
            self._watched.answered(answer)


class Dance:
    """The recording of one dance.

    Args:
        name: of the dance.
        here: who dances.
        secrets_of: what was made up before the dance, by what it is.
    """

    def __init__(self, name: str, here: Registration, secrets_of: Mapping[str, str]) -> None:
        self.name = name
        self.secrets = secrets_of
        hosts = {urlsplit(here.consumer_url).netloc: HOSTS["consumer"], urlsplit(here.provider_url).netloc: HOSTS["provider"]}
        self.stand_ins = StandIns(name, hosts, {"demo-nightly-report"})
        for what in ("client_secret", "password"):
            if what in secrets_of:
                self.stand_ins.learn(what, secrets_of[what])
        self.steps: list[dict[str, Any]] = []
        self.order: list[int] = []
        self._numbers: dict[int, int] = {}

    def asked(self, request: Asked) -> None:
        """Record a request."""
        self._numbers[request.number] = number = len(self.steps) + 1
        self.order.append(number)
        self.stand_ins.step = number
        target, form = urlsplit(request.target), request.body.decode()
        self._learn(parse_qsl(target.query))
        self._learn(credentials(request.headers.get("Authorization", "")))
        kind = request.headers.get_content_type() if "Content-Type" in request.headers else ""
        self._learn(parse_qsl(form) if kind == _FORM else ())
        who = "browser" if request.by_a_browser else _CALLERS.get(request.headers.get("User-Agent", ""), "consumer")
        body = self.stand_ins.json(json.loads(form)) if kind == "application/json" else self.stand_ins.text(form)
        step = {"number": number, "from": who, "to": request.role}
        step["request"] = {
            "method": request.method,
            "target": self.stand_ins.text(request.target),
            "headers": self._headers(request.headers, _ASKED),
            "body": body.splitlines(),
        }
        self.steps.append(step)

    def answered(self, answer: Answered) -> None:
        """Record an answer."""
        self.stand_ins.step = number = self._numbers[answer.number]
        self.order.append(-number)
        location = answer.headers.get("Location", "")
        self._learn(parse_qsl(urlsplit(location).query))
        self.steps[number - 1]["response"] = {
            "status": answer.status,
            "reason": HTTPStatus(answer.status).phrase,
            "headers": self._headers(answer.headers, _ANSWERED),
            "body": self._body(answer).splitlines(),
        }

    def _body(self, answer: Answered) -> str:
        text = answer.body.decode()
        match answer.headers.get_content_type() if text else "":
            case "application/json":
                return self.stand_ins.json(json.loads(text))
            case "text/html":
                page = Excerpt(text)
                for name, value in dict.fromkeys(page.fields):
                    (self.stand_ins.issue if name == "csrf_token" else self.stand_ins.learn)(name, value)
                return self.stand_ins.text("\n".join(page.lines))
        with suppress(ValueError):
            self._learn(parse_qsl(text, strict_parsing=bool(text)))
        return self.stand_ins.text(text)

    def _learn(self, pairs: Any) -> None:
        for name, value in pairs:
            self.stand_ins.learn("access_token" if name == "Authorization: Bearer" else name, value)

    def _headers(self, headers: Message, names: tuple[str, ...]) -> list[str]:
        found = []
        for name in names:
            for value in headers.get_all(name, []):
                if name in ("Cookie", "Set-Cookie"):
                    self._learn_cookies(value, new=name == "Set-Cookie")
                if value.startswith("Basic ") and name == "Authorization":
                    self.stand_ins.basic(value.removeprefix("Basic "))
                shown = re.sub(r'(oauth_timestamp=")\d+', rf"\g<1>{TIME}", self.stand_ins.text(value))
                found.append(f"{name}: {shown}")
        return found

    def _learn_cookies(self, header: str, *, new: bool) -> None:
        for part in header.split("; ")[: 1 if new else None]:
            name, _, value = part.partition("=")
            if value and (new or not self.stand_ins.is_known(value)):
                self.stand_ins.issue(name, value)

    def document(self, sentences: Mapping[str, Any]) -> dict[str, Any]:
        """Return the recording."""
        self.stand_ins.relate()
        steps = [step | sentences[key_of(step)] for step in self.steps]
        values = {value.shown: value.as_json() for value in sorted(self.stand_ins.values, key=lambda value: value.step) if value.step}
        return {"title": TITLES[self.name], "order": self.order, "values": values, "steps": steps}


_CALLERS = {"device": "device", "client": "client", "thief": "thief"}


def key_of(step: Mapping[str, Any]) -> str:
    """Return what a step is: who asks whom for what, how, and what comes of it."""
    request, response = step["request"], step["response"]
    form = dict(parse_qsl("".join(request["body"])))
    scheme = header(request, "Authorization").partition(" ")[0]
    how = form.get("grant_type", "").rpartition(":")[2] or form.get("decision") or (scheme if "/api/" in request["target"] else "")
    return " ".join(f"{step['from']} {request['method']} {_path(step)} {how} → {response['status']} {_outcome(response)}".split())


def _path(step: Mapping[str, Any]) -> str:
    return f"{step['to']}{step['request']['target'].partition('?')[0]}"


def _outcome(response: Mapping[str, Any]) -> str:
    if location := header(response, "Location"):
        parts = urlsplit(location)
        return f"{parts.netloc.partition('.')[0]}{parts.path}"
    body = "\n".join(response["body"])
    if title := re.match("<title>(.*)</title>", body):
        return f"“{title[1]}”"
    with suppress(ValueError):
        return str(json.loads(body).get("error", ""))
    return ""


def header(message: Mapping[str, Any], name: str) -> str:
    """Return the value of a header of a recorded request or answer, or an empty text."""
    return next((line.partition(": ")[2] for line in message["headers"] if line.startswith(f"{name}: ")), "")


def record() -> tuple[dict[str, str], set[str]]:
    """Dance all dances, and return their recordings as texts by the files' names, and every secret that came by.

    Raises:
        RecordingError: a step has no sentence, a sentence no step, or a secret is left.
    """
    sentences = tomllib.loads(_SENTENCES.read_text(encoding="utf-8"))
    dances = {name: dance for recorder in perform(Recorder) for name, dance in recorder.dances.items()}
    _check_sentences(sentences, [key_of(step) for dance in dances.values() for step in dance.steps])
    documents = {f"{name}.json": _json(dances[name].document(sentences)) for name in TITLES}
    known = {value.raw for dance in dances.values() for value in dance.stand_ins.values}
    secrets = known | {secret for dance in dances.values() for secret in dance.secrets.values()}
    for name, text in documents.items():
        if any(secret in text for secret in secrets):
            raise RecordingError(f"{name}: a secret was not replaced")
    return documents, secrets


def _check_sentences(sentences: Collection[str], happened: list[str]) -> None:
    silent = [f'no sentence for\n["{key}"]' for key in dict.fromkeys(happened) if key not in sentences]
    idle = [f'a sentence for what does not happen\n["{key}"]' for key in sentences if key not in happened]
    if silent or idle:
        raise RecordingError("\n".join(f"{_SENTENCES.name} has {problem}" for problem in silent + idle))


def _json(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def out_of_date(wanted: Mapping[str, str]) -> list[str]:
    """Return the names of recordings that are missing, or different, or should not be there."""
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def main() -> int:
    """Record or check, and return the exit status: 1 when a recording is out of date."""
    end_on_signals(1)
    parser = argparse.ArgumentParser(prog="python -m guide.cookbook.recording", description="Record the dances that the guide shows.")
    parser.add_argument("--check", action="store_true", help="write nothing, and fail where something would be written")
    check = parser.parse_args().check
    try:
        wanted, _ = record()
    except (ServeError, DanceError, subprocess.CalledProcessError, OSError, httpx2.HTTPError, RecordingError) as error:
        return complaint(error)
    found = out_of_date(wanted)
    for name in found:
        if check:
            print(f"{FOLDER.name}/{name} is out of date: run `nox -s generate`", file=sys.stderr)  # noqa: T201 - for a person
            continue
        FOLDER.mkdir(exist_ok=True)
        (FOLDER / name).unlink(missing_ok=True)
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
    return 1 if check and found else 0


if __name__ == "__main__":
    raise SystemExit(main())
