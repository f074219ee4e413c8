"""An event is one line in the log, and one call of each hook."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from shared_validator import Event, Provider, Settings, SQLStore, events, on_event
from shared_validator.http import FORM
from tests.unit.conftest import ADDRESS


def test_a_hook_that_fails_is_logged_and_the_request_goes_on(happened: list[Event], caplog: pytest.LogCaptureFixture) -> None:
    """A counter that is broken must not break sign-ins."""

    def broken(event: Event) -> None:
        raise RuntimeError(f"no counter for {event.name}")

    on_event(broken)

    events.report("signed_in", user="1")

    assert [Event("signed_in", {"user": "1", "address": ADDRESS})] == happened
    assert "a hook for events failed" in caplog.text


def test_a_line_of_the_log_is_one_line_and_short(happened: list[Event], caplog: pytest.LogCaptureFixture) -> None:
    """A stranger who sends line breaks or a megabyte writes no line of their own, and no long one (CWE-117)."""
    events.report("client_refused", client_id="a\r\nclient_refused client_id=b\u2028" + "x" * 1_000_000)

    (record,) = caplog.records
    assert 1 == len(record.getMessage().splitlines())
    assert len(record.getMessage()) < 1000
    assert r'client_refused client_id="a\r\nclient_refused client_id=b\u2028' in record.getMessage()


_PROCESS = """
import logging
import subprocess
import sys
from shared_validator import events
events.use_format("json")
events.use_format("json")  # a provider and a consumer in one process
events.report("tokens_issued", client_id="web", user="1")
try:
    1 / 0
except ZeroDivisionError:
    events.report("request_failed", exc_info=True, reason="GET /login")
logging.getLogger("shared_validator.consumer").warning("a %s", "warning")
"""


def test_the_log_can_be_lines_of_json() -> None:
    """OAUTH_LOG_FORMAT=json: each event is one object, also those that are not warnings, with a traceback where there is one."""
    written = subprocess.run([sys.executable, "-c", _PROCESS], capture_output=True, text=True, check=True).stderr

    issued, failed, warning = map(json.loads, written.splitlines())

    assert "T" in issued.pop("time")
    assert {"level": "INFO", "logger": "shared_validator.provider", "event": "tokens_issued", "client_id": "web", "user": "1"} == issued
    assert "ZeroDivisionError" in failed["exception"]
    assert ("shared_validator.consumer", "a warning") == (warning["logger"], warning["message"])


def test_every_event_has_a_logger_a_level_and_a_meaning() -> None:
    """The reference of the guide lists them."""
    for name, (area, level, meaning) in events.EVENTS.items():
        assert area in ("provider", "consumer", "edge"), name
        assert level in (logging.INFO, logging.WARNING, logging.ERROR), name
        assert meaning.endswith("."), name


def test_the_address_of_an_event_is_that_of_its_request(happened: list[Event], tmp_path: Path) -> None:
    """A request through the mount sets the address, so that each of its events has one."""
    settings = Settings(issuer="https://provider.example", secret_keys=(b"k" * 32,))
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/oauth2/token",
        "wsgi.url_scheme": "https",
        "HTTP_HOST": "provider.example",
        "REMOTE_ADDR": "2001:db8::1",
        "CONTENT_TYPE": FORM,
    }
    with closing(SQLStore(f"sqlite:///{tmp_path / 'store.sqlite3'}")) as store:
        list(Provider(settings, store, {}).wsgi(lambda _environ, _start: [])(environ, lambda *_: None))

    assert ["2001:db8::1"] == [event.fields["address"] for event in happened]
