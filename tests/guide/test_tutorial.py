"""The tutorial: each step is served as a process, and does over HTTP what its page says."""

import ast
import json
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from guide.examples.tutorial.serve_step import FOLDER, serve_step

from frameworks.manifests import ROOT
from frameworks.registration import Person
from frameworks.serve import free_ports, url_of
from tests.driving.browser import Browser, Page, location, outcome, send
from tests.driving.provider import Provider
from tests.driving.seed import Client
from tests.guide.recordings import asked, recorded

TUTORIAL = ROOT / "guide" / "tutorial"
API = "/api/notes"


@contextmanager
def served(step):
    """Serve a step, and yield its URLs, its user, its client and what the terminal shows."""
    ports, person, lines = dict(zip(("provider", "consumer"), free_ports(2), strict=True)), Person(), []
    with serve_step(step, person, ports, lines.append) as made:
        yield SimpleNamespace(
            consumer=url_of(ports["consumer"]),
            provider=Provider(url_of(ports["provider"])),
            user={"username": person.username, "password": person.password},
            client=Client(made["client_id"], made["client_secret"], redirect_uri=made["redirect_uris"][0], scope=made["scope"]),
            made=made,
            lines=lines,
        )


def press(here, browser):
    """Press the one button of the consumer's home page, to sign in or out, and return the redirect."""
    return browser.submit(browser.get(f"{here.consumer}/"), "csrf_token")


def answer(here, browser):
    """Go to the provider as the consumer asks, sign in there, allow what was not allowed before, and return the redirect back."""
    form = browser.follow(browser.get(location(press(here, browser))))
    page = browser.follow(browser.submit(form, **here.user))
    return page if page.is_redirect else browser.submit(page, button=("decision", "allow"))


def sign_in(here):
    """Sign in through the consumer, and return the browser and the page where it ends."""
    browser = Browser()
    return browser, browser.follow(browser.get(location(answer(here, browser))))


def test_step_1_sends_the_user_away():
    """Each press of the button makes a new state, nonce and code challenge; a form of another site is refused (RFC 9700 §2.1)."""
    with served(1) as here:
        browser = Browser()
        away = location(press(here, browser))
        assert away.startswith(f"{here.provider.url}/oauth2/authorize?")
        assert "Password" in Page(browser.follow(browser.get(away))).text
        asked, again = (outcome(press(here, browser)) for _ in range(2))
        assert {"state", "code_challenge", "nonce"} == {name for name in asked if asked[name] != again[name]}
        fixed = {"response_type": "code", "client_id": here.client.client_id, "scope": here.client.scope, "code_challenge_method": "S256"}
        assert asked == asked | fixed | {"redirect_uri": f"{here.consumer}/callback/own"}
        assert 400 == browser.request("POST", f"{here.consumer}/login/own").status_code
        assert 405 == browser.get(f"{here.consumer}/login/own").status_code
        assert 404 == browser.get(f"{here.consumer}/callback/own").status_code


def test_step_2_handles_the_return():
    """A callback signs in only the browser that set out, once, and only with its state (RFC 6749 §10.12)."""
    with served(2) as here:
        browser, profile = sign_in(here)
        assert f"{here.consumer}/profile" == str(profile.request.url)
        assert "Dana Demo" in profile.text
        other = Browser()
        back = location(answer(here, other))
        assert "started in another browser" in Browser().get(back).text
        denied = here.provider.decide(other, f"{location(press(here, other))}&prompt=consent", "deny")
        refused = other.get(location(denied))
        assert (400, True) == (refused.status_code, "You did not agree" in refused.text)
        assert f"{here.consumer}/profile" == location(other.get(back))
        assert "was used already" in browser.get(f"{here.consumer}/callback/own?code=made-up&state=made-up").text
        assert location(press(here, browser)).startswith(f"{here.provider.url}/oauth2/logout?")
        assert f"{here.consumer}/" == location(browser.get(f"{here.consumer}/profile"))


def test_step_3_calls_the_api():
    """The user's notes are read and written with the access token, which no cookie holds."""
    with served(3) as here:
        browser, _ = sign_in(here)
        written = browser.follow(browser.submit(browser.get(f"{here.consumer}/notes"), text="Buy milk"))
        assert "Buy milk" in written.text
        refused = browser.submit(written, text=" ")
        assert (400, True) == (refused.status_code, "1 to 4000 characters" in refused.text)
        assert f"{here.consumer}/" == location(Browser().get(f"{here.consumer}/notes"))
        begin = next(line for line in here.lines if "Authorization: Bearer=" in line).partition("=")[2][:8]
        assert not any(begin in cookie for cookie in browser.set_cookie_headers)


def test_step_4_knows_people_and_clients():
    """The commands of the page are those that were run; people sign in; the metadata is there; nobody can ask for consent yet."""
    page = (TUTORIAL / "4-register-a-client.md").read_text(encoding="utf-8")
    typed = [command.replace("\\\n  ", "") for command in re.findall(r"```sh\n(python -m .*?)\n```", page, re.DOTALL)]
    with served(4) as here:
        example = (FOLDER / "new-client.json").read_text(encoding="utf-8")
        assert json.loads(example.replace("http://127.0.0.1:5002", here.consumer)) == here.made | {"client_id": "…", "client_secret": "…"}
        run = [line.removeprefix("$ ").replace(here.consumer, "http://127.0.0.1:5002") for line in here.lines if line.startswith("$")]
        assert run == typed
        browser = here.provider.sign_in(here.user)
        assert 200 == browser.get(f"{here.provider.url}/account").status_code
        assert here.provider.url == send("GET", f"{here.provider.url}/.well-known/openid-configuration").json()["issuer"]
        assert 404 == browser.get(location(press(here, browser))).status_code


def test_step_5_asks_for_consent():
    """Nobody is redirected to where the client is not registered; the decision needs a form of ours (RFC 9700 §4.1, §4.16)."""
    with served(5) as here:
        browser = here.provider.sign_in(here.user)
        for changes, words in (
            ({"client_id": "nobody"}, "Invalid client_id parameter value."),
            ({"redirect_uri": f"{here.client.redirect_uri}/"}, "Mismatching redirect URI."),
        ):
            refused = browser.get(here.provider.authorization(here.client, **changes).url)
            assert (400, None, True) == (refused.status_code, refused.headers.get("location"), words in refused.text)
        told = outcome(browser.get(here.provider.authorization(here.client, code_challenge=None).url))
        assert ("invalid_request", "Code challenge required.") == (told["error"], told["error_description"])
        asked = here.provider.authorization(here.client)
        consent = browser.get(asked.url)
        assert all(words in consent.text for words in ("Shopping list", "Read your notes", "Write notes for you"))
        assert "DENY" == consent.headers["x-frame-options"]
        assert 400 == browser.request("POST", asked.url, data={"decision": "allow"}).status_code
        denied = outcome(browser.submit(consent, button=("decision", "deny")))
        assert ("access_denied", asked.state, here.provider.url) == (denied["error"], denied["state"], denied["iss"])
        allowed = outcome(browser.submit(consent, button=("decision", "allow")))
        assert ({"code", "state", "iss"}, asked.state) == (set(allowed), allowed["state"])
        assert "Dana Demo" in sign_in(here)[1].text


def test_step_6_issues_tokens():
    """A code is good once, for the client that has its verifier; a second use ends the tokens of the first (RFC 6749 §4.1.2)."""
    with served(6) as here:
        consumers, _ = sign_in(here)
        assert 502 == consumers.get(f"{here.consumer}/notes").status_code
        browser = here.provider.sign_in(here.user)
        asked = here.provider.authorization(here.client)
        code = here.provider.code(browser, asked)
        tokens = here.provider.redeem(asked, code).json()
        assert {"access_token", "refresh_token", "id_token", "token_type", "expires_in", "scope"} == set(tokens)
        for path in ("/oauth2/userinfo", "/api/me"):
            assert "dana" == here.provider.api(tokens["access_token"], path).json()["preferred_username"]
        refused = send("GET", f"{here.provider.url}/api/me")
        assert (401, "invalid_token") == (refused.status_code, refused.json()["error"])
        assert "invalid_grant" == here.provider.redeem(asked, code).json()["error"]
        assert 401 == here.provider.api(tokens["access_token"], "/api/me").status_code
        asked = here.provider.authorization(here.client)
        stolen = here.provider.redeem(asked, here.provider.code(browser, asked), code_verifier="x" * 43)
        assert (400, "invalid_grant") == (stolen.status_code, stolen.json()["error"])


def test_step_7_protects_an_api():
    """Without a token the answer tells where to get one; the token must have the scope; a cookie opens nothing (RFC 6750 §3)."""
    with served(7) as here:
        browser, _ = sign_in(here)
        assert "Buy milk" in browser.follow(browser.submit(browser.get(f"{here.consumer}/notes"), text="Buy milk")).text
        visitor = here.provider.sign_in(here.user)
        refused = visitor.get(f"{here.provider.url}{API}")
        assert (401, True) == (refused.status_code, "/.well-known/oauth-protected-resource" in refused.headers["www-authenticate"])
        assert 200 == send("GET", f"{here.provider.url}/.well-known/oauth-protected-resource").status_code
        reader = here.provider.tokens(visitor, here.client, scope="notes:read")["access_token"]
        assert ["Buy milk"] == [note["text"] for note in here.provider.api(reader, API).json()["notes"]]
        writing = here.provider.api(reader, API, "POST", data={"text": "more"})
        assert (403, True) == (writing.status_code, 'scope="notes:write"' in writing.headers["www-authenticate"])
        away = location(press(here, browser))
        assert f"{here.consumer}/" == location(browser.get(f"{here.consumer}/profile"))
        assert (True, 404) == (away.startswith(f"{here.provider.url}/oauth2/logout?"), browser.get(away).status_code)


def test_step_8_refreshes_and_revokes():
    """The consumer renews by itself; a used refresh token ends its family; what a user ends has ended (RFC 9700 §4.14, RFC 7009)."""
    with served(8) as here:
        browser, _ = sign_in(here)
        time.sleep(1.1)
        assert 200 == browser.get(f"{here.consumer}/notes").status_code
        assert any("grant_type=refresh_token" in line for line in here.lines)
        visitor = here.provider.sign_in(here.user)
        first = here.provider.tokens(visitor, here.client)
        assert 31 == first["expires_in"]
        second = here.provider.refresh(here.client, first["refresh_token"]).json()
        assert "invalid_grant" == here.provider.refresh(here.client, first["refresh_token"]).json()["error"]
        assert "invalid_grant" == here.provider.refresh(here.client, second["refresh_token"]).json()["error"]
        assert 401 == here.provider.api(second["access_token"], API).status_code
        press(here, browser)
        asked = next(number for number, line in enumerate(here.lines) if "POST /oauth2/revoke" in line)
        assert any("token_type_hint=refresh_token" in line for line in here.lines[asked : asked + 3])
        third = here.provider.tokens(visitor, here.client)["access_token"]
        again, _ = sign_in(here)
        visitor.submit(visitor.get(f"{here.provider.url}/account"), "client_id")
        assert "no longer lets this application in" in again.get(f"{here.consumer}/notes").text
        assert 401 == here.provider.api(third, API).status_code
        page, copy = visitor.get(f"{here.provider.url}/account"), visitor.twin()
        assert 200 == copy.get(f"{here.provider.url}/account").status_code
        assert "You are signed out" in visitor.submit(page, "everywhere", button=("everywhere", "yes")).text
        assert location(copy.get(f"{here.provider.url}/account")).startswith(f"{here.provider.url}/login?")


def test_the_command_serves_a_step_until_ctrl_c():
    """`nox -s tutorial -- STEP` says where to begin, and ends; another step than 1 to 8 is refused."""
    provider, consumer = free_ports(2)
    program = f"""
from guide.examples.tutorial import serve_step
serve_step.PORTS = {{"provider": {provider}, "consumer": {consumer}}}
raise SystemExit(serve_step.main())
"""
    command = [sys.executable, "-c", program, "1"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        said = next(line for line in iter(process.stdout.readline, "") if line.startswith("Begin at"))
        process.send_signal(signal.SIGINT)
        assert (True, 0) == (url_of(consumer) in said, process.wait(30))
    wrong = subprocess.run(
        [sys.executable, "-m", "guide.examples.tutorial.serve_step", "9"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (2, True) == (wrong.returncode, "invalid choice" in wrong.stderr)


EXCERPTS = {
    "1-send-the-user-away": ("POST /login/cookbook", "GET /login"),
    "2-handle-the-return": ("POST /oauth2/authorize", "GET /profile"),
    "3-call-the-api": ("GET /notes", "GET /api/notes"),
    "5-the-consent-page": ("GET /oauth2/authorize", "POST /oauth2/authorize"),
    "6-issue-tokens": ("POST /oauth2/token", "GET /oauth2/userinfo"),
    "7-protect-an-api": ("GET /api/notes", "POST /api/notes"),
}


@pytest.mark.parametrize("page", EXCERPTS)
def test_an_excerpt_begins_and_ends_where_its_page_means(page):
    """A recording with more or fewer steps than before moves no excerpt."""
    text = (TUTORIAL / f"{page}.md").read_text(encoding="utf-8")
    (first, last) = re.search(r"```\{flow\} openid\n:only: (\d+)-(\d+)\n", text).groups()
    assert EXCERPTS[page] == (asked("openid", int(first)), asked("openid", int(last)))


def test_the_steps_that_the_last_page_names_are_the_thiefs():
    """The page says by number what a thief gets before and after the tokens have ended."""
    assert ["thief", "thief"] == [recorded("refresh-and-revoke", number)["from"] for number in (4, 9)]
    assert [200, 401] == [recorded("refresh-and-revoke", number)["response"]["status"] for number in (4, 9)]


def lines_of(*paths):
    """Return how many lines are not blank."""
    return sum(bool(line.strip()) for path in paths for line in path.read_text(encoding="utf-8").splitlines())


def test_the_tutorial_is_shorter_than_the_example():
    """Eight steps and what they share have fewer lines than Flask's provider and consumer."""
    flask = (ROOT / "frameworks" / "flask").glob("[cp]*/*.py")  # common, consumer, provider
    assert lines_of(FOLDER / "web.py", *FOLDER.glob("step*.py")) < lines_of(*flask)


@pytest.mark.parametrize("step", range(1, 9))
def test_the_pages_show_all_of_a_step(step):
    """What a step adds is included: on its own page, each function and class by its name, but for what a later page explains."""
    (page,) = TUTORIAL.glob(f"{step}-*.md")
    pages = "".join(path.read_text(encoding="utf-8") for path in TUTORIAL.glob("*.md"))
    include = f"{{literalinclude}} /examples/tutorial/step{step}.py\n:language: python\n"
    defined = [node.name for node in ast.parse((FOLDER / f"step{step}.py").read_text()).body if hasattr(node, "name")]
    assert include in page.read_text(encoding="utf-8")
    assert [] == [name for name in defined if f"{include}:pyobject: {name}\n" not in pages]
