"""Records the flows that the guide shows: `python -m guide.cookbook.recording`; with `--check` it only says what is out of date.

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

from frameworks.pages import PageError
from frameworks.proxy import ObservedRequest, ObservedResponse, credentials
from frameworks.registration import Registration
from frameworks.serve import ServeError, complaint, end_on_signals

from .excerpt import Excerpt
from .flows import TITLES, FlowObserver, run_flows
from .placeholders import TIME, Placeholders

FOLDER = Path(__file__).parent.parent / "recordings"
HOSTS = {"consumer": "consumer.example", "provider": "provider.example"}
_SENTENCES = Path(__file__).parent / "sentences.toml"
_ASKED = ("Host", "Authorization", "Cookie", "Content-Type", "Accept")
_ANSWERED = ("Location", "Content-Type", "Set-Cookie", "WWW-Authenticate", "Cache-Control")
_FORM = "application/x-www-form-urlencoded"


class RecordingError(Exception):
    """A flow cannot be recorded; the message is for a person."""


class Recorder(FlowObserver):
    """Keeps what passes by while a flow is to be recorded."""

    def __init__(self) -> None:
        self.flows: dict[str, Recording] = {}
        self._current: Recording | None = None

    @contextmanager
    def record(
        self, name: str, here: Registration, secrets_of: Mapping[str, str]
    ) -> Iterator[None]:
        """Override of ``FlowObserver``."""
        self._current = self.flows[name] = Recording(name, here, secrets_of)
        yield
        self._current = None

    def last_value(self, name: str) -> str:
        """Override of ``FlowObserver``."""
        values = [
            value.raw
            for flow in self.flows.values()
            for value in flow.placeholders.values
            if value.name == name
        ]
        return values[-1]

    def see_request(self, request: ObservedRequest) -> None:
        """See a request."""
        if self._current:
            self._current.see_request(request)

    def see_response(self, answer: ObservedResponse) -> None:
        """See an answer."""
        if self._current:
            self._current.see_response(answer)


class Recording:
    """The recording of one flow.

    Args:
        name: of the flow.
        here: the consumer and the provider.
        secrets_of: what was made up before the flow, by what it is.
    """

    def __init__(self, name: str, here: Registration, secrets_of: Mapping[str, str]) -> None:
        self.name = name
        self.secrets = secrets_of
        hosts = {
            urlsplit(here.consumer_url).netloc: HOSTS["consumer"],
            urlsplit(here.provider_url).netloc: HOSTS["provider"],
        }
        self.placeholders = Placeholders(name, hosts, {"demo-nightly-report"})
        for what in ("client_secret", "password"):
            if what in secrets_of:
                self.placeholders.learn(what, secrets_of[what])
        self.steps: list[dict[str, Any]] = []
        self.order: list[int] = []
        self._numbers: dict[int, int] = {}

    def see_request(self, request: ObservedRequest) -> None:
        """Record a request."""
        self._numbers[request.number] = number = len(self.steps) + 1
        self.order.append(number)
        self.placeholders.step = number
        target, form = urlsplit(request.target), request.body.decode()
        self._learn(parse_qsl(target.query))
        self._learn(credentials(request.headers.get("Authorization", "")))
        kind = request.headers.get_content_type() if "Content-Type" in request.headers else ""
        self._learn(parse_qsl(form) if kind == _FORM else ())
        who = (
            "browser"
            if request.by_a_browser
            else _CALLERS.get(request.headers.get("User-Agent", ""), "consumer")
        )
        body = (
            self.placeholders.json(json.loads(form))
            if kind == "application/json"
            else self.placeholders.text(form)
        )
        step = {"number": number, "from": who, "to": request.role}
        step["request"] = {
            "method": request.method,
            "target": self.placeholders.text(request.target),
            "headers": self._headers(request.headers, _ASKED),
            "body": body.splitlines(),
        }
        self.steps.append(step)

    def see_response(self, answer: ObservedResponse) -> None:
        """Record an answer."""
        self.placeholders.step = number = self._numbers[answer.number]
        self.order.append(-number)
        location = answer.headers.get("Location", "")
        self._learn(parse_qsl(urlsplit(location).query))
        self.steps[number - 1]["response"] = {
            "status": answer.status,
            "reason": HTTPStatus(answer.status).phrase,
            "headers": self._headers(answer.headers, _ANSWERED),
            "body": self._body(answer).splitlines(),
        }

    def _body(self, answer: ObservedResponse) -> str:
        text = answer.body.decode()
        match answer.headers.get_content_type() if text else "":
            case "application/json":
                return self.placeholders.json(json.loads(text))
            case "text/html":
                page = Excerpt(text)
                for name, value in dict.fromkeys(page.fields):
                    (self.placeholders.issue if name == "csrf_token" else self.placeholders.learn)(
                        name, value
                    )
                return self.placeholders.text("\n".join(page.lines))
        with suppress(ValueError):
            self._learn(parse_qsl(text, strict_parsing=bool(text)))
        return self.placeholders.text(text)

    def _learn(self, pairs: Any) -> None:
        for name, value in pairs:
            self.placeholders.learn(
                "access_token" if name == "Authorization: Bearer" else name, value
            )

    def _headers(self, headers: Message, names: tuple[str, ...]) -> list[str]:
        found = []
        for name in names:
            for value in headers.get_all(name, []):
                if name in ("Cookie", "Set-Cookie"):
                    self._learn_cookies(value, new=name == "Set-Cookie")
                if value.startswith("Basic ") and name == "Authorization":
                    self.placeholders.basic(value.removeprefix("Basic "))
                shown = re.sub(
                    r'(oauth_timestamp=")\d+', rf"\g<1>{TIME}", self.placeholders.text(value)
                )
                found.append(f"{name}: {shown}")
        return found

    def _learn_cookies(self, header: str, *, new: bool) -> None:
        for part in header.split("; ")[: 1 if new else None]:
            name, _, value = part.partition("=")
            kind, _, attempt = name.partition("_attempt_")
            if attempt:  # a part of the name is random too
                name = f"{kind}_attempt"
                if not self.placeholders.is_known(attempt):
                    self.placeholders.issue("attempt", attempt)
            if value and (new or not self.placeholders.is_known(value)):
                self.placeholders.issue(name, value)

    def document(self, sentences: Mapping[str, Any]) -> dict[str, Any]:
        """Return the recording."""
        self.placeholders.relate()
        steps = [step | sentences[key_of(step)] for step in self.steps]
        values = {
            value.shown: value.as_json()
            for value in sorted(self.placeholders.values, key=lambda value: value.step)
            if value.step
        }
        return {"title": TITLES[self.name], "order": self.order, "values": values, "steps": steps}


_CALLERS = {"device": "device", "client": "client", "thief": "thief"}


def key_of(step: Mapping[str, Any]) -> str:
    """Return what a step is: who asks whom for what, how, and what comes of it."""
    request, response = step["request"], step["response"]
    form = dict(parse_qsl("".join(request["body"])))
    scheme = header(request, "Authorization").partition(" ")[0]
    how = (
        form.get("grant_type", "").rpartition(":")[2]
        or form.get("decision")
        or (scheme if "/api/" in request["target"] else "")
    )
    return " ".join(
        f"{step['from']} {request['method']} {_path(step)} {how} → {response['status']} {_outcome(response)}".split()
    )


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
    return next(
        (line.partition(": ")[2] for line in message["headers"] if line.startswith(f"{name}: ")), ""
    )


def record() -> tuple[dict[str, str], set[str]]:
    """Run all flows, and return their recordings as texts by the files' names, and every secret that came by.

    Raises:
        RecordingError: a step has no sentence, a sentence no step, or a secret is left.
    """
    sentences = tomllib.loads(_SENTENCES.read_text(encoding="utf-8"))
    flows = {
        name: flow for recorder in run_flows(Recorder) for name, flow in recorder.flows.items()
    }
    _check_sentences(sentences, [key_of(step) for flow in flows.values() for step in flow.steps])
    documents = {f"{name}.json": _json(flows[name].document(sentences)) for name in TITLES}
    known = {value.raw for flow in flows.values() for value in flow.placeholders.values}
    secrets = known | {secret for flow in flows.values() for secret in flow.secrets.values()}
    for name, text in documents.items():
        if any(secret in text for secret in secrets):
            raise RecordingError(f"{name}: a secret was not replaced")
    return documents, secrets


def _check_sentences(sentences: Collection[str], happened: list[str]) -> None:
    silent = [
        f'no sentence for\n["{key}"]' for key in dict.fromkeys(happened) if key not in sentences
    ]
    idle = [
        f'a sentence for what does not happen\n["{key}"]'
        for key in sentences
        if key not in happened
    ]
    if silent or idle:
        raise RecordingError(
            "\n".join(f"{_SENTENCES.name} has {problem}" for problem in silent + idle)
        )


def _json(document: Any) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def out_of_date(wanted: Mapping[str, str]) -> list[str]:
    """Return the names of recordings that are missing, or different, or should not be there."""
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*")}
    return sorted(
        name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name)
    )


def main() -> int:
    """Record or check, and return the exit status: 1 when a recording is out of date."""
    end_on_signals(1)
    parser = argparse.ArgumentParser(
        prog="python -m guide.cookbook.recording",
        description="Record the flows that the guide shows.",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing, and fail where something would be written",
    )
    check = parser.parse_args().check
    try:
        wanted, _ = record()
    except (
        ServeError,
        PageError,
        subprocess.CalledProcessError,
        OSError,
        httpx2.HTTPError,
        RecordingError,
    ) as error:
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
