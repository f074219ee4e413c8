"""The suite's own means, without a server: a check that never fails would check nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from frameworks import contract
from frameworks.browser import cookie_header, keep_cookies
from frameworks.pages import Page, PageError
from tests.conformance.conftest import Served, complaints
from tests.driving import seed
from tests.driving.browser import Browser
from tests.driving.registry import Visit, unvisited

VISITED = Visit("flask", "provider", "GET", "/account", refused=False)


def test_a_route_that_nobody_visited_is_found() -> None:
    """A route is visited by its own method, role and framework, and by an answer that is no refusal."""
    routes = [("GET", "/account")]
    assert [] == unvisited(routes, "flask", "provider", {VISITED})
    for change in ({"framework": "bottle"}, {"role": "consumer"}, {"method": "POST"}, {"path": "/account/"}, {"refused": True}):
        assert ["flask provider: GET /account"] == unvisited(routes, "flask", "provider", {VISITED._replace(**change)})


def test_a_placeholder_stands_for_one_segment_of_a_path() -> None:
    """``/login/<provider>`` is visited by any provider's name, not by a longer path."""
    routes = [("POST", "/login/<provider>")]
    visit = Visit("flask", "consumer", "POST", "/login/cookbook", refused=False)
    assert [] == unvisited(routes, "flask", "consumer", {visit})
    assert 1 == len(unvisited(routes, "flask", "consumer", {visit._replace(path="/login/")}))
    assert 1 == len(unvisited(routes, "flask", "consumer", {visit._replace(path="/login/cookbook/more")}))


def test_a_contract_that_cannot_be_read_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A heading that is no route, or a role without routes, is an error and not an empty list."""
    for text in ("", "## Provider\n", "## Provider\n### the token endpoint\n"):
        broken = tmp_path / "CONTRACT.md"
        broken.write_text(text)
        monkeypatch.setattr(contract, "CONTRACT", broken)
        with pytest.raises(ValueError, match=r"CONTRACT\.md"):
            contract.routes("provider")


def test_a_secret_or_a_traceback_in_a_log_is_found(tmp_path: Path) -> None:
    """Mistake 7: a log that holds a seeded secret, one that a server gave out, or a traceback, is complained about."""
    log = tmp_path / "server.log"
    log.write_text("INFO ready\n")
    assert [] == complaints(log)
    for text in (seed.WEB.client_secret or "", seed.ALICE["password"], "Traceback (most recent call last):"):
        log.write_text(f"INFO {text}\n")
        assert 1 == len(complaints(log))


def test_a_secret_in_a_database_is_found(tmp_path: Path) -> None:
    """Mistake 7: what a database and the files beside it keep in clear text is complained about."""
    served = Served("flask", tmp_path)
    served.databases.append(tmp_path / "provider.sqlite")
    (tmp_path / "provider.sqlite").write_bytes(b"\x00alice\x00")
    assert [] == served.stop()
    (tmp_path / "provider.sqlite-wal").write_bytes(f"\x00{seed.HMAC_CONSUMER.secret}\x00".encode())
    assert 1 == len(served.stop())


def test_cookies_are_kept_by_host_and_port() -> None:
    """Trap 18: the driver's own cookies heed ports, so that what works with it does not work by an accident of one jar."""
    browser = Browser()
    browser.cookies["127.0.0.1:1"] = {"session": "one"}
    other = browser.twin()
    other.cookies["127.0.0.1:1"]["session"] = "two"
    assert {"127.0.0.1:1": {"session": "one"}} == browser.cookies


def test_rfc6265_5_2_a_cookie_that_expired_is_removed() -> None:
    """A cookie is kept as it was sent, until the application removes it in one of the three ways that frameworks use (RFC 6265 §5.2)."""
    for removal in ('session=""; Max-Age=0', "session=x; expires=Thu, 01 Jan 1970 00:00:00 GMT", "session="):
        jar: dict[str, str] = {}
        keep_cookies(jar, ['session="a b"; HttpOnly', "other=1; Max-Age=60"])
        assert {"Cookie": 'session="a b"; other=1'} == cookie_header(jar)
        keep_cookies(jar, [removal])
        assert {"Cookie": "other=1"} == cookie_header(jar)
    assert {} == cookie_header({})


def test_a_form_is_sent_as_a_browser_sends_it() -> None:
    """The fields of a form keep their values unless they are typed, the button that is pressed goes along, and nothing outside the form."""
    page = Page(
        "https://a.example/login?next=/",
        '<form method="post"><input name="token" value="t"><input name="user"><button name="ok" value="1">Sign in</button>'
        '<input type="submit" name="no"></form><input name="outside"><form action="/logout"><input name="token"></form>',
    )
    form = page.form("user", "ok")
    assert ("https://a.example/login?next=/", "POST", [("ok", "1"), ("no", "")]) == (form.action, form.method, form.buttons)
    assert [("token", "t"), ("user", "dana"), ("ok", "1")] == form.fill({"ok": "1", "user": "dana"})
    assert ("https://a.example/logout", "GET") == (page.form(path="/logout").action, page.form(path="/logout").method)
    for names, found in ((["token"], 2), (["outside"], 0)):
        with pytest.raises(PageError, match=rf"expected one form for {names[0]}, found {found} on https://a.example/login \(200\)"):
            page.form(*names)
